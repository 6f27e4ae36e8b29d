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

/** A judgement whose worst point is found when it is read: of what holds only a replay looks at it, and it may cost as much as the judgement. */
export class Judgement implements Judged {
  readonly name: string;
  readonly kind: Judged["kind"];
  readonly outcome: Judged["outcome"];
  readonly reason: string | null;
  readonly used: number;
  readonly detectable: number;
  readonly open: number;
  readonly #find: () => Worst | null;
  #worst: Worst | null | undefined;

  constructor(
    { name, kind }: Evidence,
    { used, detectable, open }: Pick<Judged, "used" | "detectable" | "open">,
    outcome: Judged["outcome"],
    reason: string | null,
    find: () => Worst | null,
  ) {
    this.name = name;
    this.kind = kind;
    this.outcome = outcome;
    this.reason = reason;
    this.used = used;
    this.detectable = detectable;
    this.open = open;
    this.#find = find;
  }

  get worst(): Worst | null {
    if (this.#worst === undefined) this.#worst = this.#find();
    return this.#worst;
  }
}

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
