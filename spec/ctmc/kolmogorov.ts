/**
 * # Kolmogorov's equations of chains in continuous time
 *
 * How kernels grow out of rates: forwards, ∂ₜP_{s,t} = P_{s,t}Rₜ, and backwards, ∂ₛP_{s,t} = −RₛP_{s,t}.
 *
 * A subject is held to the integrated form. Where its rates at all times are multiples of one matrix, Rₜ = β(t)R, its kernel is
 * exp(R∫β), which uniformization of its own rates gives without cancellation; ∫β is a Gauss–Legendre sum over its own rates.
 *
 * Convention: rows; rates per unit of the subject's own time towards noise.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { balance, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { gaussLegendre } from "#spec/number/quadrature";
import { exitRate, uniformized } from "#spec/number/uniformization";
import type { RateGenerator } from "#spec/roles-discrete";
import { campbell2022, lou2024 } from "#spec/sources";

const kernel = equation("p == q");

interface Span {
  readonly s: number;
  readonly h: number;
}

const spans = { s: fc.integer({ min: 1, max: 48 }).map((k) => k / 64), h: fc.integer({ min: 1, max: 16 }).map((k) => k / 64) };

/** Few enough states to ask for all; of many, these. */
const sampled = (classes: number): Float64Array =>
  classes <= 32
    ? Float64Array.from({ length: classes }, (_, x) => x)
    : Float64Array.from({ length: 6 }, (_, k) => Math.floor((k * (classes - 1)) / 5));

/** ∫β and the matrix R with Rₜ = β(t)R, from rates at eight times; null where the rates do not commute. */
export function* clocked(
  chain: RateGenerator,
  s: number,
  t: number,
): Ask<{ readonly matrix: Float64Array; readonly total: number } | null> {
  const { nodes, weights } = gaussLegendre(8);
  const [from = 0, to = 0] = yield* chain.times([s, t]);
  const { discrete } = yield* chain.facts();
  const K = discrete?.classes ?? Number.NaN;
  let matrix: Float64Array | undefined;
  let total = 0;
  for (const [k, node] of nodes.entries()) {
    const at = yield* chain.rate(s + (t - s) * node);
    const exit = exitRate(at, K);
    matrix ??= at.map((r) => r / exit);
    for (let i = 0; i < at.length; i++) if (Math.abs((at[i] ?? 0) - exit * (matrix[i] ?? 0)) > 2 ** -20 * exit) return null;
    total += (weights[k] ?? 0) * exit * Math.abs(to - from);
  }
  return matrix === undefined ? null : { matrix, total };
}

export const forwardEquation: Law<"RateGenerator", Span> = {
  id: "ctmc.kolmogorov.forward",
  title: "Kernels are what the rates make of time.",
  statement: [
    String.raw`\frac{\partial}{\partial t} P_{s,t} = P_{s,t} R_t`,
    String.raw`R_t = \beta(t) R \;\Rightarrow\; P_{s,t} = \exp\Bigl(R\int_s^t\beta\Bigr)`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "§2.1, Eq. 3"), campbell2022("second-hand", "§4.1")],
  restsOn: ["ctmc.rate.row-sum-zero"],
  given: {},
  cases: spans,
  *claim({ s, h }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const clock = yield* clocked(chain, s, s + h);
    if (clock === null) return [unmet("rates at different times do not commute")];
    const states = sampled(K);
    const own = yield* chain.transition(s, s + h, K === states.length ? undefined : states);
    const { rows } = uniformized(clock.matrix, K, clock.total, states);
    return [heldTo("kernel", own, rows, states.length, K)];
  },
  // Entries of a kernel are sums of products of probabilities; the total rate enters as an exponent of its own size.
  tolerance: String.raw`|\hat P(x,y) - P(x,y)| \le \gamma_{16}\left(\hat P(x,y) + P(x,y) + 1\right)`,
};

function heldTo(name: string, p: Float64Array, q: Float64Array, states: number, K: number): Evidence {
  return balance(
    name,
    kernel,
    { p, q },
    {
      answer: "p",
      roundings: 16,
      via: 1,
      axes: [
        ["from", states],
        ["to", K],
      ],
    },
  );
}
