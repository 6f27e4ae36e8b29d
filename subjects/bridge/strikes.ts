/**
 * Units that end their process again and again are asked no more: each time costs a new process.
 */
import type { Trouble } from "#subjects/answerer";

const allowed = 5;

export interface Strikes {
  add(unit: string, trouble: Trouble): void;
  /** What a barred unit's questions are answered with; undefined where it may be asked. */
  barred(unit: string | null): Trouble | undefined;
}

export function countStrikes(): Strikes {
  const counts = new Map<string, { readonly count: number; readonly last: Trouble }>();
  return {
    add(unit, last) {
      counts.set(unit, { count: (counts.get(unit)?.count ?? 0) + 1, last });
    },
    barred(unit) {
      const struck = unit === null ? undefined : counts.get(unit);
      if (struck === undefined || struck.count < allowed) return undefined;
      const message = `${unit} has ended its process ${struck.count} times and is asked no more; the last time: ${struck.last.message}`;
      return { kind: struck.last.kind, type: "Process", message, stage: "call" };
    },
  };
}
