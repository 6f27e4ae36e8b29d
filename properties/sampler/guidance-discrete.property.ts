import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { absorbingChain, uniformChain } from "#properties/textbook/process";
import { normalise } from "#spec/categorical/table";
import { discreteGuidance } from "#spec/sampler/guidance";
import { number, tensor, vector } from "#spec/tensor";

const K = 5;
const mask = 2;

/** Guidance token by token. */
const guiding = (mix: (c: Float64Array, u: Float64Array, w: number) => Float64Array, over: "token" | "sequence" = "token"): RawMethods =>
  discreteBook({ process: absorbingChain(K, mask) }, () => ({
    guidedlaw: (args) => {
      const [c, u, w] = [vector(args, "conditional"), vector(args, "unconditional"), number(args, "w")];
      const width = over === "token" ? K : c.length;
      const out = new Float64Array(c.length);
      for (let i = 0; i < c.length; i += width) out.set(mix(c.slice(i, i + width), u.slice(i, i + width), w), i);
      return { law: tensor(out) };
    },
  }));

/** What becomes of one token's law when y is known. */
const conditioning = (
  given: (p: Float64Array, likelihood: Float64Array) => Float64Array,
  over: "token" | "sequence" = "token",
): RawMethods =>
  discreteBook({ process: absorbingChain(K, mask) }, () => ({
    conditionedlaw: (args) => {
      const [law, likelihood] = [vector(args, "law"), vector(args, "likelihood")];
      const width = over === "token" ? K : law.length;
      const out = new Float64Array(law.length);
      for (let i = 0; i < law.length; i += width) out.set(given(law.slice(i, i + width), likelihood.slice(i, i + width)), i);
      return { law: tensor(out) };
    },
  }));

const softmax = (logits: Float64Array): Float64Array => {
  const top = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return normalise(logits.map((l) => Math.exp(l - top)));
};

/** Only one of the two kinds of guidance. */
const alone = (kind: "guidedlaw" | "conditionedlaw"): RawMethods =>
  Object.fromEntries(Object.entries(discreteBook({ process: uniformChain(3) })).filter(([name]) => name === "facts" || name === kind));

const powers = (c: Float64Array, u: Float64Array, w: number): Float64Array =>
  c.map((p, k) => (p === 0 ? 0 : p ** w * (u[k] ?? 0) ** (1 - w)));

/** u + w(c − u) of logits, and a softmax. */
const logits = (c: Float64Array, u: Float64Array, w: number): Float64Array => {
  const mixed = c.map((p, k) => (p === 0 ? Number.NEGATIVE_INFINITY : Math.log(u[k] ?? 0) + w * (Math.log(p) - Math.log(u[k] ?? 0))));
  return softmax(mixed);
};

export const discreteGuidanceProperty: Property = property(discreteGuidance, {
  accepts: [
    { name: "powers", methods: () => guiding((c, u, w) => normalise(powers(c, u, w))) },
    { name: "logits", methods: () => guiding(logits) },
    {
      name: "logits shifted by 40",
      methods: () =>
        guiding((c, u, w) =>
          logits(
            c.map((p) => p * Math.exp(40)),
            u,
            w,
          ),
        ),
    },
    { name: "textbook without a mask", methods: () => discreteBook({ process: uniformChain() }) },
    { name: "textbook of two states", methods: () => discreteBook({ process: uniformChain(2) }) },
    { name: "a mask and one token", methods: () => discreteBook({ process: absorbingChain(2, 0) }) },
    { name: "classifier by logits", methods: () => conditioning((p, l) => softmax(p.map((q, k) => Math.log(q) + Math.log(l[k] ?? 0)))) },
    { name: "classifier in binary32", methods: () => conditioning((p, l) => normalise(p.map((q, k) => Math.fround(q * (l[k] ?? 0))))) },
    { name: "powers alone", methods: () => alone("guidedlaw") },
    { name: "classifier alone", methods: () => alone("conditionedlaw") },
  ],
  rejects: [
    {
      name: "weight counted from one",
      because: "w = 0 gives the conditional law: the weight is one too large",
      plausible: false,
      methods: () => guiding((c, u, w) => logits(c, u, w + 1)),
    },
    {
      name: "probabilities mixed",
      because: "w·p_c + (1 − w)·p_u, cut at nothing, stands for the powers",
      plausible: false,
      methods: () => guiding((c, u, w) => normalise(c.map((p, k) => Math.max(0, w * p + (1 - w) * (u[k] ?? 0))))),
    },
    {
      name: "normalised over the sequence",
      because: "one sum divides the laws of all tokens",
      plausible: false,
      methods: () => guiding((c, u, w) => normalise(powers(c, u, w)), "sequence"),
    },
    {
      name: "guided before masking",
      because: "the mask has a logit of −9 when the laws are guided, and keeps what that leaves",
      plausible: true,
      methods: () => guiding((c, u, w) => normalise(logits(c, u, w).map((p, k) => (k === mask ? Math.exp(-9) : p)))),
    },
    {
      name: "weight a little less",
      because: "the weight goes through a table of hundredths that starts at 0.01",
      plausible: true,
      methods: () => guiding((c, u, w) => logits(c, u, w - 0.01)),
    },
    {
      name: "temperature left on",
      because: "the guided logits are divided by 1.01",
      plausible: true,
      methods: () => guiding((c, u, w) => normalise(logits(c, u, w).map((p) => p ** (1 / 1.01)))),
    },
    {
      name: "classifier not normalised",
      because: "what p(y | x) takes away is not given back",
      plausible: false,
      methods: () => conditioning((p, l) => p.map((q, k) => q * (l[k] ?? 0))),
    },
    {
      name: "classifier normalised over the sequence",
      because: "one sum divides the laws of all tokens",
      plausible: false,
      methods: () => conditioning((p, l) => normalise(p.map((q, k) => q * (l[k] ?? 0))), "sequence"),
    },
    {
      name: "probability for its logarithm",
      because: "p(y | x) itself is added to the logits",
      plausible: false,
      methods: () => conditioning((p, l) => softmax(p.map((q, k) => Math.log(q) + (l[k] ?? 0)))),
    },
    {
      name: "classifier with a floor",
      because: "10⁻⁴ is added to p(y | x), and what y forbids may come",
      plausible: true,
      methods: () => conditioning((p, l) => normalise(p.map((q, k) => q * ((l[k] ?? 0) + 1e-4)))),
    },
    {
      name: "classifier a little too strong",
      because: "p(y | x) is raised to 1.02",
      plausible: true,
      methods: () => conditioning((p, l) => normalise(p.map((q, k) => q * (l[k] ?? 0) ** 1.02))),
    },
    {
      name: "classifier told of the mask",
      because: "the mask has a logit of −9, and y allows it",
      plausible: true,
      methods: () => conditioning((p, l) => normalise(p.map((q, k) => (k === mask ? Math.exp(-9) : q) * (l[k] ?? 0)))),
    },
  ],
});
