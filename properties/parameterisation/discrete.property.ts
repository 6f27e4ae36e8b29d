import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { closedForm } from "#properties/textbook/interpolating";
import { absorbingChain, absorbingProcess, linearClock, type Process, randomProcess, uniformProcess } from "#properties/textbook/process";
import { maskedVocabulary } from "#properties/textbook/vocabulary";
import { normalise } from "#spec/categorical/table";
import { maskedPrediction, maskedRatio, ratioOfMarginals } from "#spec/parameterisation/discrete";
import { type Fields, number, tensor, vector } from "#spec/tensor";

const slow = linearClock(0.02, 0.06);

/** The book's answers to one method, changed entry by entry; `now` and `to` are the states. */
const changed = (
  method: "ratio" | "steplaw",
  process: Process,
  change: (value: number, now: number, to: number, args: Fields) => number,
): RawMethods =>
  discreteBook({ process, predicts: "leave-one-out" }, (right) => ({
    [method]: (args: Fields) => {
      const [xt, K] = [vector(args, "xt"), process.classes];
      const law = vector(right[method]?.(args, {}) ?? {}, "law");
      return { law: tensor(law.map((value, k) => change(value, xt[Math.floor(k / K)] ?? 0, k % K, args))) };
    },
  }));

const book = (process: Process): RawMethods => discreteBook({ process, predicts: "leave-one-out" });

export const ratioProperty: Property = property(ratioOfMarginals, {
  accepts: [
    { name: "uniform", methods: () => book(uniformProcess()) },
    { name: "asymmetric", methods: () => book(randomProcess()) },
    { name: "absorbing", methods: () => book(absorbingProcess()) },
    { name: "two states", methods: () => book(uniformProcess(2)) },
    { name: "columns", methods: () => discreteBook({ process: randomProcess(), orientation: "column" }) },
    { name: "by the law that has not seen the token", methods: () => aloneFirst(uniformProcess()) },
  ],
  rejects: [
    {
      name: "posterior as if it had not seen the token",
      because: "marginals of the posterior are divided, which already knows the present state",
      plausible: false,
      methods: () => aloneFirst(uniformProcess(), (posterior) => posterior),
    },
    {
      name: "own entry zero",
      because: "the ratio of a state to itself is set to 0 before anybody sums rates",
      plausible: false,
      methods: () => changed("ratio", uniformProcess(), (value, now, to) => (now === to ? 0 : value)),
    },
    {
      name: "not a ratio of one law",
      because: "what leaves upwards is a hundredth larger than what comes back",
      plausible: true,
      methods: () => changed("ratio", uniformProcess(), (value, now, to) => (to > now ? 1.01 * value : value)),
    },
    {
      name: "raised to keep it positive",
      because: "10⁻³ is added to every ratio, and nobody says so",
      plausible: true,
      methods: () => changed("ratio", uniformProcess(), (value) => value + 1e-3),
    },
    {
      name: "tempered",
      because: "the logarithm of the ratio is multiplied by 0.99",
      plausible: true,
      methods: () => changed("ratio", uniformProcess(), (value) => value ** 0.99),
    },
  ],
});

/** x̄_y/x̄_x with x̄ = Kap + 1 − a and p the law that has not seen the token. */
function aloneFirst(
  process: Process,
  convert = (posterior: Float64Array, x: number, a: number): Float64Array =>
    normalise(posterior.map((p, k) => (k === x ? p / (1 + (process.classes * a) / (1 - a)) : p))),
): RawMethods {
  const K = process.classes;
  return discreteBook({ process }, () => ({
    ratio: (args) => {
      const [xt, clean, a] = [vector(args, "xt"), vector(args, "clean"), process.survival?.(number(args, "t")) ?? 0];
      const out = new Float64Array(clean.length);
      xt.forEach((x, i) => {
        const alone = convert(clean.slice(i * K, (i + 1) * K), x, a);
        const bar = alone.map((p) => K * a * p + 1 - a);
        out.set(
          bar.map((value) => value / (bar[x] ?? 1)),
          i * K,
        );
      });
      return { law: tensor(out) };
    },
  }));
}

const atMask = (factor: (a: number, right: number, t: number) => number, process: Process = absorbingProcess(5, 2, slow)): RawMethods =>
  changed("ratio", process, (value, now, to, args) => {
    const t = number(args, "t");
    const a = process.survival?.(t) ?? 0;
    return now === process.mask && to !== now ? value * ((factor(a, a / (1 - a), t) * (1 - a)) / a) : value;
  });

export const maskedRatioProperty: Property = property(maskedRatio, {
  accepts: [
    { name: "slow clock", methods: () => book(absorbingProcess(5, 2, slow)) },
    { name: "textbook", methods: () => book(absorbingProcess()) },
    { name: "chain", methods: () => book(absorbingChain()) },
    { name: "mask first", methods: () => book(absorbingProcess(4, 0)) },
    { name: "one over expm1", methods: () => atMask((a) => 1 / Math.expm1(-Math.log(a))) },
  ],
  rejects: [
    {
      name: "one over the integrated rate",
      because: "1/σ̄ stands for 1/(e^σ̄ − 1)",
      plausible: true,
      methods: () => atMask((a) => 1 / -Math.log(a)),
    },
    {
      name: "one over what is masked",
      because: "the factor is 1/(1 − a): a token that survives is forgotten",
      plausible: true,
      methods: () => atMask((a) => 1 / (1 - a)),
    },
    {
      name: "upside down",
      because: "(1 − a)/a where a/(1 − a) belongs",
      plausible: false,
      methods: () => atMask((a) => (1 - a) / a),
    },
    {
      name: "time in the network",
      because: "a factor that depends on time twice: 1 + t/100 is left over from an embedding",
      plausible: true,
      methods: () => atMask((_, right, t) => right * (1 + t / 100)),
    },
  ],
});

const lastStep = (change: (value: number, now: number, to: number) => number): RawMethods =>
  changed("steplaw", absorbingProcess(), (value, now, to, args) => (args["s"] === null ? change(value, now, to) : value));

export const maskedPredictionProperty: Property = property(maskedPrediction, {
  accepts: [
    { name: "plug-in", methods: () => book(absorbingProcess()) },
    { name: "mixture", methods: () => discreteBook({ process: absorbingProcess(), reverse: "mixture" }) },
    { name: "chain", methods: () => book(absorbingChain()) },
    { name: "1,009 tokens", methods: () => closedForm({ process: maskedVocabulary() }) },
  ],
  rejects: [
    {
      name: "mask almost never",
      because: "the mask's logit is −16 where it should be −∞",
      plausible: true,
      methods: () => lastStep((value, _, to) => (to === 2 ? value + Math.exp(-16) : value)),
    },
    {
      name: "copied before the softmax",
      because: "the token that is copied has a large logit, and the others keep theirs",
      plausible: true,
      methods: () => lastStep((value, now, to) => (now === 2 ? value : now === to ? 0.999 : to === 2 ? 0 : 0.001 / 3)),
    },
    {
      name: "masks left over",
      because: "the last step leaves masked what the last but one would",
      plausible: true,
      methods: () => lastStep((value, now, to) => (now === 2 ? 0.98 * value + (to === 2 ? 0.02 : 0) : value)),
    },
    {
      name: "everything drawn again",
      because: "tokens that are not masked are drawn from all states alike",
      plausible: false,
      methods: () => lastStep((value, now, to) => (now === 2 ? value : to === 2 ? 0 : 1 / 4)),
    },
  ],
});
