/**
 * # Kernels of tokens
 *
 * Uniform and absorbing noise leave a token alone with probability a, and otherwise replace it by a draw from the law π that they
 * tend to: all states alike, or the mask. Noise on ordinal states moves a token by bells, noise on words to words like them.
 *
 * Convention: a is the probability that a token has not been touched between data and t (D3PM's ᾱ); a drawn token may be the old one.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { between, endsOf, lawAnew, mostStates, someStates, spreadStates, tooMany } from "#spec/categorical/between";
import { drawnStates, multiplied, rowSums } from "#spec/categorical/table";
import { unitTime } from "#spec/domain";
import { atLeast, balance, type Evidence, enclosure, equality, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation, expression } from "#spec/number/expression";
import { austin2021, derived, sahoo2024 } from "#spec/sources";

const uniform = equation("K * a_s * p == K * a_t * same + (a_s - a_t)");
const absorbing = equation("a_s * p == a_t * same + (a_s - a_t) * masked");

interface Times {
  readonly u: number;
  readonly w: number;
}

const is =
  (family: string) =>
  (_: unknown, { discrete }: Facts): boolean =>
    discrete?.family === family;

const matrix = (states: Float64Array, classes: number, f: (x: number, y: number) => boolean): Float64Array =>
  Float64Array.from({ length: states.length * classes }, (_, k) => (f(states[Math.floor(k / classes)] ?? 0, k % classes) ? 1 : 0));

type Stated = Pick<Law<"DiscreteKernel", Times>, "id" | "title" | "statement">;

function lawOf(family: "uniform" | "absorbing", { id, title, statement }: Stated): Law<"DiscreteKernel", Times> {
  return {
    id,
    title,
    statement,
    roles: ["DiscreteKernel"],
    kind: "theorem",
    source: [
      austin2021("verified", family === "uniform" ? "§3.1" : "Eq. 7"),
      ...(family === "absorbing" ? [sahoo2024("verified", "§3.2.1")] : []),
    ],
    restsOn: ["kernel.row-stochastic"],
    given: { [`noise is ${family}`]: is(family) },
    cases: { u: unitTime(), w: unitTime() },
    *claim({ u, w }, process) {
      const { discrete } = yield* process.facts();
      if (discrete === null) return [unmet(tooMany)];
      const { classes: K, mask } = discrete;
      const states = spreadStates(discrete);
      const asked = K > mostStates ? states : undefined;
      const [early, late] = [Math.min(u, w), Math.max(u, w)];
      const [before = Number.NaN, after = Number.NaN] = yield* process.survival([early, late]);
      const same = matrix(states, K, (x, y) => x === y);
      const shared = family === "uniform" ? { same, K } : { same, masked: matrix(states, K, (_, y) => y === mask) };
      const held = (name: string, p: Float64Array, a_s: number): Evidence =>
        balance(
          name,
          family === "uniform" ? uniform : absorbing,
          { p, a_s, a_t: after, ...shared },
          {
            answer: "p",
            roundings: 8,
            axes: [
              ["from", states.length],
              ["to", K],
            ],
          },
        );
      const cumulative = held("from data", yield* process.transition("data", late, asked), 1);
      if (before === 0) return [cumulative];
      // Who noises data alone has no kernel between two times.
      const between = yield* attempted(process.transition(early, late, asked));
      return between === null ? [cumulative] : [cumulative, held("between times", between, before)];
    },
    // A kernel between two times is formed from the quotient of two survivals, whose products over the chain are rounded alike.
    tolerance: String.raw`|a_s\hat P(x,y) - a_sP(x,y)| \le \gamma_8\left(a_s\hat P(x,y) + a_t\delta_{xy} + (a_s+a_t)\pi_y\right)`,
  };
}

export const uniformKernel: Law<"DiscreteKernel", Times> = lawOf("uniform", {
  id: "categorical.q.uniform",
  title: "Uniform noise keeps a token with probability a and otherwise draws any of the K states.",
  statement: [String.raw`\bar Q_t = a_t I + \frac{1-a_t}{K}\mathbf 1\mathbf 1^\top`],
});

export const absorbingKernel: Law<"DiscreteKernel", Times> = lawOf("absorbing", {
  id: "categorical.q.absorbing",
  title: "Absorbing noise keeps a token with probability a and otherwise masks it; what is masked stays masked.",
  statement: [String.raw`\bar Q_t = a_t I + (1-a_t)\,\mathbf 1 e_m^\top`],
});

interface Sampled {
  readonly u: number;
  readonly stream: number;
}

const stream = fc.integer({ min: 0, max: 999 });

const apart = equation("1 + d == 1 + a * (1 - r)");
const same = equation("p == q");
const rest = equation("p + q == 1");
const bell = expression("exp(-4 * d^2 / ((K - 1)^2 * b)) / N");

/** Half the sum of |P(x, y) − π(y)| over y. Shape `n`. */
const distances = (rows: Float64Array, law: Float64Array): Float64Array =>
  rowSums(
    rows.map((p, k) => Math.abs(p - (law[k % law.length] ?? 0)) / 2),
    law.length,
  );

export const stationaryLimit: Law<"DiscreteKernel", Times & Sampled> = {
  id: "categorical.q.stationary-limit",
  title: "Noise leaves its stationary law alone and brings every state nearer to it, at the rate of survival.",
  statement: [
    String.raw`\pi P_{s,t} = \pi,\qquad \mathrm{TV}(P_{0,t}(x,\cdot),\pi) \le \mathrm{TV}(P_{0,s}(x,\cdot),\pi)`,
    String.raw`P = aI + (1-a)\mathbf 1\pi^\top \;\Rightarrow\; \mathrm{TV}(P(x,\cdot),\pi) = a\,(1-\pi_x)`,
  ],
  roles: ["DiscreteKernel"],
  kind: "limit",
  source: [austin2021("verified", "§3.1"), derived("the distance of a mixture with π from π")],
  restsOn: ["kernel.row-stochastic", "categorical.q.uniform", "categorical.q.absorbing"],
  given: {},
  cases: { u: unitTime(), w: unitTime(), stream },
  *claim({ u, w, stream: number }, process) {
    const { discrete } = yield* process.facts();
    if (discrete === null) return [unmet(tooMany)];
    const K = discrete.classes;
    const [early, late] = [Math.min(u, w), Math.max(u, w)];
    const law = yield* process.stationary();
    const states = someStates(discrete, drawnStates(number, K > mostStates ? 4 : 12, K));
    const before = distances(yield* process.transition("data", early, states), law);
    const after = distances(yield* process.transition("data", late, states), law);
    const axes = [["from", states.length]] as const;
    const beside = (d: Float64Array): Float64Array => d.map((value) => 1 + value);
    // Differences of entries that sum to 1: their roundings are relative to that sum.
    const found: Evidence[] = [atLeast("nearer", beside(before), beside(after), { roundings: 8, axes })];
    if (lawAnew(discrete) !== null) {
      const [a = Number.NaN] = yield* process.survival([late]);
      const r = states.map((x) => law[x] ?? Number.NaN);
      found.push(balance("distance", apart, { d: after, a, r }, { answer: "d", roundings: 8, axes }));
    }
    const kernel = K > mostStates ? null : yield* between(process, early, late);
    if (kernel === null) return found;
    const p = kernel.push(law);
    const via = kernel.forming;
    return [...found, balance("invariance", same, { p, q: law }, { answer: "p", roundings: 12, via, axes: [["state", K]] })];
  },
  // Entries of four roundings against a law that sums to 1; both sides of a distance are such sums.
  tolerance: String.raw`|\hat d - a(1-\pi_x)| \le \gamma_8\left(\hat d + a + a\pi_x + 2\right)`,
};

export const gaussianKernel: Law<"DiscreteKernel", Sampled> = {
  id: "categorical.q.discretized-gaussian",
  title: "Ordinal noise moves a token by bells on a grid that stretches the states, and what is left over stays.",
  statement: [
    String.raw`[Q_t]_{ij} = \frac{\exp\{-4(i-j)^2/((K-1)^2\beta_t)\}}{\sum_{n=-w}^{w}\exp\{-4n^2/((K-1)^2\beta_t)\}}\quad(0<|i-j|\le w),\qquad [Q_t]_{ii} = 1-\sum_{j\ne i}[Q_t]_{ij}`,
  ],
  roles: ["DiscreteKernel"],
  kind: "definition",
  source: [austin2021("verified", "Eq. 8")],
  restsOn: ["kernel.row-stochastic"],
  given: { "noise is a discretised Gaussian": is("discretized-gaussian") },
  cases: { u: unitTime(), stream },
  *claim({ u, stream: number }, process) {
    const facts = yield* process.facts();
    const { discrete } = facts;
    const ends = endsOf({ u, w: u, reach: "next" }, facts);
    if (discrete === null || ends === null) return [unmet("time has no single steps")];
    const { classes: K, parameters } = discrete;
    const width = parameters["band"] ?? K - 1;
    const [b = Number.NaN] = yield* process.stepNoise(ends.t);
    const states = someStates(discrete, drawnStates(number, 12, K));
    const rows = yield* process.transition(ends.s, ends.t, states);
    const offset = rows.map((_, k) => (k % K) - (states[Math.floor(k / K)] ?? 0));
    const places = Float64Array.from(offset.keys()).filter((k) => offset[k] !== 0 && Math.abs(offset[k] ?? 0) <= width);
    let N = 1;
    for (let n = 1; n <= width; n++) N += 2 * Math.exp((-4 * n * n) / ((K - 1) ** 2 * b));
    const moved = places.map((k) => rows[k] ?? Number.NaN);
    const beyond = rows.map((p, k) => (Math.abs(offset[k] ?? 0) > width ? p : 0));
    const p = rows.filter((_, k) => offset[k] === 0);
    const q = rowSums(
      rows.map((value, k) => (offset[k] === 0 ? 0 : value)),
      K,
    );
    return [
      enclosure("moves", bell, { d: places.map((k) => offset[k] ?? Number.NaN), K, b, N }, moved, { roundings: 24 }),
      balance("stays", rest, { p, q }, { answer: "p", roundings: 24, axes: [["state", states.length]] }),
      equality("beyond the band", beyond, Float64Array.of(0), {
        axes: [
          ["from", states.length],
          ["to", K],
        ],
      }),
    ];
  },
  // The exponent's roundings reach the bell by its own size; the sum of bells is positive, and what stays is 1 minus a sum.
  tolerance: String.raw`|\hat Q_{ij} - Q_{ij}| \le u\left(4\frac{4(i-j)^2}{(K-1)^2\beta} + 24\right)Q_{ij}`,
};

export const similarityKernel: Law<"DiscreteKernel", Times> = {
  id: "categorical.q.token-similarity",
  title: "Noise between similar words goes both ways alike, or leaves all alike up to a stated share, and is of one matrix.",
  statement: [
    String.raw`A = \tfrac{1}{2k}(G+G^\top),\quad R = A - \mathrm{diag}(A\mathbf 1),\quad Q_t = e^{\alpha_t R} = Q_t^\top`,
    String.raw`Q_sQ_t = Q_tQ_s = e^{(\alpha_s+\alpha_t)R},\qquad Q_{xy}^2 \le Q_{xx}Q_{yy}`,
    String.raw`\text{scaled by Sinkhorn's method, not made symmetric:}\quad \Bigl|\sum_x Q_{xy} - 1\Bigr| \le \epsilon`,
  ],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [austin2021("unverified"), derived("exponentials of one symmetric matrix are symmetric, positive definite, and commute")],
  restsOn: ["kernel.row-stochastic"],
  given: { "noise is between similar tokens": is("token-similarity") },
  cases: { u: unitTime(), w: unitTime() },
  *claim({ u, w }, process) {
    const { discrete } = yield* process.facts();
    const K = discrete?.classes ?? Number.NaN;
    if (!(K <= mostStates)) return [unmet(tooMany)];
    const [early, late] = [Math.min(u, w), Math.max(u, w)];
    const [first, second] = [yield* process.transition("data", early), yield* process.transition(early, late)];
    const turned = second.map((_, k) => second[(k % K) * K + Math.floor(k / K)] ?? Number.NaN);
    const axes = [
      ["from", K],
      ["to", K],
    ] as const;
    // Series and squarings of a matrix round relative to its largest entries, which are at most 1.
    const options = { answer: "p", roundings: 16, via: 1, axes };
    const oneMatrix = balance("one matrix", same, { p: multiplied(first, second, K), q: multiplied(second, first, K) }, options);
    const stated = discrete?.parameters["columns"];
    if (stated !== undefined) {
      const sums = rowSums(turned, K);
      const states = { roundings: 16, axes: [["to", K]] } as const;
      return [oneMatrix, atLeast("columns not short", sums, 1 - stated, states), atLeast("columns not over", 1 + stated, sums, states)];
    }
    const stays = second.filter((_, k) => k % K === Math.floor(k / K));
    const roots = second.map((_, k) => (stays[Math.floor(k / K)] ?? 0) * (stays[k % K] ?? 0));
    return [
      balance("symmetry", same, { p: second, q: turned }, options),
      oneMatrix,
      atLeast(
        "positive",
        roots.map((value) => 1 + value),
        second.map((p) => 1 + p * p),
        { roundings: 16, axes },
      ),
    ];
  },
  // A product of two kernels sums to 1 along rows, and an exponential by squaring is such a product.
  tolerance: String.raw`|\hat Q_{xy} - \hat Q_{yx}| \le \gamma_{16}\left(\hat Q_{xy} + \hat Q_{yx} + 1\right)`,
};
