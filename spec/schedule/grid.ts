/**
 * # Time grids
 *
 * The times at which a sampler asks its model: as many as were asked for, strictly ordered, inside the schedule, and ending where
 * the sampler says it ends.
 *
 * Convention: a method of two stages publishes 2N − 1 (or 2N − 2 with an inserted warm-up) times for N steps; `asked` is N.
 */
import fc from "fast-check";
import type { TimeDomain } from "#spec/convention";
import { atLeast, type Evidence, equality, greaterThan } from "#spec/evidence";
import type { Law } from "#spec/law";
import type { Grid } from "#spec/roles";
import { samplerOf } from "#spec/sampler/step";
import { code, lin2024 } from "#spec/sources";

export const timeGrid: Law<"ReverseStep", { readonly n: number }> = {
  id: "schedule.grid",
  title: "The grid has as many points as were asked for, strictly ordered, and ends where it should.",
  statement: [
    String.raw`\#\{t_i\} = N,\qquad t_i \in [t_{\min}, t_{\max}],\qquad t_i \gtrless t_{i+1},\qquad \sigma_i > \sigma_{i+1},\qquad \sigma_N = 0 \text{ where the sampler ends clean}`,
  ],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [lin2024("unverified"), code("diffusers")("verified", "issue 2585")],
  restsOn: [],
  given: { "there is a sampler": (_, facts) => facts.sampler !== null },
  cases: { n: fc.constant(0) },
  *claim(_, sampler) {
    const facts = yield* sampler.facts();
    const { stages, inverse, endsClean } = samplerOf(facts);
    const grid = yield* sampler.grid();
    return [...counted(grid, stages), ...inside(grid, facts.time), ...ordered(grid, stages, inverse), ...ended(grid, endsClean)];
  },
  tolerance: String.raw`\text{exact: counts and orders of methods of one stage; } \sigma_i(1+\theta_8) \ge \sigma_{i+1}(1+\theta_8),\; t_i + \tfrac12 \ge t_{i+1} \text{ where stages coincide and times are rounded}`,
};

/** N model calls; for two-stage methods between N and 2N + 7, the longest documented warm-up. */
function counted({ times, asked }: Grid, stages: number): readonly Evidence[] {
  if (stages === 1) return [equality("length", Float64Array.of(times.length), Float64Array.of(asked))];
  return [atLeast("length", times.length, asked), atLeast("length", stages * asked + 7, times.length)];
}

/** Times that are said to be times of the schedule lie on its axis; those of other clocks are numbers of their own. */
function inside({ times, clock }: Grid, time: TimeDomain): readonly Evidence[] {
  if (time.kind === "list" || (clock !== "exact" && clock !== "table")) return [];
  const axes = [["call", times.length]] as const;
  // An end that is computed is rounded once; an index is exact.
  const roundings = time.kind === "index" ? 0 : 1;
  return [atLeast("inside", times, time.first, { roundings, axes }), atLeast("inside", time.last, times, { roundings, axes })];
}

/** Half an index: what rounding to whole times moves one of two neighbours by. */
const half = 0.5;

/**
 * Levels and times move strictly one way; in methods of several stages neighbours may coincide. The level after the last call has no
 * time of its own: it is an end rule's, which may keep the level where it is. On the way to noise there are two such rules: one for
 * the level of the data, one for where the run ends.
 */
function ordered({ times, alpha, sigma, rounded }: Grid, stages: number, inverse: boolean): readonly Evidence[] {
  const all = neighbours(sigma, alpha);
  const [earlier, later] = all.map((side) => side.slice(inverse ? 1 : 0, -1)) as [Float64Array, Float64Array];
  const ends = (side: Float64Array): Float64Array =>
    inverse ? Float64Array.of(...side.slice(0, 1), ...side.slice(1).slice(-1)) : side.slice(-1);
  const [before, after] = all.map(ends) as [Float64Array, Float64Array];
  const [t, next] = [times.slice(0, -1), times.slice(1)];
  const axes = [["interval", earlier.length]] as const;
  const steps = [["interval", t.length]] as const;
  // A level published twice is computed twice, by roots, logarithms and quotients of its own: eight roundings on either side.
  const compare: typeof greaterThan =
    stages === 1 ? greaterThan : (name, left, right, options) => atLeast(name, left, right, { roundings: 8, ...options });
  const levels = inverse ? compare("levels", later, earlier, { axes }) : compare("levels", earlier, later, { axes });
  const end = inverse ? atLeast("end level", after, before, { roundings: 8 }) : atLeast("end level", before, after, { roundings: 8 });
  if (t.length === 0) return [levels, end];
  // Whichever way the subject counts: all differences have the sign of the whole.
  const down = (times[0] ?? 0) > (times[times.length - 1] ?? 0);
  const [noisier, cleaner] = down ? [t, next] : [next, t];
  if (!rounded) return [levels, end, compare("times", noisier, cleaner, { axes: steps })];
  // Levels between whole indices may share one once their times are rounded. Rounding keeps order; where only the times of whole steps
  // are rounded, those of the stages between them may lie on the wrong side by as much as rounding moves.
  const slack = stages === 1 ? 0 : half;
  return [
    levels,
    end,
    atLeast(
      "times",
      noisier.map((time) => time + slack),
      cleaner,
      { axes: steps },
    ),
  ];
}

/** σᵢαᵢ₊₁ and σᵢ₊₁αᵢ: noise-to-signal ratios compared crosswise. */
function neighbours(sigma: Float64Array, alpha: Float64Array): readonly [Float64Array, Float64Array] {
  const n = sigma.length - 1;
  const at = (values: Float64Array, k: number): number => values[k] ?? Number.NaN;
  return [
    Float64Array.from({ length: n }, (_, k) => at(sigma, k) * at(alpha, k + 1)),
    Float64Array.from({ length: n }, (_, k) => at(sigma, k + 1) * at(alpha, k)),
  ];
}

function ended({ sigma }: Grid, endsClean: boolean): readonly Evidence[] {
  const last = sigma[sigma.length - 1] ?? Number.NaN;
  return endsClean ? [equality("end", Float64Array.of(last), Float64Array.of(0))] : [];
}
