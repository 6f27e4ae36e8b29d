import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, discrete, levelsAt, linearBetas } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { karrasLevels, levelGrid, table } from "#properties/textbook/tables";
import { data } from "#properties/textbook/values";
import { timeGrid } from "#spec/schedule/grid";
import { type Fields, tensor } from "#spec/tensor";

const T = 100;
const chain = (): Chain => discrete(linearBetas(T));

/** A sampler that publishes this grid. */
const publishing =
  (grid: () => Fields, claims: Fields = {}): (() => RawMethods) =>
  () => {
    const answer = grid();
    return book({ chain: chain(), claims }, () => ({ grid: () => answer }));
  };

/** Training indices as a grid, with the levels of the chain and a level after the last. */
function indices(
  times: readonly number[],
  {
    asked = times.length,
    end = { alpha: 1, sigma: 0 },
  }: { readonly asked?: number; readonly end?: { readonly alpha: number; readonly sigma: number } } = {},
): Fields {
  const { alpha, sigma } = levelsAt(chain(), Float64Array.from(times));
  return {
    times: tensor(Float64Array.from(times)),
    alpha: tensor(Float64Array.of(...alpha, end.alpha)),
    sigma: tensor(Float64Array.of(...sigma, end.sigma)),
    asked,
    clock: "table",
  };
}

const falling = (n: number, f: (k: number) => number): readonly number[] => [...table(n, f)].reverse();

/** The documented spacings: ⌊T/n⌋·k, ends included, and counted back from the end. */
const leading = (n: number, offset = 0): readonly number[] => falling(n, (k) => Math.floor(T / n) * k + offset);
const linspaced = (n: number): readonly number[] => falling(n, (k) => Math.round((k * (T - 1)) / Math.max(n - 1, 1)));
const trailing = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => Math.round(T - (k * T) / n) - 1);

/** Two stages on rounded whole times; the time between the first two lies below the second by so much. */
function between(below: number): Fields {
  const times = trailing(10).flatMap((t, k) => (k === 0 ? [t] : [t, t]));
  const answer = indices(times, { asked: 10 });
  return { ...answer, times: tensor(Float64Array.from(times, (t, k) => (k === 1 ? t - below : t))), rounded: true };
}

/** One grid of levels from another, element by element. */
const levels = (f: (k: number) => number): Fields => levelGrid(table(10, f));
const karras = (k: number): number => karrasLevels(10, 0.03, 14.6, 7)[k] ?? Number.NaN;

export const timeGridProperty: Property = property(timeGrid, {
  accepts: [
    { name: "trailing", methods: publishing(() => indices(trailing(20))) },
    // Flawed but documented: the noisiest training time is never asked.
    { name: "leading", methods: publishing(() => indices(leading(10))) },
    { name: "leading, one index further", methods: publishing(() => indices(leading(13, 1))) },
    { name: "ends included", methods: publishing(() => indices(linspaced(7))) },
    { name: "every training time", methods: publishing(() => indices(linspaced(T))) },
    { name: "one step", methods: publishing(() => indices(trailing(1))) },
    { name: "levels of Karras", methods: publishing(() => levels(karras)) },
    {
      name: "declared not to end clean",
      methods: publishing(
        () =>
          indices(
            leading(10).map((t) => t + 1),
            { end: chain().levels(0) },
          ),
        { endsClean: false },
      ),
    },
    {
      name: "inverse",
      methods: publishing(() => indices(leading(10).toReversed(), { end: chain().levels(T - 1) }), { inverse: true, endsClean: false }),
    },
    {
      name: "inverse, ends kept",
      methods: publishing(
        () => {
          const [{ alpha, sigma }, times] = [levelsAt(chain(), Float64Array.from([0, 0, 10, 20, 30, 30])), [0, 10, 20, 30, 40]];
          return { ...indices(times), alpha: tensor(alpha), sigma: tensor(sigma), clock: "none" };
        },
        { inverse: true, endsClean: false },
      ),
    },
    { name: "two stages, times of whole steps rounded", methods: publishing(() => between(0.4), { stages: 2 }) },
    {
      name: "two stages",
      methods: publishing(
        () =>
          indices(
            trailing(10).flatMap((t, k) => (k === 0 ? [t] : [t, t])),
            { asked: 10 },
          ),
        { stages: 2 },
      ),
    },
    {
      name: "two stages, levels by another route",
      methods: publishing(
        () => {
          const twice = trailing(10).flatMap((t, k) => (k === 0 ? [t] : [t, t]));
          const { sigma, ...rest } = indices(twice, { asked: 10 });
          return { ...rest, sigma: tensor(data(sigma).map((s, k) => (k % 2 === 0 ? s : Math.exp(Math.log(s) / 3) ** 3))) };
        },
        { stages: 2 },
      ),
    },
    {
      name: "time that grows as noise falls",
      methods: publishing(() => ({ ...indices(trailing(10)), times: tensor(table(10, (k) => k / 10)) })),
    },
  ],
  rejects: [
    {
      name: "stride that does not divide T",
      because: "every ⌊T/n⌋-th index below T: for n = 9 there are ten",
      precedent: "DF-07",
      plausible: false,
      methods: publishing(() =>
        indices(
          falling(10, (k) => Math.floor(T / 9) * k),
          { asked: 9 },
        ),
      ),
    },
    {
      name: "last level repeated",
      because: "the smallest level stands again where 0 belongs: the sampler stops at σ_min",
      precedent: "DF-22",
      plausible: true,
      methods: publishing(() => indices(trailing(20), { end: chain().levels(trailing(20)[19] ?? 0) })),
    },
    {
      name: "end at the first training level",
      because: "ends at the level of index 0 although it claims to end clean",
      plausible: true,
      methods: publishing(() => indices(trailing(20), { end: chain().levels(0) })),
    },
    {
      name: "one time twice",
      because: "rounding makes two neighbouring times equal",
      plausible: true,
      methods: publishing(() => indices(trailing(20).map((t, k) => (k === 19 ? (trailing(20)[18] ?? 0) : t)))),
    },
    {
      name: "times counted from 1",
      because: "the first time is T although the last training index is T − 1",
      plausible: true,
      methods: publishing(() => ({ ...indices(trailing(20)), times: tensor(Float64Array.from(trailing(20), (t) => t + 1)) })),
    },
    {
      name: "first time missing",
      because: "n − 1 times: the ramp leaves out its first point",
      plausible: false,
      methods: publishing(() => indices(trailing(20).slice(1), { asked: 20 })),
    },
    {
      name: "two neighbours exchanged",
      because: "the last two times are in the wrong order",
      plausible: false,
      methods: publishing(() => indices([...trailing(20).slice(0, 18), ...trailing(20).slice(18).toReversed()])),
    },
    {
      name: "levels the other way round",
      because: "times fall while the levels beside them rise",
      plausible: false,
      methods: publishing(() => ({ ...indices(trailing(20).toReversed()), times: tensor(Float64Array.from(trailing(20))) })),
    },
    {
      name: "inverse by the grid of the way back",
      because: "levels fall although the run goes to noise",
      plausible: false,
      methods: publishing(() => indices(leading(10), { end: chain().levels(0) }), { inverse: true, endsClean: false }),
    },
    {
      name: "inverse with a level twice in the middle",
      because: "two neighbouring times are one: a call that moves nowhere",
      plausible: false,
      methods: publishing(() => indices([0, 10, 20, 20, 30], { end: chain().levels(40) }), { inverse: true, endsClean: false }),
    },
    {
      name: "two stages, inner times too late",
      because: "a time between two steps lies further beyond the next than rounding moves it",
      plausible: false,
      methods: publishing(() => between(0.6), { stages: 2 }),
    },
    {
      name: "more steps than times",
      because: "a hundred training times are stretched over 120 steps: some are asked twice",
      plausible: false,
      methods: publishing(() => indices(falling(120, (k) => Math.floor((k * T) / 120)))),
    },
  ],
});
