/**
 * # Other names for tokens
 *
 * Noise that treats all tokens alike does not care how they are called; ordinal noise only knows which way is up.
 *
 * Convention: a renaming leaves the mask where it is. Ordinal states are renamed from the other end.
 */
import fc from "fast-check";
import { endsOf, mostStates, type Stretch, someStates, stretches } from "#spec/categorical/between";
import type { DiscreteFacts } from "#spec/categorical/facts";
import { handed, lawOfStep, noStepToData, stepCases, type Tokens } from "#spec/categorical/step";
import { drawnStates } from "#spec/categorical/table";
import { type Axes, balance, type Evidence, unmet } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { derived } from "#spec/sources";
import { uniforms } from "#spec/stream";

const same = equation("p == q");

const renames = (_: unknown, { discrete }: Facts): boolean =>
  discrete !== null && ["uniform", "absorbing", "discretized-gaussian"].includes(discrete.family);

/** The new name of every token. Shape `K`. */
function renaming({ classes: K, mask, family }: DiscreteFacts, stream: number): Float64Array {
  if (family === "discretized-gaussian") return Float64Array.from({ length: K }, (_, x) => K - 1 - x);
  const keys = uniforms(stream, 3, K);
  const tokens = Array.from({ length: K }, (_, x) => x).filter((x) => x !== mask);
  const shuffled = [...tokens].sort((x, y) => (keys[x] ?? 0) - (keys[y] ?? 0));
  const names = Float64Array.from({ length: K }, (_, x) => x);
  tokens.forEach((x, i) => {
    names[x] = shuffled[i] ?? x;
  });
  return names;
}

/** Laws over renamed tokens. Shape `n*K`. */
function renamed(laws: Float64Array, names: Float64Array): Float64Array {
  const K = names.length;
  const out = new Float64Array(laws.length);
  laws.forEach((p, k) => {
    out[k - (k % K) + (names[k % K] ?? 0)] = p;
  });
  return out;
}

const called = (states: Float64Array, names: Float64Array): Float64Array => states.map((x) => names[x] ?? Number.NaN);

const roundings = 12;

function alike(name: string, p: Float64Array, q: Float64Array, K: number): Evidence {
  const axes: Axes = [
    ["token", p.length / K],
    ["state", K],
  ];
  // Either side may have added K terms one after the other.
  const via = p.map((x, k) => 1 / K + (K / roundings) * (x + (q[k] ?? 0)));
  return balance(name, same, { p, q }, { answer: "p", roundings, via, axes });
}

export const renamedKernels: Law<"DiscreteKernel", Stretch & { readonly stream: number }> = {
  id: "metamorphic.label-permutation",
  title: "Kernels and posteriors of tokens by other names are those of the tokens.",
  statement: [
    String.raw`P_{s,t}(\pi x,\pi y) = P_{s,t}(x,y),\qquad q(\pi x_s\mid \pi x_t,\pi x_0) = q(x_s\mid x_t,x_0)`,
    String.raw`\pi(m) = m;\qquad \text{ordinal states: } \pi(k) = K-1-k`,
  ],
  roles: ["DiscreteKernel"],
  kind: "theorem",
  source: [derived("the kernels are functions of x = y and of y = m alone, or of |x − y|")],
  restsOn: ["categorical.q.uniform", "categorical.q.absorbing", "categorical.q.discretized-gaussian"],
  given: { "noise treats tokens alike": renames },
  cases: { ...stretches, stream: fc.integer({ min: 0, max: 999 }) },
  *claim({ stream, ...span }, process) {
    const facts = yield* process.facts();
    const { discrete } = facts;
    const ends = endsOf(span, facts);
    if (discrete === null || ends === null) return [unmet("the two times are one")];
    const { classes: K, mask } = discrete;
    const names = renaming(discrete, stream);
    const states = someStates(discrete, drawnStates(stream + 1, K > mostStates ? 4 : 12, K));
    const rows = yield* process.transition(ends.s, ends.t, states);
    const found = [alike("kernel", yield* process.transition(ends.s, ends.t, called(states, names)), renamed(rows, names), K)];
    if (ends.s === "data") return found;
    // Tokens that have stayed what they were: never an impossible pair where anything survives.
    const x0 = states.filter((x, i) => x !== mask && (rows[i * K + x] ?? 0) > 0);
    if (x0.length === 0) return found;
    const laws = yield* process.bayes(x0, x0, ends.s, ends.t);
    const other = yield* process.bayes(called(x0, names), called(x0, names), ends.s, ends.t);
    return [...found, alike("posterior", other, renamed(laws, names), K)];
  },
  // Sums over tokens in another order, and nothing else.
  tolerance: String.raw`|P(\pi x,\pi y) - P(x,y)| \le \gamma_{12}\left(\left(1 + \tfrac{K}{12}\right)\left(P(\pi x,\pi y) + P(x,y)\right) + \tfrac1K\right)`,
};

export const renamedSteps: Law<"DiscreteStep" | "DiscreteKernel", Tokens> = {
  id: "metamorphic.label-permutation.step",
  title: "A reverse step on tokens by other names is the step on the tokens.",
  statement: [String.raw`p(\pi x_s\mid \pi x_t;\,\pi\hat p) = p(x_s\mid x_t;\,\hat p)`],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [derived("the step is made of kernels that treat tokens alike")],
  restsOn: ["metamorphic.label-permutation"],
  given: { "noise treats tokens alike": renames },
  cases: stepCases,
  *claim(c, process) {
    const given = yield* handed(process, c);
    if (typeof given === "string") return [unmet(given)];
    const { discrete, ends, xt, clean } = given;
    const names = renaming(discrete, c.stream);
    const law = yield* lawOfStep(process, xt, clean, ends);
    const other = yield* lawOfStep(process, called(xt, names), renamed(clean, names), ends);
    if (law === null || other === null) return [unmet(noStepToData)];
    return [alike("law", other, renamed(law, names), discrete.classes)];
  },
  // Sums over tokens in another order, and nothing else.
  tolerance: String.raw`|\hat p(\pi k) - \hat p(k)| \le \gamma_{12}\left(\left(1 + \tfrac{K}{12}\right)\left(\hat p(\pi k) + \hat p(k)\right) + \tfrac1K\right)`,
};
