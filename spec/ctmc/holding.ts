/**
 * # Holding times
 *
 * When a chain leaves a state, and for which: from the rates alone, whether or not they change with time. The first jump after s comes at
 * r and leads to y with density exp(−∫Z)·R_r(x, y), where Z is the exit rate; what is left at t has not jumped.
 *
 * Convention: canonical times, to which rates are brought. Between the nodes of a piece the exit rate is its Legendre series, whose terms
 * beyond the eighth shift a rank by less than 10⁻⁵.
 */
import type { Ask } from "#spec/ask";
import { legendre, order, type Piece, pieces } from "#spec/ctmc/time";
import { gaussLegendre } from "#spec/number/quadrature";
import type { RateGenerator } from "#spec/roles-discrete";

/** The law of the first jump from one state. */
export interface Holding {
  /** The chance of having jumped by a time between s and t. */
  readonly gone: (r: number) => number;
  /** The chance of jumping to y within each of the stretches. Shape `stretches*K`. */
  readonly arrivals: Float64Array;
}

/** A piece with the clock at its beginning and the series of the exit rate. */
interface Ticking extends Piece {
  readonly before: number;
  readonly series: readonly number[];
}

const away = (rates: Float64Array, x: number): number => rates.reduce((sum, rate, y) => (y === x ? sum : sum + rate), 0);

function seriesOf({ samples }: Piece, x: number): readonly number[] {
  const { nodes, weights } = gaussLegendre(order);
  return Array.from({ length: order }, (_, degree) =>
    samples.reduce((sum, { value }, k) => sum + (2 * degree + 1) * (weights[k] ?? 0) * legendre(degree, nodes[k] ?? 0) * away(value, x), 0),
  );
}

/** ∫Z from the beginning of the first piece to r: the integral of a Legendre polynomial is a difference of its neighbours. */
function clockAt({ from, to, before, series }: Ticking, r: number): number {
  const x = (2 * (r - from)) / (to - from) - 1;
  let [earlier, now, grown] = [1, x, (series[0] ?? 0) * (x + 1)];
  for (let n = 1; n < series.length; n++) {
    const next = ((2 * n + 1) * x * now - n * earlier) / (n + 1);
    grown += ((series[n] ?? 0) * (next - earlier)) / (2 * n + 1);
    [earlier, now] = [now, next];
  }
  return before + ((to - from) / 2) * grown;
}

/** Null where the rates change too fast. `stretches` are of equal length. */
export function* holding(
  chain: Pick<RateGenerator, "rate" | "times">,
  { x, K, s, t, stretches }: { readonly x: number; readonly K: number; readonly s: number; readonly t: number; readonly stretches: number },
): Ask<Holding | null> {
  const [first = 0, last = 0] = yield* chain.times([s, t]);
  const unit = Math.abs(last - first) / (t - s);
  const ticking: Ticking[] = [];
  const arrivals = new Float64Array(stretches * K);
  let clock = 0;
  for (let stretch = 0; stretch < stretches; stretch++) {
    const edge = (k: number): number => s + ((t - s) * k) / stretches;
    // Within a piece at most one jump is to be expected, so that exp(−∫Z) is resolved where the rates are.
    const found = yield* pieces(
      edge(stretch),
      edge(stretch + 1),
      function* (r) {
        const value = (yield* chain.rate(r, Float64Array.of(x))).map((rate) => rate * unit);
        return { value, size: value.map(Math.abs) };
      },
      1,
    );
    if (found === null) return null;
    for (const piece of found) {
      const one = { ...piece, before: clock, series: seriesOf(piece, x) };
      const { nodes, weights } = gaussLegendre(order);
      piece.samples.forEach(({ value }, k) => {
        const left = Math.exp(-clockAt(one, piece.from + (piece.to - piece.from) * (nodes[k] ?? 0)));
        for (let y = 0; y < K; y++)
          if (y !== x)
            arrivals[stretch * K + y] =
              (arrivals[stretch * K + y] ?? 0) + (weights[k] ?? 0) * (piece.to - piece.from) * left * (value[y] ?? 0);
      });
      ticking.push(one);
      clock = clockAt(one, piece.to);
    }
  }
  const gone = (r: number): number => {
    const piece = ticking.findLast(({ from }) => from <= r) ?? ticking[0];
    return piece === undefined ? Number.NaN : -Math.expm1(-clockAt(piece, Math.min(Math.max(r, s), t)));
  };
  return { gone, arrivals };
}
