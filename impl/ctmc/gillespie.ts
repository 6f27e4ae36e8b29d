/**
 * Exact paths of a jump process, one state at a time, on the host in binary64.
 */
import type { Random } from "#impl/ctmc/tauleap";
import { SpecError } from "#spec/error";

/** States and when they were entered; the first at the start. */
export interface JumpPath {
  readonly times: readonly number[];
  readonly states: readonly number[];
}

/** Rates of leaving x at time t; the entry at x is not read. Shape `K`. */
export type RateRow = (x: number, t: number) => ArrayLike<number>;

/**
 * A path over [first, last] by thinning: jumps are proposed at the rate `bound` and accepted with the chance (exit rate)/bound, so that rates
 * may change with time; what is constant needs no bound. Throws `outside-domain` where an exit rate exceeds the bound or is no rate.
 * Source: Gillespie (1977), Lewis and Shedler (1979).
 */
export function gillespie(start: number, row: RateRow, first: number, last: number, random: Random, bound?: number): JumpPath {
  if (!(last >= first && Number.isFinite(last - first)))
    throw new SpecError("outside-domain", `jump path: expected last ≥ first, got ${first} and ${last}`);
  const [times, states] = [[first], [start]];
  let [t, x] = [first, start];
  for (;;) {
    const held = bound ?? exitOf(row(x, t), x);
    if (held === 0) return { times, states };
    t -= Math.log1p(-random()) / held;
    if (!(t < last)) return { times, states };
    const rates = row(x, t);
    const exit = exitOf(rates, x);
    if (exit > held * (1 + 8 * Number.EPSILON))
      throw new SpecError("outside-domain", `jump path: expected exit rates up to the bound ${held}, got ${exit} from state ${x} at ${t}`);
    let aim = random() * held;
    if (aim >= exit) continue;
    let next = x;
    for (let y = 0; y < rates.length && aim >= 0; y++) {
      const rate = y === x ? 0 : (rates[y] ?? 0);
      if (rate === 0) continue;
      next = y;
      aim -= rate;
    }
    x = next;
    times.push(t);
    states.push(x);
  }
}

function exitOf(rates: ArrayLike<number>, x: number): number {
  let exit = 0;
  for (let y = 0; y < rates.length; y++) {
    const rate = y === x ? 0 : (rates[y] ?? Number.NaN);
    if (!(rate >= 0)) throw new SpecError("outside-domain", `jump path: expected rates ≥ 0, got ${rate} from state ${x} to ${y}`);
    exit += rate;
  }
  if (!Number.isFinite(exit))
    throw new SpecError("outside-domain", `jump path: expected finite rates, got an exit rate of ${exit} from state ${x}`);
  return exit;
}
