import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, levelsAt, straight } from "#properties/textbook/chain";
import { type Book, book } from "#properties/textbook/methods";
import { ancestral, ddim, runWith, type Step, type Stepper } from "#properties/textbook/sampler";
import { linearChain, table } from "#properties/textbook/tables";
import type { Level } from "#properties/textbook/values";
import { gridLevels, stepConsistency } from "#spec/schedule/step-consistency";
import { type Fields, tensor } from "#spec/tensor";

/** Trailing spacing: counted back from the last training time, rounded. */
const trailing = (n: number): Float64Array => table(n, (k) => Math.round(1000 - (k * 1000) / n) - 1);

/** A sampler of n steps on the trailing grid of the linear chain. */
function stepping(stepper: Stepper, n = 13, more: Book = {}): RawMethods {
  const times = trailing(n);
  const grid = indices(times);
  return book({ chain: linearChain(), stepper, ...more }, () => ({
    grid: () => grid,
    run: (args) => runWith(linearChain(), times, stepper, args),
  }));
}

/** Times with the levels that a chain has there, clean data after the last. */
function indices(times: Float64Array, clock = "table", chain: Chain = linearChain()): Fields {
  const { alpha, sigma } = levelsAt(chain, times);
  return {
    times: tensor(times),
    alpha: tensor(Float64Array.of(...alpha, 1)),
    sigma: tensor(Float64Array.of(...sigma, 0)),
    asked: times.length,
    clock,
  };
}

/** A step that lands elsewhere: on the level of a training index, clean below 0. */
const landing =
  (index: (k: number, n: number) => number): Stepper =>
  (step) => {
    const t = index(step.k, step.total);
    return ddim({ ...step, to: t < 0 ? { alpha: 1, sigma: 0 } : linearChain().levels(t) });
  };

const nextOf = (k: number, n: number): number => trailing(n)[k + 1] ?? -1;

/** x + (αₛ/αₜ's worth of) an Euler step in σ/α, which is exact on constant ε̂. */
const inRatios: Stepper = ({ x, eps, from, to }) =>
  x.map((value, j) => to.alpha * (value / from.alpha + (to.sigma / to.alpha - from.sigma / from.alpha) * (eps[j] ?? 0)));

/** An Euler step along the straight path. */
const alongPath: Stepper = ({ x, x0, eps, from, to }) =>
  x.map((value, j) => value + (to.sigma - from.sigma) * ((eps[j] ?? 0) - (x0[j] ?? 0)));

const at =
  (change: (step: Step) => Level): Stepper =>
  (step) =>
    ddim({ ...step, to: change(step) });

export const stepConsistencyProperty: Property = property(stepConsistency, {
  accepts: [
    { name: "textbook", methods: () => stepping(ddim) },
    { name: "Euler in σ/α", methods: () => stepping(inRatios) },
    { name: "Euler along the path", methods: () => book({ chain: straight(), output: "noise-minus-data", stepper: alongPath }) },
    { name: "ancestral", methods: () => stepping(ancestral, 13, { claims: { noise: "marginal", posterior: true } }) },
    { name: "v-prediction", methods: () => stepping(ddim, 13, { output: "v" }) },
    {
      name: "levels in binary32",
      methods: () => stepping(at(({ to }) => ({ alpha: Math.fround(to.alpha), sigma: Math.fround(to.sigma) }))),
    },
  ],
  rejects: [
    {
      name: "stride subtracted",
      because: "lands on t − ⌊T/n⌋ where a trailing grid has its next point elsewhere",
      precedent: "DF-05",
      plausible: true,
      methods: () => stepping(landing((k, n) => (trailing(n)[k] ?? 0) - Math.floor(1000 / n))),
    },
    {
      name: "one index late",
      because: "lands on the level of the index above the next point",
      plausible: true,
      methods: () => stepping(landing((k, n) => (nextOf(k, n) < 0 ? -1 : nextOf(k, n) + 1))),
    },
    {
      name: "end at the first training level",
      because: "the last step lands on index 0 although the grid ends clean",
      plausible: true,
      methods: () => stepping(landing((k, n) => Math.max(nextOf(k, n), 0))),
    },
    {
      name: "step of one index",
      because: "lands on t − 1 whatever the grid",
      precedent: "DF-01",
      plausible: false,
      methods: () => stepping(landing((k, n) => (trailing(n)[k] ?? 0) - 1)),
    },
    {
      name: "noise of this time",
      because: "signal of the next level, noise of this one",
      plausible: false,
      methods: () => stepping(at(({ from, to }) => ({ alpha: to.alpha, sigma: from.sigma }))),
    },
    {
      name: "variances for amplitudes",
      because: "ᾱ and 1 − ᾱ where their roots belong",
      plausible: false,
      methods: () => stepping(at(({ to }) => ({ alpha: to.alpha ** 2, sigma: to.sigma ** 2 }))),
    },
  ],
});

/** A sampler that publishes this grid. */
const publishing =
  (grid: () => Fields): (() => RawMethods) =>
  () => {
    const answer = grid();
    return book({ chain: linearChain() }, () => ({ grid: () => answer }));
  };

/** Levels of the straight path beside times of their own. */
function flowGrid(sigma: readonly number[], times: readonly number[], clock = "scaled", scale = 1000): Fields {
  return {
    times: tensor(Float64Array.from(times)),
    alpha: tensor(Float64Array.from([...sigma, 0], (s) => 1 - s)),
    sigma: tensor(Float64Array.from([...sigma, 0])),
    asked: times.length,
    clock,
    scale,
  };
}

const shifted = (s: number, x: number): number => (s * x) / (1 + (s - 1) * x);
const even = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => (n - k) / n);
const own = [1, 0.5, 0.1];

/** Fractional indices with levels on a line in log σ/α between their neighbours. */
function fractional(n: number): Fields {
  const times = table(n, (k) => (999 * (n - k)) / n);
  const ratio = (t: number): number => {
    const [low, high] = [linearChain().levels(Math.floor(t)), linearChain().levels(Math.ceil(t))];
    const w = t - Math.floor(t);
    return (low.sigma / low.alpha) ** (1 - w) * (high.sigma / high.alpha) ** w;
  };
  return {
    times: tensor(times),
    alpha: tensor(table(n + 1, () => 1)),
    sigma: tensor(Float64Array.of(...times.map(ratio), 0)),
    asked: n,
    clock: "table",
  };
}

export const gridLevelsProperty: Property = property(gridLevels, {
  accepts: [
    { name: "training indices", methods: publishing(() => indices(trailing(13))) },
    { name: "between training indices", methods: publishing(() => fractional(7)) },
    {
      name: "rounded indices",
      methods: publishing(() => ({ ...fractional(7), times: tensor(table(7, (k) => Math.round((999 * (7 - k)) / 7))), rounded: true })),
    },
    { name: "exact levels", methods: publishing(() => indices(trailing(13), "exact")) },
    {
      name: "shifted path",
      methods: publishing(() =>
        flowGrid(
          even(10).map((x) => shifted(3, x)),
          even(10).map((x) => 1000 * shifted(3, x)),
        ),
      ),
    },
    {
      name: "shifted path in binary32",
      methods: publishing(() =>
        flowGrid(
          even(10).map((x) => Math.fround(shifted(3, x))),
          even(10).map((x) => Math.fround(1000 * Math.fround(shifted(3, x)))),
        ),
      ),
    },
    {
      name: "data at the end of time",
      methods: publishing(() =>
        flowGrid(
          even(10),
          even(10).map((x) => 1 - x),
          "complement",
          1,
        ),
      ),
    },
  ],
  rejects: [
    {
      name: "levels one index late",
      because: "the level beside each time is that of the index below",
      plausible: true,
      methods: publishing(() => ({ ...indices(trailing(13).map((t) => t - 1)), times: tensor(trailing(13)) })),
    },
    {
      name: "exact levels one index late",
      because: "the level beside each time is that of the index below",
      plausible: true,
      methods: publishing(() => ({
        ...indices(
          trailing(13).map((t) => t - 1),
          "exact",
        ),
        times: tensor(trailing(13)),
      })),
    },
    {
      name: "shifted levels, times left alone",
      because: "given times are kept while their levels are shifted",
      precedent: "DF-29",
      plausible: false,
      methods: publishing(() =>
        flowGrid(
          own.map((x) => shifted(3, x)),
          own.map((x) => 1000 * x),
        ),
      ),
    },
    {
      name: "times of 999",
      because: "times count to T − 1 where levels count to T",
      plausible: false,
      methods: publishing(() =>
        flowGrid(
          even(10),
          even(10).map((x) => 999 * x),
        ),
      ),
    },
    {
      name: "levels of another grid",
      because: "times are spaced trailing, levels leading",
      plausible: false,
      methods: publishing(() => ({ ...indices(table(10, (k) => 100 * (9 - k))), times: tensor(trailing(10)) })),
    },
  ],
});
