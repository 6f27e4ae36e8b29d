/**
 * # The loss that D3PM trains on
 *
 * One step's part of the bound, the divergence of the posterior from the model's reverse step, and λ times the cross-entropy of the clean
 * token. Subjects weigh either part: both forms are asked for, and a subject is held to the ones it has.
 *
 * Convention: nats, per token, for a step that ends at a noisy time; the model's law is what the subject says its model predicts, and its
 * reverse step the one it declares. Tokens that noise cannot bring about are not asked for. A declared floor moves each law within an
 * interval, and the loss within what the intervals allow.
 */
import fc from "fast-check";
import { type Ask, eitherOf } from "#spec/ask";
import { type Between, between, endsOf, rare, type Stretch, stretches, tooMany } from "#spec/categorical/between";
import { drawnLaws, drawnStates, normalise } from "#spec/categorical/table";
import { termOfRows } from "#spec/elbo/rows";
import { type Axes, atLeast, balance, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Port } from "#spec/roles";
import { austin2021, derived } from "#spec/sources";

const hybrid = equation("L == v * d + w * h");

interface Step extends Stretch {
  readonly stream: number;
  readonly lambda: number;
}

interface Form {
  readonly name: string;
  readonly bound: number;
  readonly cross: number;
}

/** The weights of divergence and cross-entropy, in the two forms that are in use. */
const formsOf = (lambda: number): readonly [Form, Form] => [
  { name: "bound + λ·cross-entropy", bound: 1, cross: lambda },
  { name: "cross-entropy + bound/λ", bound: 1 / lambda, cross: 1 },
];

/** A number that a floor may have moved: between what it is without the floor and the most that the floor makes of it. */
interface Part {
  readonly least: number;
  readonly value: number;
  readonly most: number;
  /** Magnitudes of the terms. */
  readonly size: number;
}

/** A law from its weights, with those of the floor on top, and how much of each weight cancels as it is formed, by its own size. */
interface Weights {
  readonly exact: Float64Array;
  readonly raised: Float64Array;
  readonly forming: Float64Array;
}

export const hybridLoss: Law<"Loss" | "DiscreteKernel", Step> = {
  id: "elbo.d3pm",
  title: "D3PM's loss is the divergence of the posterior from the model's reverse step and λ times the token's cross-entropy.",
  statement: [
    hybrid,
    String.raw`L_\lambda = D_{\mathrm{KL}}\bigl(q(x_s\mid x_t,x_0)\,\|\,p_\theta(x_s\mid x_t)\bigr) - \lambda\log\tilde p_\theta(x_0\mid x_t)`,
    String.raw`p_\theta(x_s\mid x_t) \propto \sum_{\tilde x_0} q(x_s,x_t\mid\tilde x_0)\,\tilde p_\theta(\tilde x_0\mid x_t)`,
  ],
  roles: ["Loss", "DiscreteKernel"],
  kind: "definition",
  source: [austin2021("verified", "Eq. 4, 5"), derived("bounds under a floor, by intervals")],
  restsOn: ["categorical.posterior.bayes"],
  given: {
    "a reverse step by posteriors is declared": (_, { discrete }) => discrete?.reverse === "plug-in" || discrete?.reverse === "mixture",
  },
  cases: { ...stretches, stream: fc.integer({ min: 0, max: 999 }), lambda: fc.constantFrom(1 / 8, 1, 1 / 64) },
  *claim(c, subject) {
    const found = yield* rowsOf(subject, c);
    if (typeof found === "string") return [unmet(found)];
    const { rows, shared, parts, cross, floor } = found;
    const axes: Axes = [["token", rows.length]];
    const of = (part: (one: Part) => number, parts: readonly Part[]): Float64Array => Float64Array.from(parts, part);
    const held = function* ({ name, bound: v, cross: w }: Form): Ask<readonly Evidence[]> {
      const L = yield* termOfRows(subject, "hybrid-loss", rows, { ...shared, bound: v, cross: w });
      const [d, h] = [of(({ value }) => value, parts), of(({ value }) => value, cross)];
      const via = parts.map(({ size }) => v * size);
      if (floor === 0) return [balance(name, hybrid, { L, v, d, w, h }, { answer: "L", roundings: 24, via: Float64Array.from(via), axes })];
      const room = Float64Array.from(via);
      const total = (side: "least" | "most"): Float64Array =>
        room.map((size, i) => size + v * (parts[i]?.[side] ?? Number.NaN) + w * (cross[i]?.[side] ?? Number.NaN));
      const answer = L.map((value, i) => value + (room[i] ?? 0));
      return [
        atLeast(`${name}: no more`, total("most"), answer, { roundings: 24, axes }),
        atLeast(`${name}: no less`, answer, total("least"), { roundings: 24, axes }),
      ];
    };
    const [first, second] = formsOf(c.lambda);
    const [plain, scaled] = yield* eitherOf(held(first), held(second));
    return [...(plain ?? []), ...(scaled ?? [])];
  },
  // Two laws of sixteen roundings each, their logarithms, and what cancels in 1 − a.
  tolerance: String.raw`|\hat L - vD - wH| \le \gamma_{24}\left(\hat L + vD + wH + v\textstyle\sum_x q(2+|\log q|+|\log p|)(1+c_x)\right),\quad c_x \text{ from } 1-a`,
};

interface Asked {
  readonly rows: readonly { readonly x0: number; readonly xt: number; readonly law: Float64Array }[];
  readonly shared: { readonly s: number; readonly t: number };
  readonly parts: readonly Part[];
  readonly cross: readonly Part[];
  readonly floor: number;
}

/** Some pairs of tokens with a law for each, and what the loss is made of there; or the reason why there are none. */
function* rowsOf(subject: Port<"Loss" | "DiscreteKernel">, { stream, ...span }: Step): Ask<Asked | string> {
  const facts = yield* subject.facts();
  const { discrete } = facts;
  const ends = endsOf(span, facts);
  if (discrete === null || ends === null) return "the two times are one";
  if (ends.s === "data") return "steps to data themselves have terms of their own";
  const [early, step] = [yield* between(subject, "data", ends.s), yield* between(subject, ends.s, ends.t)];
  const late = yield* between(subject, "data", ends.t);
  if (early === null || step === null || late === null) return tooMany;
  const { classes: K, mask, reverse, floor } = discrete;
  const [clean, other] = [drawnStates(stream, asked, K), drawnStates(stream + 1, asked, K)];
  const laws = drawnLaws(stream, asked, K, mask);
  const all = Array.from(clean, (drawn, i) => {
    const x0 = drawn === mask ? (drawn + 1) % K : drawn;
    const xt = i % 2 === 0 && mask !== null ? mask : i % 3 === 0 ? x0 : (other[i] ?? 0);
    // A mean of posteriors can be taken over tokens that can have led here only.
    const reached = late.columns(Float64Array.of(xt));
    const law = normalise(laws.slice(i * K, (i + 1) * K).map((p, k) => (reverse === "mixture" && (reached[k] ?? 0) <= rare ? 0 : p)));
    return { x0, xt, law, reached };
  });
  const rows = all.filter(({ x0, reached }) => (reached[x0] ?? 0) > rare);
  const parts = rows.map(({ x0, xt, law, reached }) => {
    const q = weightsOf(early, step, certain(K, x0), xt, floor);
    const shares = reverse === "mixture" ? law.map((p, k) => (p === 0 ? 0 : p / (reached[k] ?? Number.NaN))) : law;
    return divergence(q, weightsOf(early, step, shares, xt, floor));
  });
  const cross = rows.map(({ x0, law }): Part => {
    const p = law[x0] ?? Number.NaN;
    return { least: -Math.log(p + floor), value: -Math.log(p), most: Math.log1p(K * floor) - Math.log(p), size: 0 };
  });
  const kept = [...rows.keys()].filter((i) => parts[i]?.most !== Number.POSITIVE_INFINITY && Number.isFinite(cross[i]?.value));
  if (kept.length === 0) return "noise brings about none of the pairs";
  const [s = Number.NaN, t = Number.NaN] = yield* subject.times([ends.s, ends.t]);
  const some = <T>(values: readonly T[]): readonly T[] => kept.map((i) => values[i] as T);
  const told = some(rows).map(({ x0, xt, law }) => ({ x0, xt, law }));
  return { rows: told, shared: { s, t }, parts: some(parts), cross: some(cross), floor };
}

/** Pairs of tokens that are asked for at a time. */
const asked = 6;

const certain = (K: number, state: number): Float64Array => Float64Array.from({ length: K }, (_, k) => (k === state ? 1 : 0));

/** (law·early)(k)·step(k, xt), and what a floor under each factor makes of it. Shape `K`. */
function weightsOf(early: Between, step: Between, law: Float64Array, xt: number, floor: number): Weights {
  const [pushed, column] = [early.push(law), step.columns(Float64Array.of(xt))];
  const reach = early.push(new Float64Array(law.length).fill(1));
  const likely = step.forming[xt] ?? 0;
  return {
    exact: pushed.map((p, k) => p * (column[k] ?? 0)),
    raised: pushed.map((p, k) => (p + floor * (1 + Math.abs(reach[k] ?? 0))) * ((column[k] ?? 0) + 2 * floor)),
    forming: pushed.map((p, k) => {
      const b = column[k] ?? 0;
      return p === 0 || b === 0 ? 0 : (early.forming[k] ?? 0) / p + likely / b;
    }),
  };
}

/** D(q‖p) of two laws from their weights. */
function divergence(q: Weights, p: Weights): Part {
  const [wholeQ, wholeP] = [q, p].map(({ exact }) => exact.reduce((a, b) => a + b, 0)) as [number, number];
  const [raisedQ, raisedP] = [q, p].map(({ raised }) => raised.reduce((a, b) => a + b, 0)) as [number, number];
  let [value, size, least, most] = [0, 0, 0, 0];
  q.exact.forEach((weight, k) => {
    const [mass, model] = [weight / wholeQ, (p.exact[k] ?? 0) / wholeP];
    if (mass > 0) {
      value += mass * Math.log(mass / model);
      const cancels = (q.forming[k] ?? 0) + (p.forming[k] ?? 0);
      size += mass * (2 + Math.abs(Math.log(mass)) + Math.abs(Math.log(model))) * (1 + cancels);
    }
    const [low, high] = [weight / raisedQ, Math.min((q.raised[k] ?? 0) / wholeQ, 1)];
    const [below, above] = [(p.exact[k] ?? 0) / raisedP, Math.min((p.raised[k] ?? 0) / wholeP, 1)];
    least += (low <= 1 / Math.E && high >= 1 / Math.E ? -1 / Math.E : Math.min(entropyOf(low), entropyOf(high))) - low * Math.log(above);
    most += Math.max(entropyOf(low), entropyOf(high)) - (high === 0 ? 0 : high * Math.log(below));
  });
  return { least: least || 0, value, most, size };
}

/** x log x. */
const entropyOf = (x: number): number => (x === 0 ? 0 : x * Math.log(x));
