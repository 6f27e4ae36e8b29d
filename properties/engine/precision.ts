/**
 * How much precision a subject's own arithmetic loses: its answers in binary64 against its answers in binary32, on the same
 * questions. A finding of its own; never a violation.
 */
import type { Exchange } from "#properties/engine/conversation";
import { binary32, unitRoundoff } from "#spec/number/format";
import { drawingMethods } from "#spec/roles-discrete";
import { isTensor } from "#spec/tensor";

/** Bits of binary32 lost in the worst answer, relative to the largest element of each; null where nothing can be compared. */
export function bitsLost(exact: readonly Exchange[], plain: readonly Exchange[]): number | null {
  let worst = -1;
  for (let k = 0; k < Math.min(exact.length, plain.length); k++) {
    const [a, b] = [exact[k], plain[k]];
    if (a === undefined || b === undefined || a.question.method !== b.question.method) break;
    if (a.answer === null || b.answer === null) break;
    if (drawingMethods.has(a.question.method)) continue;
    for (const [name, value] of Object.entries(a.answer)) {
      const other = b.answer[name];
      if (!isTensor(value) || !isTensor(other) || value.data.length !== other.data.length) continue;
      worst = Math.max(worst, relative(value.data, other.data));
    }
  }
  if (worst < 0) return null;
  if (worst === 0) return 0;
  // All digits at most: of an answer that should be zero nothing else can be said.
  const bits = Math.min(binary32.precision, Math.log2(worst / unitRoundoff(binary32)));
  return Math.max(0, Math.round(10 * bits) / 10);
}

function relative(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    largest = Math.max(largest, Math.abs(x));
    difference = Math.max(difference, Math.abs(x - y));
  }
  return largest === 0 ? 0 : difference / largest;
}
