import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type DiscreteBook, discreteBook } from "#properties/textbook/discrete";
import { absorbingChain, absorbingProcess, randomChain, uniformChain } from "#properties/textbook/process";
import { normalise } from "#spec/categorical/table";
import { temperature } from "#spec/sampler/temperature";
import { type Fields, number, tensor, vector } from "#spec/tensor";

/** Rows of K at a temperature, normalised. */
function tempered(laws: Float64Array, K: number, tau: number): Float64Array {
  const out = laws.map((p) => (p === 0 ? 0 : p ** (1 / tau)));
  for (let i = 0; i < out.length; i += K) normalise(out.subarray(i, i + K));
  return out;
}

interface Tempered extends DiscreteBook {
  readonly of?: "clean" | "step";
  /** The temperature that is used. */
  readonly used?: (tau: number) => number;
  readonly change?: (laws: Float64Array, K: number, tau: number) => Float64Array;
}

/** A step with a temperature of the law that is declared, or of the one that `of` says. */
function stepping({ of = "clean", used = (tau) => tau, change = tempered, ...book }: Tempered = {}): RawMethods {
  const K = (book.process ?? uniformChain()).classes;
  return discreteBook({ ...book, declares: { tempers: of, ...book.declares } }, (right) => ({
    temperedlaw: (args: Fields, config) => {
      const tau = used(number(args, "temperature"));
      const step = (clean: Float64Array): Float64Array =>
        vector(right["steplaw"]?.({ ...args, clean: tensor(clean) }, config) as Fields, "law");
      const clean = vector(args, "clean");
      return { law: tensor(of === "clean" ? step(change(clean, K, tau)) : change(step(clean), K, tau)) };
    },
  }));
}

const masked = (book: Tempered = {}): RawMethods => stepping({ process: absorbingProcess(), ...book });

/** What a step says of a masked token from weights of clean ones that need not sum to 1. */
const unnormalised = (): RawMethods => {
  const { classes: K, mask, survival } = absorbingProcess();
  return discreteBook({ process: absorbingProcess(), declares: { tempers: "clean" } }, (right) => ({
    temperedlaw: (args: Fields, config) => {
      const law = vector(right["steplaw"]?.(args, config) as Fields, "law").slice();
      const [clean, xt, tau] = [vector(args, "clean"), vector(args, "xt"), number(args, "temperature")];
      const [a_s, a_t] = [survival?.(number(args, "s")) ?? 0, survival?.(number(args, "t")) ?? 0];
      xt.forEach((x, i) => {
        if (x !== mask) return;
        const row = law.subarray(i * K, (i + 1) * K);
        row.set(clean.subarray(i * K, (i + 1) * K).map((p, k) => (k === mask ? 1 - a_s : (a_s - a_t) * p ** (1 / tau))));
        normalise(row);
      });
      return { law: tensor(law) };
    },
  }));
};

export const temperatureProperty: Property = property(temperature, {
  accepts: [
    { name: "of clean tokens, masked", methods: () => masked() },
    { name: "of the step, masked", methods: () => masked({ of: "step" }) },
    { name: "of clean tokens, a chain of uniform noise", methods: () => stepping({ process: uniformChain() }) },
    { name: "of the step, without symmetry", methods: () => stepping({ process: randomChain(), of: "step", reverse: "mixture" }) },
    { name: "a chain of masks, posteriors", methods: () => stepping({ process: absorbingChain(), reverse: "mixture" }) },
    {
      name: "by logits less their largest",
      methods: () =>
        masked({
          change: (laws, K, tau) => {
            const logits = laws.map((p) => Math.log(p) / tau);
            const top = logits.map((_, k) => Math.max(...logits.subarray(k - (k % K), k - (k % K) + K)));
            const out = logits.map((l, k) => Math.exp(l - (top[k] ?? 0)));
            for (let i = 0; i < out.length; i += K) normalise(out.subarray(i, i + K));
            return out;
          },
        }),
    },
  ],
  rejects: [
    {
      name: "not normalised again",
      because: "log-probabilities are divided by the temperature and used as they are: the chance to stay masked takes what is missing",
      plausible: false,
      methods: unnormalised,
    },
    {
      name: "logits times the temperature",
      because: "a low temperature flattens the law",
      plausible: false,
      methods: () => masked({ used: (tau) => 1 / tau }),
    },
    {
      name: "temperature of another law",
      because: "the law of the step is tempered where the model's is meant: low temperatures keep tokens masked",
      plausible: false,
      methods: () => masked({ of: "step", declares: { tempers: "clean" } }),
    },
    {
      name: "temperature kept from zero",
      because: "0.01 is added to the temperature against a division by 0",
      plausible: true,
      methods: () => masked({ used: (tau) => tau + 0.01 }),
    },
    {
      name: "floor under the probabilities",
      because: "10⁻³ is added to probabilities before their logarithm is taken",
      plausible: true,
      methods: () =>
        masked({
          change: (laws, K, tau) =>
            tempered(
              laws.map((p) => (p === 0 ? 0 : p + 1e-3)),
              K,
              tau,
            ),
        }),
    },
    {
      name: "high temperatures ignored",
      because: "temperatures above 1 are taken for 1",
      plausible: false,
      methods: () => masked({ used: (tau) => Math.min(tau, 1) }),
    },
  ],
});
