/**
 * # Kernels that keep a token or draw it anew
 *
 * Uniform and absorbing noise leave a token alone with probability a, and otherwise replace it by a draw from the law π that they
 * tend to: all states alike, or the mask.
 *
 * Convention: a is the probability that a token has not been touched between data and t (D3PM's ᾱ); a drawn token may be the old one.
 */
import { unitTime } from "#spec/domain";
import { balance, type Evidence } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { austin2021, sahoo2024 } from "#spec/sources";

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

const matrix = (classes: number, f: (x: number, y: number) => boolean): Float64Array =>
  Float64Array.from({ length: classes * classes }, (_, k) => (f(Math.floor(k / classes), k % classes) ? 1 : 0));

const equal = (classes: number): Float64Array => matrix(classes, (x, y) => x === y);
const atMask = (classes: number, mask: number | null): Float64Array => matrix(classes, (_, y) => y === mask);

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
      const K = discrete?.classes ?? Number.NaN;
      const [early, late] = [Math.min(u, w), Math.max(u, w)];
      const [before = Number.NaN, after = Number.NaN] = yield* process.survival([early, late]);
      const shared = family === "uniform" ? { same: equal(K), K } : { same: equal(K), masked: atMask(K, discrete?.mask ?? null) };
      const held = (name: string, p: Float64Array, a_s: number): Evidence =>
        balance(
          name,
          family === "uniform" ? uniform : absorbing,
          { p, a_s, a_t: after, ...shared },
          {
            answer: "p",
            roundings: 8,
            axes: [
              ["from", K],
              ["to", K],
            ],
          },
        );
      const cumulative = held("from data", yield* process.transition("data", late), 1);
      if (before === 0) return [cumulative];
      return [cumulative, held("between times", yield* process.transition(early, late), before)];
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
