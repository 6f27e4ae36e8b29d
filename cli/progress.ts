/**
 * # Progress
 *
 * On a terminal one line that replaces itself; elsewhere a plain line now and then.
 */

import type { Io } from "#cli/io";
import type { Progress } from "#properties/engine/run";

const secondsBetweenLines = 15;
const secondsBetweenUpdates = 0.1;
const secondsBeforeGuess = 3;
const shareBeforeGuess = 0.02;

export interface Shown extends Progress {
  /** Takes the live line away. */
  readonly end: () => void;
}

export function progress(io: Io, clock: () => number = () => performance.now() / 1000): Shown {
  let started: number | undefined;
  let shown = clock();
  let total = 0;
  let done = 0;
  let cases = 0;
  function line(law: string, unit: string): string {
    const passed = Math.max(clock() - (started ?? clock()), 1e-3);
    // Units are dearest first, and several are under way: the first few say little.
    const left = passed < secondsBeforeGuess || done < total * shareBeforeGuess ? null : (passed / done) * (total - done);
    return `${done}/${total}  ${law}  ${unit}  ${Math.round(cases / passed)} cases/s${left === null ? "" : `  about ${duration(left)} left`}`;
  }
  return {
    begin(_, cells) {
      started ??= clock();
      total += cells;
    },
    cell(law, unit, tried) {
      done += 1;
      cases += tried;
      const wait = io.live === null ? secondsBetweenLines : secondsBetweenUpdates;
      if (clock() - shown < wait) return;
      shown = clock();
      if (io.live === null) io.err(`${line(law, unit)}\n`);
      else io.live.show(line(law, unit));
    },
    note(text) {
      io.live?.clear();
      io.err(`${text}\n`);
    },
    end() {
      io.live?.clear();
    },
  };
}

function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
