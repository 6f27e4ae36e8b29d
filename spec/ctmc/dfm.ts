/**
 * # Discrete flow matching
 *
 * Tokens are data with probability κ and source otherwise. Two velocities carry this path along: one jumps to data, one away from
 * source; their difference stirs without changing the law, so that (1 + c)û − cǔ is a rate for every c ≥ 0.
 *
 * Convention: κ is the survival probability; velocities are per unit of the subject's own time towards data. Source and data are drawn
 * together; the source is the mask where there is one.
 */
import fc from "fast-check";
import { type Ask, attempted } from "#spec/ask";
import { drawnLaws, normalise, rowSums } from "#spec/categorical/table";
import { type Span, spans, unresolved } from "#spec/ctmc/kolmogorov";
import { integrated, type Sum, timeFlows } from "#spec/ctmc/time";
import { atLeast, balance, type Evidence, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { Port } from "#spec/roles";
import { code, gat2024 } from "#spec/sources";

const total = equation("u == 0");
const path = equation("f == (a_s - a_t) * (p - q)");
type Chain = Port<"RateGenerator" | "DiscreteKernel">;
type Direction = "forward" | "backward";

/** Laws of source and data tokens, and their coupling, sources first. */
interface Coupling {
  readonly source: Float64Array;
  readonly data: Float64Array;
  readonly joint: Float64Array;
}

export const flowVelocities: Law<"RateGenerator" | "DiscreteKernel", Span & { readonly stream: number }> = {
  id: "ctmc.dfm.velocity",
  title: "Forward and backward velocities carry the mixture path, and together make rates.",
  statement: [
    String.raw`\hat u = \frac{\dot\kappa}{1-\kappa}\,[p_{1|t} - \delta],\qquad \check u = \frac{\dot\kappa}{\kappa}\,[\delta - p_{0|t}]`,
    String.raw`\dot p_t = p_t\hat u = p_t\check u,\qquad (1+c)\hat u - c\check u \ge 0 \text{ off the diagonal, } c\ge 0`,
  ],
  roles: ["RateGenerator", "DiscreteKernel"],
  kind: "theorem",
  source: [gat2024("verified", "Eq. 9, 13, 14, 16, 24, Thm 2.3"), code("flow_matching")("verified", "docstring")],
  restsOn: [],
  given: { "time is continuous": timeFlows, "at most 32 states": (_, { discrete }) => (discrete?.classes ?? 0) <= 32 },
  cases: { ...spans, stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  *claim({ s, h, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const coupling = coupled(K, discrete?.mask ?? null, stream);
    const [a_s = 0, a_t = 0] = yield* chain.survival([s, s + h]);
    const evidence: Evidence[] = [];
    for (const direction of ["forward", "backward"] as const) {
      const asked = velocityAt(chain, coupling, K, direction, s + h / 2);
      const middle = direction === "forward" ? yield* asked : yield* attempted(asked);
      if (middle === null) continue;
      const flow = yield* integrated(chain, s, s + h, function* (r) {
        return carried(yield* velocityAt(chain, coupling, K, direction, r), K);
      });
      if (flow === null) return [unmet(unresolved)];
      const { states, rows } = middle;
      const at = (k: number): boolean => states[Math.floor(k / K)] === k % K;
      const axes = [
        ["state", states.length],
        ["to", K],
      ] as const;
      const via = rowSums(rows.map(Math.abs), K);
      evidence.push(
        atLeast(
          `${direction} jumps`,
          rows.map((v, k) => (at(k) ? 0 : direction === "forward" ? v : -v)),
          0,
          { axes },
        ),
        balance(
          `${direction} rows`,
          total,
          { u: rowSums(rows, K) },
          { answer: "u", roundings: K + 16, via, axes: [["state", states.length]] },
        ),
        balance(
          `${direction} path`,
          path,
          { f: flow.value, a_s, a_t, p: coupling.data, q: coupling.source },
          { answer: "f", roundings: K + 32, via: flow.size.map((x) => x + 1), axes: [["state", K]] },
        ),
      );
    }
    return evidence;
  },
  // Velocities are a rate times a difference of laws, each right to a few roundings.
  tolerance: String.raw`|\textstyle\int p\hat u - (\kappa_s-\kappa_t)(p_1-p_0)| \le \gamma_{K+32}(1 + \int p|\hat u| + \dots)`,
};

function coupled(K: number, mask: number | null, stream: number): Coupling {
  const joint = drawnLaws(stream, 1, K * K).map((p, k) => ((mask === null || Math.floor(k / K) === mask) && k % K !== mask ? p : 0));
  normalise(joint);
  const [source, data] = [rowSums(joint, K), new Float64Array(K)];
  joint.forEach((p, k) => {
    data[k % K] = (data[k % K] ?? 0) + p;
  });
  return { source, data, joint };
}

interface Velocity {
  readonly states: Float64Array;
  readonly law: Float64Array;
  readonly rows: Float64Array;
}

/** The velocity with the exact posterior, at every state that the path reaches. */
function* velocityAt(chain: Chain, { source, data, joint }: Coupling, K: number, direction: Direction, u: number): Ask<Velocity> {
  const [kappa = Number.NaN] = yield* chain.survival(u);
  const law = data.map((p, x) => kappa * p + (1 - kappa) * (source[x] ?? 0));
  const states = Float64Array.from({ length: K }, (_, x) => x).filter((x) => (law[x] ?? 0) > 0);
  const values = new Float64Array(states.length * K);
  states.forEach((x, i) => {
    for (let y = 0; y < K; y++) {
      const [here, other] =
        direction === "forward"
          ? [kappa * (data[y] ?? 0), (1 - kappa) * (joint[x * K + y] ?? 0)]
          : [(1 - kappa) * (source[y] ?? 0), kappa * (joint[y * K + x] ?? 0)];
      values[i * K + y] = (x === y ? here : 0) + other;
    }
    normalise(values.subarray(i * K, (i + 1) * K));
  });
  return { states, law, rows: yield* chain.jumpVelocity(direction, states, values, u) };
}

/** Σ p(z)u(z, y). */
function carried({ states, law, rows }: Velocity, K: number): Sum {
  const [value, size] = [new Float64Array(K), new Float64Array(K)];
  rows.forEach((v, k) => {
    const term = (law[states[Math.floor(k / K)] ?? 0] ?? 0) * v;
    value[k % K] = (value[k % K] ?? 0) + term;
    size[k % K] = (size[k % K] ?? 0) + Math.abs(term);
  });
  return { value, size };
}
