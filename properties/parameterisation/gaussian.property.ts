import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discrete, linearBetas, straight, veSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { data, type Level, perSample } from "#properties/textbook/values";
import { answered, asked, borrowed, both, type Change } from "#properties/textbook/wrong";
import type { OutputKind } from "#spec/convention";
import { predictionRoundtrip, velocityRotation } from "#spec/parameterisation/gaussian";
import { type Fields, tensor, vector } from "#spec/tensor";

/** The right formulas on a chain that ends at β = 0.021. */
const elsewhere =
  (name: string): Change =>
  (right) =>
    borrowed(book({ chain: discrete(linearBetas(1000, 1e-4, 0.021)) }), name)(right);

/** A prediction read at one coordinate. */
type Reading = (x: number, value: number, level: Level) => number;

/** A book that converts its output by formulas of its own. */
function converting(output: OutputKind, toData: Reading, toNoise: Reading): RawMethods {
  const chain = discrete();
  return book({ chain, output }, () => ({
    convert: (args) => {
      const [value, xt, [time = 0]] = [vector(args, "value"), vector(args, "xt"), vector(args, "t")];
      const to = args["target"] === "x0" ? toData : toNoise;
      return { value: tensor(xt.map((x, k) => to(x, value[k] ?? 0, chain.levels(time)))) };
    },
  }));
}

/** From a prediction of the noise. */
const fromNoise = (toData: Reading): RawMethods => converting("eps", toData, (_, eps) => eps);

const late = (name: string): Change => asked(name, ({ t }) => ({ t: tensor(data(t).map((index) => Math.min(index + 1, 999))) }));

export const predictionRoundtripProperty: Property = property(predictionRoundtrip, {
  accepts: [
    { name: "textbook", methods: () => book() },
    { name: "by the level over the amplitude", methods: () => fromNoise((x, eps, { alpha, sigma }) => x / alpha - (sigma / alpha) * eps) },
    { name: "v-prediction", methods: () => book({ output: "v" }) },
    { name: "data prediction", methods: () => book({ output: "x0" }) },
    { name: "score", methods: () => book({ output: "score" }) },
    { name: "velocity of the straight path", methods: () => book({ chain: straight(), output: "noise-minus-data" }) },
    { name: "EDM preconditioning", methods: () => book({ chain: veSde(), output: "edm" }) },
  ],
  rejects: [
    {
      name: "data taken for noise",
      because: "with data prediction the noise handed on is the data",
      precedent: "DF-16",
      plausible: false,
      methods: () =>
        book({ output: "x0" }, (right) => ({
          convert: (args, config) =>
            args["target"] === "eps" ? { value: args["value"] ?? null } : (right["convert"]?.(args, config) ?? {}),
        })),
    },
    { name: "one index late", because: "converted with the levels of t + 1", plausible: true, methods: () => book({}, late("convert")) },
    {
      name: "another last β",
      because: "converted by a chain that ends at β = 0.021",
      plausible: false,
      methods: () => book({}, elsewhere("convert")),
    },
    {
      name: "variance for standard deviation",
      because: "1 − ᾱ where its root belongs",
      plausible: true,
      methods: () => fromNoise((x, eps, { alpha, sigma }) => (x - sigma ** 2 * eps) / alpha),
    },
    {
      name: "amplitude left out",
      because: "x − σε is αx̂₀, not x̂₀",
      plausible: false,
      methods: () => fromNoise((x, eps, { sigma }) => x - sigma * eps),
    },
    {
      name: "sign lost in v",
      because: "x̂₀ = αx + σv, where v = αε − σx₀ gives αx − σv",
      plausible: false,
      methods: () =>
        converting(
          "v",
          (x, v, { alpha, sigma }) => alpha * x + sigma * v,
          (x, v, { alpha, sigma }) => alpha * v + sigma * x,
        ),
    },
  ],
});

const preserving = answered("facts", () => ({ scale: "vp" }));

/** v-targets by a formula of their own. */
function targeting(v: (x0: number, eps: number, level: Level) => number): RawMethods {
  const chain = discrete();
  const target = (args: Fields): Fields => {
    const noise = vector(args, "noise");
    return { value: tensor(perSample(vector(args, "x0"), vector(args, "t"), (x, k, time) => v(x, noise[k] ?? 0, chain.levels(time)))) };
  };
  return book(
    { chain },
    both(preserving, () => ({ target })),
  );
}

export const velocityRotationProperty: Property = property(velocityRotation, {
  accepts: [
    { name: "textbook", methods: () => book({}, preserving) },
    {
      name: "by angles",
      methods: () =>
        targeting((x0, eps, { alpha, sigma }) => {
          const angle = Math.atan2(sigma, alpha);
          return Math.cos(angle) * eps - Math.sin(angle) * x0;
        }),
    },
    { name: "from the state", methods: () => targeting((x0, eps, { alpha, sigma }) => (alpha * (alpha * x0 + sigma * eps) - x0) / sigma) },
    { name: "exploding grid, scaled input", methods: () => book({ chain: veSde() }) },
    {
      name: "amplitudes in binary32",
      methods: () => targeting((x0, eps, { alpha, sigma }) => Math.fround(alpha) * eps - Math.fround(sigma) * x0),
    },
  ],
  rejects: [
    {
      name: "one index late",
      because: "rotated by the angle of t + 1",
      plausible: true,
      methods: () => book({}, both(preserving, late("target"))),
    },
    {
      name: "another last β",
      because: "rotated by a chain that ends at β = 0.021",
      plausible: true,
      methods: () => book({}, both(preserving, elsewhere("target"))),
    },
    {
      name: "amplitudes exchanged",
      because: "σε − αx₀",
      plausible: false,
      methods: () => targeting((x0, eps, { alpha, sigma }) => sigma * eps - alpha * x0),
    },
    {
      name: "rotated the other way",
      because: "σx₀ − αε: the target of data towards noise with its sign lost",
      plausible: false,
      methods: () => targeting((x0, eps, { alpha, sigma }) => sigma * x0 - alpha * eps),
    },
    {
      name: "ᾱ for its root",
      because: "variances where amplitudes belong",
      plausible: true,
      methods: () => targeting((x0, eps, { alpha, sigma }) => alpha ** 2 * eps - sigma ** 2 * x0),
    },
    {
      name: "level of the second stage",
      because: "σ̂ of the stage before where the next σ belongs",
      precedent: "DF-17",
      plausible: false,
      methods: () =>
        book(
          {},
          both(
            preserving,
            asked("target", ({ t }) => ({ t: tensor(data(t).map((index) => Math.min(index + 100, 999))) })),
          ),
        ),
    },
  ],
});
