/**
 * # Judgements
 *
 * What judging one piece of evidence gives, whatever its kind.
 */
import type { Evidence } from "#spec/evidence";
import type { Format } from "#spec/number/format";

export interface Judged {
  readonly name: string;
  readonly kind: Evidence["kind"];
  readonly outcome: "holds" | "violated" | "undecided" | "unmet";
  /** Why it is undecided or unmet. */
  readonly reason: string | null;
  readonly used: number;
  readonly detectable: number;
  /** Points that double arithmetic left open. */
  readonly open: number;
  readonly worst: Worst | null;
}

export interface Worst {
  readonly place: string | null;
  readonly expected: number | null;
  readonly got: number | null;
  readonly residual: number | null;
  readonly tolerance: number | null;
}

/** What every judgement starts from: nothing is wrong. */
export const passed: Omit<Judged, "name" | "kind" | "outcome"> & { readonly outcome: "holds" } = {
  outcome: "holds",
  reason: null,
  used: 0,
  detectable: Number.POSITIVE_INFINITY,
  open: 0,
  worst: null,
};

export const tooCoarse = (format: Format): string => `${format.name} cannot tell this from rounding; binary64 would`;

/** "state 3, coordinate 1" of a flat index; null without axes. */
export function placeOf(evidence: Evidence, index: number): string | null {
  const { axes } = evidence;
  if (axes === undefined || index < 0) return null;
  const words: string[] = [];
  let rest = index;
  for (const [name, length] of [...axes].reverse()) {
    words.unshift(`${name} ${rest % length}`);
    rest = Math.floor(rest / length);
  }
  return words.join(", ");
}
