import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { closedForm, type Parts, parts } from "#properties/textbook/interpolating";
import {
  absorbingChain,
  absorbingProcess,
  gaussianChain,
  linearTokenBetas,
  type Process,
  randomChain,
  uniformChain,
  uniformProcess,
} from "#properties/textbook/process";
import { maskedVocabulary, uniformVocabulary } from "#properties/textbook/vocabulary";
import { absorbingCoincide, cleanConversion, mixtureStep, pluginStep } from "#spec/categorical/reverse";
import { normalise } from "#spec/categorical/table";
import { number, tensor, vector } from "#spec/tensor";

const kept = (): Process => uniformChain(5, linearTokenBetas(20, 0.01, 0.02));

/** Steps of the closed form, with one part put wrong. */
const steps = (process: Process, reverse: "plug-in" | "mixture", change: (right: Parts) => Partial<Parts>): RawMethods =>
  closedForm({ process, reverse }, change);

const book = (process: Process, reverse: "plug-in" | "mixture"): RawMethods =>
  discreteBook({ process, reverse, predicts: reverse === "plug-in" ? "leave-one-out" : "posterior" });

/** Bayes' rule on a law of clean tokens, where the book averages, or the other way round. */
const crossed = (process: Process, reverse: "plug-in" | "mixture"): RawMethods =>
  discreteBook({ process, reverse, predicts: reverse === "plug-in" ? "posterior" : "leave-one-out" });

const temper = (law: Float64Array, power: number): Float64Array => normalise(law.map((p) => p ** power));

export const mixtureStepProperty: Property = property(mixtureStep, {
  accepts: [
    { name: "three routes in closed form", methods: () => closedForm({ process: kept(), reverse: "mixture" }) },
    { name: "uniform", methods: () => book(uniformChain(), "mixture") },
    { name: "asymmetric", methods: () => book(randomChain(), "mixture") },
    { name: "absorbing", methods: () => book(absorbingChain(), "mixture") },
    { name: "discretised Gaussian", methods: () => book(gaussianChain(20), "mixture") },
    { name: "1,009 tokens", methods: () => closedForm({ process: uniformVocabulary(), reverse: "mixture" }) },
    { name: "columns", methods: () => discreteBook({ process: randomChain(), reverse: "mixture", orientation: "column" }) },
  ],
  rejects: [
    {
      name: "likelihood not divided out",
      because: "routes are weighed by their joint masses, whose sum is q(xₜ | x̂₀) and not 1",
      plausible: false,
      methods: () =>
        steps(kept(), "mixture", (right) => ({
          mixture: (posterior, xt, a) => normalise(right.plugIn(posterior.slice(), xt, a).map((p, k) => p * (1 + (k === xt ? a.now : 0)))),
        })),
    },
    {
      name: "law in the token's place",
      because: "Bayes' rule is applied to the posterior as if it had not seen the token",
      plausible: false,
      methods: () => steps(kept(), "mixture", (right) => ({ mixture: right.plugIn })),
    },
    {
      name: "routes tempered",
      because: "a temperature meant for the model is applied to the law of the step",
      plausible: true,
      methods: () =>
        steps(kept(), "mixture", (right) => ({ mixture: (posterior, xt, a) => temper(right.mixture(posterior, xt, a), 1.02) })),
    },
    {
      name: "route that stays left out",
      because: "of the routes clean, stay and anew the second is counted without the share of s",
      plausible: true,
      methods: () =>
        steps(kept(), "mixture", (right) => ({
          mixture: (posterior, xt, a) => normalise(right.mixture(posterior, xt, a).map((p, k) => (k === xt ? 0.99 * p : p))),
        })),
    },
    {
      name: "level of the step before",
      because: "ᾱ of s is taken one index late",
      plausible: true,
      methods: () =>
        steps(kept(), "mixture", (right) => ({
          mixture: (posterior, xt, a) => right.mixture(posterior, xt, { ...a, before: a.before * 0.98 }),
        })),
    },
  ],
});

export const pluginStepProperty: Property = property(pluginStep, {
  accepts: [
    { name: "closed form", methods: () => closedForm({ process: kept() }) },
    { name: "uniform", methods: () => book(uniformChain(), "plug-in") },
    { name: "asymmetric", methods: () => book(randomChain(), "plug-in") },
    { name: "absorbing", methods: () => book(absorbingProcess(), "plug-in") },
    { name: "closed form over time", methods: () => closedForm({ process: uniformProcess() }) },
    { name: "50,257 tokens", methods: () => closedForm({ process: uniformVocabulary(50257) }) },
    { name: "posteriors, converted first", methods: () => converting(uniformProcess()) },
    { name: "two states", methods: () => book(uniformChain(2), "plug-in") },
  ],
  rejects: [
    {
      name: "posterior in its place",
      because: "the model predicts the posterior, which has seen the token, and the step sees the token again",
      plausible: false,
      methods: () => crossed(uniformProcess(), "plug-in"),
    },
    {
      name: "posteriors averaged",
      because: "the law that has not seen the token weighs posteriors as if it had",
      plausible: false,
      methods: () => steps(kept(), "plug-in", (right) => ({ plugIn: right.mixture })),
    },
    {
      name: "tempered",
      because: "a temperature of 0.98 is left on the law of the step",
      plausible: true,
      methods: () => steps(kept(), "plug-in", (right) => ({ plugIn: (p, xt, a) => temper(right.plugIn(p, xt, a), 1.02) })),
    },
    {
      name: "level of the step before",
      because: "ᾱ of s is taken one index late",
      plausible: true,
      methods: () =>
        steps(kept(), "plug-in", (right) => ({
          plugIn: (p, xt, a) => right.plugIn(p, xt, { ...a, before: 0.98 * a.before }),
        })),
    },
  ],
});

/** A plug-in step on the posterior, converted as it comes in. */
function converting(process: Process): RawMethods {
  const { plugIn } = parts(process);
  const form = closedForm({ process, predicts: "posterior" }, () => ({
    plugIn: (posterior, xt, a) => {
      const likelihood = posterior.map((_, k) => (k === xt ? a.now : 0) + (1 - a.now) * (process.stationary[xt] ?? 0));
      return plugIn(normalise(posterior.map((p, k) => (p === 0 ? 0 : p / (likelihood[k] ?? 0)))), xt, a);
    },
  }));
  return { ...form, bayes: closedForm({ process })["bayes"] ?? (() => ({})) };
}

/** Conversions with the offset of the token's own entry changed. */
const offset = (process: Process, change: (odds: number, a: number, K: number) => number): RawMethods => ({
  ...closedForm({ process }),
  convertclean: (args) => {
    const [xt, clean, K] = [vector(args, "xt"), vector(args, "clean"), process.classes];
    const a = process.survival?.(number(args, "t")) ?? 0;
    const odds = change(1 + (K * a) / (1 - a), a, K) ** (args["target"] === "posterior" ? 1 : -1);
    const out = clean.map((p, k) => (k % K === xt[Math.floor(k / K)] ? p * odds : p));
    for (let i = 0; i < out.length; i += K) normalise(out.subarray(i, i + K));
    return { law: tensor(out) };
  },
});

export const cleanConversionProperty: Property = property(cleanConversion, {
  accepts: [
    { name: "offset of one entry", methods: () => offset(uniformProcess(50), (odds) => odds) },
    { name: "uniform", methods: () => discreteBook() },
    { name: "asymmetric", methods: () => discreteBook({ process: randomChain() }) },
    { name: "absorbing", methods: () => discreteBook({ process: absorbingChain() }) },
    { name: "1,009 tokens", methods: () => closedForm({ process: uniformVocabulary() }) },
  ],
  rejects: [
    {
      name: "nothing to convert",
      because: "the two laws are taken for one",
      plausible: false,
      methods: () => offset(uniformProcess(50), () => 1),
    },
    {
      name: "one left out",
      because: "the offset is log(Kᾱ/(1 − ᾱ)): the token may also have been drawn anew",
      plausible: true,
      methods: () => offset(uniformProcess(50), (odds) => odds - 1),
    },
    {
      name: "return not counted",
      because: "1/(K − 1) of what is drawn anew reaches the token, where 1/K does",
      plausible: true,
      methods: () => offset(uniformProcess(50), (odds, _, K) => 1 + ((odds - 1) * (K - 1)) / K),
    },
    {
      name: "the wrong way round",
      because: "the offset is added where it is to be taken away",
      plausible: false,
      methods: () => offset(uniformProcess(50), (odds) => 1 / odds),
    },
  ],
});

/** What the closed form does at a mask, changed; unmasked tokens changed by `open`. */
const atMask = (
  masked: (law: Float64Array, mask: number) => Float64Array,
  open: (law: Float64Array, clean: Float64Array) => Float64Array = (law) => law,
  process: Process = absorbingProcess(),
): RawMethods =>
  closedForm({ process }, (right) => ({
    plugIn: (clean, xt, a) => {
      const law = right.plugIn(clean, xt, a);
      return xt === process.mask ? masked(law, xt) : open(law, clean);
    },
  }));

export const absorbingCoincideProperty: Property = property(absorbingCoincide, {
  accepts: [
    { name: "plug-in", methods: () => book(absorbingProcess(), "plug-in") },
    { name: "mixture", methods: () => book(absorbingProcess(), "mixture") },
    { name: "plug-in of a chain", methods: () => book(absorbingChain(), "plug-in") },
    { name: "closed form", methods: () => closedForm({ process: absorbingProcess() }) },
    {
      name: "what is left of 1 stays masked",
      methods: () =>
        atMask((law, mask) => law.map((p, k) => (k === mask ? 1 - law.reduce((sum, q, j) => sum + (j === mask ? 0 : q), 2 ** -50) : p))),
    },
    { name: "mask first", methods: () => book(absorbingChain(4, 0), "plug-in") },
    { name: "mask last", methods: () => book(absorbingChain(4, 3), "mixture") },
    { name: "1,009 tokens", methods: () => closedForm({ process: maskedVocabulary() }) },
  ],
  rejects: [
    {
      name: "mask's share one off",
      because: "the probability of staying masked is written beside the mask's index",
      plausible: false,
      methods: () =>
        atMask((law, mask) => {
          const out = law.slice();
          [out[mask], out[mask + 1]] = [law[mask + 1] ?? 0, law[mask] ?? 0];
          return out;
        }),
    },
    {
      name: "unmasked by time",
      because: "the chance to be unmasked is (t − s)/t, where the schedule says that 1 − a is not t",
      plausible: false,
      methods: () =>
        discreteBook({ process: absorbingProcess(), predicts: "leave-one-out" }, (right) => ({
          steplaw: (args) => {
            const [s, t] = [args["s"] === null ? 0 : number(args, "s"), number(args, "t")];
            const [xt, clean, K] = [vector(args, "xt"), vector(args, "clean"), 5];
            const exact = right["steplaw"]?.(args, {}) ?? {};
            return {
              law: tensor(
                vector(exact, "law").map((p, k) => {
                  if (xt[Math.floor(k / K)] !== 2) return p;
                  return ((t - s) / t) * (clean[k] ?? 0) + (k % K === 2 ? s / t : 0);
                }),
              ),
            };
          },
        })),
    },
    {
      name: "tokens masked again",
      because: "one token in a hundred that is not masked goes back to the mask",
      plausible: true,
      methods: () =>
        atMask(
          (law) => law,
          (law) => law.map((p, k) => 0.99 * p + (k === 2 ? 0.01 : 0)),
        ),
    },
    {
      name: "unmasked tokens drawn again",
      because: "the greedy step replaces tokens that are not masked by what the model predicts there",
      precedent: "DD-14",
      plausible: false,
      methods: () =>
        atMask(
          (law) => law,
          (_, clean) => clean,
        ),
    },
    {
      name: "mask never predicted, almost",
      because: "the logit of the mask is −9 where it should be −∞, and part of the step's mass goes there",
      plausible: true,
      methods: () => atMask((law, mask) => normalise(law.map((p, k) => (k === mask ? p + Math.exp(-9) : p)))),
    },
    {
      name: "residue where it was",
      because: "what is not masked keeps 10⁻⁵ of the other tokens' mass",
      plausible: true,
      methods: () =>
        atMask(
          (law) => law,
          (law) => normalise(law.map((p) => p + 1e-5)),
        ),
    },
  ],
});
