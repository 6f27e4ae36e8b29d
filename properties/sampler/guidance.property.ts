import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discrete, straight, vpSde } from "#properties/textbook/chain";
import { type Mix, mixing, type Shifts, shifting, shifts } from "#properties/textbook/guidance";
import { book } from "#properties/textbook/methods";
import { type Level, posteriorOf } from "#properties/textbook/values";
import { bfloat16, binary16 } from "#spec/number/format";
import { classifierFree } from "#spec/sampler/cfg";
import { classifierGuidance } from "#spec/sampler/guidance";

const guiding = (mix: Mix): RawMethods => book({}, () => mixing(mix));

export const classifierFreeProperty: Property = property(classifierFree, {
  accepts: [
    { name: "u + s(c − u)", methods: () => guiding((c, u, w) => u + w * (c - u)) },
    { name: "(1 + w)c − wu, where w is one less", methods: () => guiding((c, u, w) => (1 + (w - 1)) * c - (w - 1) * u) },
    { name: "c + w(c − u), where w is one less", methods: () => guiding((c, u, w) => c + (w - 1) * (c - u)) },
    { name: "predictions in binary32", methods: () => guiding((c, u, w) => Math.fround(u) + w * (Math.fround(c) - Math.fround(u))) },
  ],
  rejects: [
    {
      name: "off below one",
      because: "a scale of w − 1 up to 1 switches guidance off: the output jumps there",
      precedent: "DF-38",
      plausible: false,
      methods: () => guiding((c, u, w) => (w - 1 > 1 ? c + (w - 1) * (c - u) : c)),
    },
    {
      name: "weight not shifted",
      because: "c + w(c − u) with the weight of u + w(c − u)",
      plausible: false,
      methods: () => guiding((c, u, w) => c + w * (c - u)),
    },
    {
      name: "halves exchanged",
      because: "the batch is cut into (unconditional, conditional) the wrong way round",
      plausible: false,
      methods: () => guiding((c, u, w) => c + w * (u - c)),
    },
    {
      name: "difference in half precision",
      because: "c − u is formed in binary16",
      plausible: true,
      methods: () => guiding((c, u, w) => u + w * binary16.round(c - u)),
    },
    {
      name: "predictions in bfloat16",
      because: "both predictions are stored in bfloat16 before they are mixed",
      plausible: true,
      methods: () => guiding((c, u, w) => bfloat16.round(u) + w * (bfloat16.round(c) - bfloat16.round(u))),
    },
    {
      name: "no guidance against",
      because: "negative weights are cut off at 0",
      plausible: false,
      methods: () => guiding((c, u, w) => u + Math.max(w, 0) * (c - u)),
    },
  ],
});

const chain = vpSde;

/** Classifier guidance with one factor changed. */
const shiftingBy = (factors: Shifts): RawMethods => book({ chain: chain() }, () => shifting(chain(), { ...shifts, ...factors }));

const step = (s: Level, t: Level): number => posteriorOf(s, t).step;

export const classifierGuidanceProperty: Property = property(classifierGuidance, {
  accepts: [
    { name: "textbook", methods: () => book({ chain: chain() }) },
    { name: "chain by index", methods: () => book({ chain: discrete() }) },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    {
      name: "by way of the score",
      methods: () => shiftingBy({ mean: (s, t) => (step(s, t) * s.alpha) / t.alpha, x0: (_, t) => (-t.sigma / t.alpha) * -t.sigma }),
    },
  ],
  rejects: [
    {
      name: "variance for amplitude",
      because: "ε̂ is shifted by σ² where σ belongs",
      plausible: true,
      methods: () => shiftingBy({ eps: (_, t) => -(t.sigma ** 2) }),
    },
    {
      name: "sign of the noise",
      because: "ε̂ moves along the gradient, which is the way of the score",
      plausible: false,
      methods: () => shiftingBy({ eps: (_, t) => t.sigma }),
    },
    {
      name: "variance times the gradient",
      because: "the mean is shifted by β∇, which agrees to first order in the step only",
      plausible: false,
      methods: () => shiftingBy({ mean: step }),
    },
    {
      name: "posterior's variance times the gradient",
      because: "the mean is shifted by β̃∇",
      plausible: false,
      methods: () => shiftingBy({ mean: (s, t) => posteriorOf(s, t).variance }),
    },
    {
      name: "amplitude forgotten",
      because: "x̂₀ is shifted by σ² without division by α",
      plausible: false,
      methods: () => shiftingBy({ x0: (_, t) => t.sigma ** 2 }),
    },
    {
      name: "level of the next time",
      because: "ε̂ at t is shifted by σ at s",
      plausible: true,
      methods: () => shiftingBy({ eps: (s) => -s.sigma }),
    },
  ],
});
