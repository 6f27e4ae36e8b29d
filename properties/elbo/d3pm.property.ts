import { AbsentHere } from "#properties/engine/controls";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, posterior } from "#properties/textbook/discrete";
import { categoricalKl, oneHot } from "#properties/textbook/elbo-jump";
import { absorbingChain, absorbingProcess, type Process, uniformChain } from "#properties/textbook/process";
import { normalise } from "#spec/categorical/table";
import { hybridLoss } from "#spec/elbo/d3pm";
import { type Fields, number, tensor, vector } from "#spec/tensor";

const { exp, log } = Math;

interface Loss {
  readonly process?: Process;
  readonly reverse?: "plug-in" | "mixture";
  /** The floor that is declared. */
  readonly floor?: number;
  /** The form that is offered: weights of both parts, or of one only. */
  readonly offers?: "both" | "lambda" | "scale";
  /** The posterior, the model's step, and the loss from the two and the token's probability. */
  readonly truth?: (row: Row) => Float64Array;
  readonly model?: (row: Row) => Float64Array;
  readonly kl?: (q: Float64Array, p: Float64Array) => number;
  readonly cross?: (law: Float64Array, x0: number) => number;
  readonly joined?: (kl: number, cross: number, bound: number, weight: number) => number;
}

interface Row {
  readonly process: Process;
  readonly x0: number;
  readonly xt: number;
  readonly law: Float64Array;
  readonly s: number;
  readonly t: number;
}

/** Σ law(x₀)·early(x₀, k)·step(k, xt), normalised; `early` from data to a time. */
function plugIn({ process, xt, s, t }: Row, law: Float64Array, early = s): Float64Array {
  const { classes: K, transition } = process;
  const [before, step] = [transition(null, early), transition(s, t)];
  return normalise(
    Float64Array.from({ length: K }, (_, k) => law.reduce((sum, p, x) => sum + p * (before[x * K + k] ?? 0), 0) * (step[k * K + xt] ?? 0)),
  );
}

const exactly = ({ process, x0, xt, s, t }: Row): Float64Array => posterior(process, x0, xt, s, t);

function mean({ process, xt, s, t, law }: Row): Float64Array {
  const out = new Float64Array(law.length);
  law.forEach((p, x) => {
    if (p > 0)
      posterior(process, x, xt, s, t).forEach((mass, k) => {
        out[k] = (out[k] ?? 0) + p * mass;
      });
  });
  return out;
}

/** A process with D3PM's loss, some of its parts changed. */
function d3pm({
  process = uniformChain(),
  reverse = "plug-in",
  floor = 0,
  offers = "both",
  truth = exactly,
  model = reverse === "plug-in" ? (row) => plugIn(row, row.law) : mean,
  kl = categoricalKl,
  cross = (law, x0) => -log(law[x0] ?? 0),
  joined = (divergence, entropy, bound, weight) => bound * divergence + weight * entropy,
}: Loss = {}): RawMethods {
  const { classes: K } = process;
  return discreteBook({ process, reverse, declares: { floor } }, () => ({
    term: (args: Fields) => {
      const inputs = args["inputs"] as Fields;
      const [bound, weight] = [number(inputs, "bound"), number(inputs, "cross")];
      if (args["name"] !== "hybrid-loss" || (offers === "lambda" && bound !== 1) || (offers === "scale" && weight !== 1))
        throw new AbsentHere(`no such form of ${String(args["name"])}`);
      const [x0, xt, laws] = [vector(inputs, "x0"), vector(inputs, "xt"), vector(inputs, "law")];
      const value = x0.map((x, i) => {
        const law = laws.slice(i * K, (i + 1) * K);
        const row: Row = { process, x0: x, xt: xt[i] ?? 0, law, s: number(inputs, "s"), t: number(inputs, "t") };
        return joined(kl(truth(row), model(row)), cross(law, x), bound, weight);
      });
      return { value: tensor(value) };
    },
  }));
}

/** What a one-hot vector is as logits: e at the token against 1 elsewhere. */
const softened = (K: number, x0: number): Float64Array => normalise(oneHot(K, x0).map(exp));

const raised = (law: Float64Array, floor = 1e-6): Float64Array => normalise(law.map((p) => p + floor));

/** Both factors of a step with a floor under each. */
function floored(row: Row, law: Float64Array, floor = 1e-6): Float64Array {
  const { process, xt, s, t } = row;
  const { classes: K, transition } = process;
  const [before, step] = [transition(null, s), transition(s, t)];
  return normalise(
    Float64Array.from(
      { length: K },
      (_, k) => (law.reduce((sum, p, x) => sum + p * (before[x * K + k] ?? 0), 0) + floor) * ((step[k * K + xt] ?? 0) + floor),
    ),
  );
}

const withFloor = (truth: (row: Row) => Float64Array): RawMethods =>
  d3pm({ floor: 1e-6, offers: "scale", truth: (row) => floored(row, truth(row)), model: (row) => floored(row, row.law) });

export const hybridLossProperty: Property = property(hybridLoss, {
  accepts: [
    { name: "textbook", methods: () => d3pm() },
    { name: "absorbing", methods: () => d3pm({ process: absorbingChain() }) },
    { name: "mean of posteriors in continuous time", methods: () => d3pm({ process: absorbingProcess(), reverse: "mixture" }) },
    { name: "λ on the cross-entropy alone", methods: () => d3pm({ offers: "lambda" }) },
    {
      name: "scale on the bound, cross-entropy less entropy",
      methods: () =>
        d3pm({
          offers: "scale",
          kl: (q, p) => q.reduce((sum, mass, k) => sum + (mass === 0 ? 0 : mass * log(mass) - mass * log(p[k] ?? 0)), 0),
        }),
    },
    { name: "a floor of 10⁻⁶ that is declared", methods: () => withFloor((row) => raised(oneHot(row.law.length, row.x0))) },
  ],
  rejects: [
    {
      name: "one-hot read as logits",
      because:
        "the token goes where logits are expected, so that the posterior is that of softmax(one-hot), as in bionemo-moco's D3PM.loss",
      plausible: false,
      methods: () => d3pm({ truth: (row) => plugIn(row, softened(row.law.length, row.x0)) }),
    },
    {
      name: "one-hot read as logits, under a floor",
      because: "the same in code that declares its floor",
      plausible: false,
      beside: "a floor of 10⁻⁶ that is declared",
      methods: () => withFloor((row) => softened(row.law.length, row.x0)),
    },
    {
      name: "kernel of the present index",
      because: "the posterior is made with the kernel from data to t where that to s belongs",
      plausible: false,
      methods: () => d3pm({ truth: (row) => plugIn(row, oneHot(row.law.length, row.x0), row.t) }),
    },
    {
      name: "floor that is not declared",
      because: "10⁻⁴ is added to both laws inside the logarithms",
      plausible: true,
      methods: () => d3pm({ kl: (q, p) => q.reduce((sum, mass, k) => sum + mass * (log(mass + 1e-4) - log((p[k] ?? 0) + 1e-4)), 0) }),
    },
    {
      name: "smoothed labels",
      because: "the cross-entropy is that of a label of which 1 % is spread over all classes",
      plausible: true,
      methods: () =>
        d3pm({
          cross: (law, x0) => -0.99 * log(law[x0] ?? 0) - law.reduce((sum, p) => sum + (0.01 / law.length) * log(Math.max(p, 1e-12)), 0),
        }),
    },
    {
      name: "mean over classes",
      because: "a library's divergence is averaged over classes where it is to be summed",
      plausible: false,
      methods: () => d3pm({ kl: (q, p) => categoricalKl(q, p) / q.length }),
    },
    {
      name: "λ on both",
      because: "the weight of the cross-entropy multiplies the bound too",
      plausible: false,
      methods: () => d3pm({ joined: (kl, cross, bound, weight) => weight * (bound * kl + cross) }),
    },
  ],
});
