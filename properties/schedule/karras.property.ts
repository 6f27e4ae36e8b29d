import { type Property, property, type RawMethods } from "#properties/engine/property";
import { book } from "#properties/textbook/methods";
import { karrasLevels, levelGrid, table } from "#properties/textbook/tables";
import { answered, both } from "#properties/textbook/wrong";
import { karrasGrid } from "#spec/schedule/karras";
import { type Fields, tensor } from "#spec/tensor";

const [count, low, high, rho] = [20, 0.0292, 14.6146, 7];

/** A sampler that claims a named grid and publishes these levels. */
const claiming =
  (gridForm: Fields, grid: () => Fields, stages = 1, inverse = false): (() => RawMethods) =>
  () => {
    const answer = grid();
    return book(
      {},
      both(
        answered("facts", ({ sampler }) => ({ gridForm, sampler: { ...(sampler as Fields), stages, inverse } })),
        () => ({ grid: () => answer }),
      ),
    );
  };
const karras = { family: "karras", low, high, rho };
const levelled = (levels: () => Float64Array): (() => RawMethods) => claiming(karras, () => levelGrid(levels()));

/** Karras's curve at a share w of the way from the largest level. */
const at = (w: number): number => (high ** (1 / rho) + w * (low ** (1 / rho) - high ** (1 / rho))) ** rho;

const byLogarithms = (w: number): number =>
  Math.exp(rho * Math.log((1 - w) * Math.exp(Math.log(high) / rho) + w * Math.exp(Math.log(low) / rho)));

/** From clean to noisy: these levels from the rising ones. */
const upwards = (change: (rising: readonly number[]) => readonly number[]): (() => RawMethods) => {
  const grid = (): Fields => {
    const levels = Float64Array.from(change([...karrasLevels(count, low, high, rho)].reverse()));
    return { ...levelGrid(levels.slice(0, count)), alpha: tensor(new Float64Array(count + 1).fill(1)), sigma: tensor(levels) };
  };
  return claiming(karras, grid, 1, true);
};

/** Variances from σ_min² to σ_max², published beside their roots as levels. */
const variances = (f: (k: number) => number): (() => RawMethods) =>
  claiming({ family: "geometric-variance", low: low ** 2, high: high ** 2 }, () => levelGrid(table(count, f)));

export const karrasGridProperty: Property = property(karrasGrid, {
  accepts: [
    { name: "textbook", methods: levelled(() => karrasLevels(count, low, high, rho)) },
    {
      name: "from the other end",
      methods: levelled(() => table(count, (k) => karrasLevels(count, high, low, rho)[count - 1 - k] ?? Number.NaN)),
    },
    { name: "powers by logarithms", methods: levelled(() => table(count, (k) => byLogarithms(k / (count - 1)))) },
    { name: "levels in binary32", methods: levelled(() => karrasLevels(count, low, high, rho).map(Math.fround)) },
    { name: "variance preserving", methods: claiming(karras, () => preserving(karrasLevels(count, low, high, rho))) },
    { name: "inverse", methods: upwards((rising) => [...rising, rising[count - 1] ?? Number.NaN]) },
    {
      name: "two stages",
      methods: claiming(
        karras,
        () =>
          levelGrid(Float64Array.from([...karrasLevels(count, low, high, rho)].flatMap((s, k) => (k === 0 ? [s] : [s, s]))), {
            asked: count,
          }),
        2,
      ),
    },
    {
      name: "linear",
      methods: claiming({ family: "karras", low, high, rho: 1 }, () =>
        levelGrid(table(count, (k) => high + (k / (count - 1)) * (low - high))),
      ),
    },
    {
      name: "geometric",
      methods: claiming({ family: "exponential", low, high }, () =>
        levelGrid(table(count, (k) => high * (low / high) ** (k / (count - 1)))),
      ),
    },
    { name: "geometric variances", methods: variances((k) => high ** 2 * (low ** 2 / high ** 2) ** (k / (count - 1))) },
  ],
  rejects: [
    {
      name: "rounded ends",
      because: "runs from 14.6 to 0.03 where the model's own ends are claimed",
      plausible: true,
      methods: levelled(() => karrasLevels(count, 0.03, 14.6, rho)),
    },
    {
      name: "inverse, one level further",
      because: "the first interpolated level is left out on the way to noise",
      plausible: false,
      methods: upwards((rising) => [...rising.slice(1), high * 1.1, high * 1.2]),
    },
    {
      name: "N intervals",
      because: "i/N where N points have N − 1 intervals: σ_min is missed",
      plausible: true,
      methods: levelled(() => table(count, (k) => at(k / count))),
    },
    {
      name: "ρ = 6",
      because: "the curve of another exponent",
      plausible: false,
      methods: levelled(() => karrasLevels(count, low, high, 6)),
    },
    {
      name: "geometric under the name of Karras",
      because: "the limit ρ → ∞ where ρ = 7 is claimed",
      plausible: false,
      methods: levelled(() => table(count, (k) => high * (low / high) ** (k / (count - 1)))),
    },
    {
      name: "σ_max not squared",
      because: "variances start from σ_max where σ_max² belongs",
      precedent: "DF-08",
      plausible: false,
      methods: variances((k) => high * (low ** 2 / high ** 2) ** (k / (count - 1))),
    },
  ],
});

/** The same ratios σ/α on a process that keeps the variance. */
function preserving(ratios: Float64Array): Fields {
  const alpha = ratios.map((s) => 1 / Math.hypot(1, s));
  return {
    ...levelGrid(ratios),
    alpha: tensor(Float64Array.of(...alpha, 1)),
    sigma: tensor(Float64Array.of(...ratios.map((s, k) => s * (alpha[k] ?? 1)), 0)),
  };
}
