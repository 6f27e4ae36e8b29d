/**
 * # Kolmogorov's equations of chains in continuous time
 *
 * How kernels grow out of rates: forwards, ∂ₜP_{s,t} = P_{s,t}Rₜ, and backwards, ∂ₛP_{s,t} = −RₛP_{s,t}. Both are held in integrated
 * form, with the subject's own kernels and rates under the integral, so that rates that do not commute are spoken of as well.
 *
 * Convention: rows; rates per unit of the subject's own time towards noise.
 */
import fc from "fast-check";
import type { Ask } from "#spec/ask";
import { multiplied } from "#spec/categorical/table";
import { fewStates, integrated, statesOf, timeFlows } from "#spec/ctmc/time";
import { balance, unmet } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import type { From } from "#spec/roles-discrete";
import { campbell2022, lou2024 } from "#spec/sources";
import { uniforms } from "#spec/stream";

const growth = equation("p == q + f");
const decay = equation("f_s == f_t + r");
export const unresolved = "the rates vary too fast here for a quadrature";

export interface Span {
  readonly s: number;
  readonly h: number;
}

/** A time between 1/64 and 3/4, and a step of at most a quarter. */
export const spans: { readonly s: fc.Arbitrary<number>; readonly h: fc.Arbitrary<number> } = {
  s: fc.integer({ min: 1, max: 48 }).map((k) => k / 64),
  h: fc.integer({ min: 1, max: 16 }).map((k) => k / 64),
};

export const forwardEquation: Law<"RateGenerator", Span & { readonly fromData: boolean }> = {
  id: "ctmc.kolmogorov.forward",
  title: "Kernels grow at their late end by the rates there.",
  statement: [
    String.raw`\frac{\partial}{\partial t} P_{s,t} = P_{s,t} R_t`,
    String.raw`P_{r,t} = P_{r,s} + \int_s^t P_{r,v}R_v\,\mathrm dv`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [lou2024("verified", "§2.1, Eq. 3"), campbell2022("second-hand", "§4.1")],
  restsOn: ["ctmc.rate.row-sum-zero"],
  given: { "time is continuous": timeFlows, "at most 256 states": fewStates },
  cases: { ...spans, fromData: fc.boolean() },
  *claim({ s, h, fromData }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const origin: From = fromData ? "data" : s;
    const kernel = (t: number): Ask<Float64Array> => chain.transition(origin, t, states);
    const flow = yield* integrated(chain, s, s + h, function* (r) {
      const [rows, rates] = [yield* kernel(r), yield* chain.rate(r)];
      return { value: multiplied(rows, rates, K), size: multiplied(rows.map(Math.abs), rates.map(Math.abs), K) };
    });
    if (flow === null) return [unmet(unresolved)];
    const p = yield* kernel(s + h);
    const q = fromData ? yield* kernel(s) : oneHot(states, K);
    return [
      balance(
        "kernel",
        growth,
        { p, q, f: flow.value },
        {
          answer: "p",
          roundings: 16,
          via: flow.size.map((x) => x + 1),
          axes: [
            ["from", states.length],
            ["to", K],
          ],
        },
      ),
    ];
  },
  // Kernels are right to a few roundings of 1, from which they may be formed; rates to a few roundings of themselves.
  tolerance: String.raw`|\hat P_{r,t} - \hat P_{r,s} - \textstyle\int\hat P\hat R| \le \gamma_{16}\bigl(1 + \hat P_{r,t} + \hat P_{r,s} + \int|\hat P||\hat R|\bigr)`,
};

export const backwardEquation: Law<"RateGenerator", Span & { readonly stream: number }> = {
  id: "ctmc.kolmogorov.backward",
  title: "Expectations change at the early end by the rates there.",
  statement: [
    String.raw`\frac{\partial}{\partial s} P_{s,t} = -R_s P_{s,t}`,
    String.raw`u(s,x) = E[f(X_t)\mid X_s=x] \;\Rightarrow\; u(s,x) = f(x) + \int_s^t (R_r u(r,\cdot))(x)\,\mathrm dr`,
  ],
  roles: ["RateGenerator"],
  kind: "theorem",
  source: [campbell2022("second-hand", "appendix")],
  restsOn: ["ctmc.rate.row-sum-zero"],
  given: { "time is continuous": timeFlows, "at most 256 states": fewStates },
  cases: { ...spans, stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  *claim({ s, h, stream }, chain) {
    const { discrete } = yield* chain.facts();
    const K = discrete?.classes ?? Number.NaN;
    const states = statesOf(discrete);
    const f = functionsOn(K, stream);
    const expected = function* (r: number, asked?: Float64Array): Ask<Float64Array> {
      return byFunction(yield* chain.transition(r, s + h, asked), f, K);
    };
    const flow = yield* integrated(chain, s, s + h, function* (r) {
      const [u, rates] = [yield* expected(r), yield* chain.rate(r, states)];
      return { value: byFunction(rates, u, K), size: byFunction(rates.map(Math.abs), u.map(Math.abs), K) };
    });
    if (flow === null) return [unmet(unresolved)];
    const f_s = yield* expected(s, states);
    const f_t = Float64Array.from(
      { length: states.length * functions },
      (_, k) => f[(states[Math.floor(k / functions)] ?? 0) * functions + (k % functions)] ?? 0,
    );
    return [
      balance(
        "expectation",
        decay,
        { f_s, f_t, r: flow.value },
        {
          answer: "f_s",
          roundings: 16,
          via: flow.size.map((x) => x + 1),
          axes: [
            ["state", states.length],
            ["function", functions],
          ],
        },
      ),
    ];
  },
  // As for the forward equation; |f| ≤ 1, so that an expectation is right to a few roundings of 1.
  tolerance: String.raw`|\hat u_s - f - \textstyle\int\hat R\hat u| \le \gamma_{16}\bigl(1 + |\hat u_s| + |f| + \int|\hat R||\hat u|\bigr)`,
};

const functions = 3;

/** The constant 1, one state's indicator and a drawn function, side by side. Shape `K*3`. */
function functionsOn(K: number, stream: number): Float64Array {
  const drawn = uniforms(stream, 0, K + 1);
  const at = Math.floor((drawn[K] ?? 0) * K);
  return Float64Array.from({ length: K * functions }, (_, k) => {
    const x = Math.floor(k / functions);
    return [1, x === at ? 1 : 0, drawn[x] ?? 0][k % functions] ?? 0;
  });
}

/** Rows of K numbers times the functions. Shape `n*3`. */
function byFunction(rows: Float64Array, f: Float64Array, K: number): Float64Array {
  const out = new Float64Array((rows.length / K) * functions);
  for (let i = 0; i < rows.length; i++) {
    const [row, y] = [Math.floor(i / K), i % K];
    for (let j = 0; j < functions; j++)
      out[row * functions + j] = (out[row * functions + j] ?? 0) + (rows[i] ?? 0) * (f[y * functions + j] ?? 0);
  }
  return out;
}

/** Rows of the identity. */
export function oneHot(states: Float64Array, K: number): Float64Array {
  return Float64Array.from({ length: states.length * K }, (_, k) => (states[Math.floor(k / K)] === k % K ? 1 : 0));
}
