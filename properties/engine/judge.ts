/**
 * # Judging
 *
 * Evidence in, decision out. Mathematics is judged at the unit roundoff of binary32 on answers of binary64 arithmetic; other
 * arithmetics are judged in their own format, and what that format cannot decide stays undecided.
 */
import type { Arithmetic } from "#spec/ask";
import type { Evidence } from "#spec/evidence";
import { weigh } from "#spec/number/balance";
import { evaluate, type Input, type Inputs } from "#spec/number/compile";
import { enclose } from "#spec/number/enclosure";
import { derivative } from "#spec/number/expression";
import { bfloat16, binary16, binary32, type Format, underflowUnit, unitRoundoff } from "#spec/number/format";

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

/** The format whose roundings are forgiven, and how the report calls it. */
export function formatOf(arithmetic: Arithmetic): { readonly format: Format; readonly name: string; readonly exact: boolean } {
  if (arithmetic === "promoted" || arithmetic === "intercepted") return { format: binary32, name: "binary64 as binary32", exact: true };
  if (arithmetic === "f64") return { format: binary32, name: "binary64 as binary32", exact: true };
  if (arithmetic === "f16") return { format: binary16, name: "binary16", exact: false };
  if (arithmetic === "bf16") return { format: bfloat16, name: "bfloat16", exact: false };
  return { format: binary32, name: "binary32", exact: false };
}

const passed = { outcome: "holds", reason: null, used: 0, detectable: Number.POSITIVE_INFINITY, open: 0, worst: null } as const;

export function judge(evidence: Evidence, arithmetic: Arithmetic): Judged {
  const { name, kind } = evidence;
  const strange = firstNonFinite(evidence);
  if (strange !== null) {
    const worst = { place: placeOf(evidence, strange.index), expected: null, got: strange.value, residual: null, tolerance: null };
    return { ...passed, name: "finite", kind, outcome: "violated", reason: `${strange.name} is ${strange.value}`, worst };
  }
  const { format, exact } = formatOf(arithmetic);
  switch (evidence.kind) {
    case "balance":
      return judgeBalance(evidence, format, exact);
    case "enclosure":
      return judgeEnclosure(evidence, format, exact);
    case "equality":
      return judgeEquality(evidence);
    case "inequality":
      return judgeInequality(evidence, format);
    case "order":
      return judgeOrder(evidence);
    case "unmet":
      return { ...passed, name, kind, outcome: "unmet", reason: evidence.reason };
    default:
      return evidence satisfies never;
  }
}

const tooCoarse = (format: Format): string => `${format.name} cannot tell this from rounding; binary64 would`;

interface Strange {
  readonly name: string;
  readonly value: number;
  readonly index: number;
}

function firstNonFinite(evidence: Evidence): Strange | null {
  const scan = (name: string, input: Input): Strange | null => {
    if (typeof input === "number") return Number.isFinite(input) ? null : { name, value: input, index: 0 };
    for (let i = 0; i < input.length; i++) {
      const value = input[i] ?? Number.NaN;
      if (!Number.isFinite(value)) return { name, value, index: i };
    }
    return null;
  };
  switch (evidence.kind) {
    case "balance":
    case "enclosure": {
      if (evidence.kind === "enclosure") {
        const found = scan("the answer", evidence.answer);
        if (found !== null) return found;
      }
      for (const [name, input] of Object.entries(evidence.values)) {
        const found = scan(name, input);
        if (found !== null) return found;
      }
      return null;
    }
    case "equality":
      return scan("the answer", evidence.got);
    case "inequality":
      return scan("the left side", evidence.left) ?? scan("the right side", evidence.right);
    case "order":
      return scan("an error", Float64Array.from(evidence.errors));
    default:
      return null;
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

type Balance = Extract<Evidence, { kind: "balance" }>;

function worstOfBalance(evidence: Balance, weighed: ReturnType<typeof weigh>): Worst {
  const index = evidence.values[evidence.answer] === undefined ? -1 : weighed.worst;
  const got = index < 0 ? null : valueAt(evidence.values, evidence.answer, index);
  const slope = index < 0 ? 0 : slopeOf(evidence, index);
  return {
    place: placeOf(evidence, weighed.worst),
    expected: got === null || slope === 0 ? null : got - weighed.residual / slope,
    got,
    residual: weighed.residual,
    tolerance: weighed.tolerance,
  };
}

function valueAt(values: Inputs, name: string, index: number): number {
  const input = values[name];
  if (input === undefined) return Number.NaN;
  return typeof input === "number" ? input : (input[input.length === 1 ? 0 : index] ?? Number.NaN);
}

/** d(left − right)/d answer at a point: what one unit of the answer is worth in the balance. */
function slopeOf({ equation, values, answer }: Balance, index: number): number {
  const at = Object.fromEntries(Object.keys(values).map((name) => [name, valueAt(values, name, index)]));
  return [equation.left, equation.right].reduce((sum, side, k) => {
    if (!side.symbols.includes(answer)) return sum;
    const { values: slope } = evaluate(derivative(side, answer), at, 2 ** -53, 0);
    return sum + (k === 0 ? 1 : -1) * (slope[0] ?? 0);
  }, 0);
}

/**
 * In binary64 the formula's intermediate terms are forgiven like its printed ones. Where only a coarser format answers, what needs
 * them to be explained stays undecided.
 */
function judgeBalance(evidence: Balance, format: Format, exact: boolean): Judged {
  const { name, kind, equation, values, roundings, via } = evidence;
  const found = weigh(equation, values, roundings, format, exact ? via : 0);
  const { used, detectable, open, failed } = found;
  // The worst point of what holds is looked at by a replay alone, and its slope costs as much as the judgement: it is found when read.
  let worst: Worst | null | undefined;
  const judged = (outcome: Judged["outcome"], reason: string | null): Judged => ({
    name,
    kind,
    outcome,
    reason,
    used,
    detectable,
    open,
    get worst() {
      worst ??= found.worst < 0 ? null : worstOfBalance(evidence, found);
      return worst;
    },
  });
  if (failed.length === 0) return judged("holds", null);
  if (!exact && via !== undefined && weigh(equation, values, roundings, format, via).failed.length === 0)
    return judged("undecided", tooCoarse(format));
  return judged("violated", null);
}

type Enclosure = Extract<Evidence, { kind: "enclosure" }>;

function judgeEnclosure(evidence: Enclosure, format: Format, exact: boolean): Judged {
  const { name, kind, expression, values, answer, roundings, via = 0 } = evidence;
  const u = unitRoundoff(format);
  const tiny = underflowUnit(format) / u;
  const { values: truth, errors } = evaluate(expression, values, u, tiny);
  const at = (array: Float64Array, i: number): number => array[array.length === 1 ? 0 : i] ?? Number.NaN;
  let used = 0;
  let detectable = Number.POSITIVE_INFINITY;
  let open = 0;
  let worst = -1;
  let vacuous = 0;
  let excused = 0;
  const failed: number[] = [];
  const pathAt = (i: number): number => (typeof via === "number" ? via : (via[via.length === 1 ? 0 : i] ?? 0));
  const length = Math.max(truth.length, answer.length);
  for (let i = 0; i < length; i++) {
    const [got, expected] = [at(answer, i), at(truth, i)];
    const narrow = u * (at(errors, i) + roundings * Math.max(Math.abs(expected), tiny));
    const wide = narrow + u * roundings * pathAt(i);
    const tolerance = exact ? wide : narrow;
    if (!(tolerance < Number.POSITIVE_INFINITY)) {
      vacuous += 1;
      continue;
    }
    const slack = 2 ** -53 * (at(errors, i) + 4 * (Math.abs(got) + Math.abs(expected)));
    const off = Math.abs(got - expected);
    const share = tolerance === 0 ? (off === 0 ? 0 : Number.POSITIVE_INFINITY) : off / tolerance;
    let fails = off - slack > tolerance;
    if (!fails && off + slack > tolerance) {
      open += 1;
      fails = outside(evidence, i, got, tolerance);
    }
    if (fails) {
      failed.push(i);
      if (off <= wide) excused += 1;
    }
    if (share > used || worst < 0) {
      used = Math.max(share, used);
      worst = i;
    }
    const size = Math.max(Math.abs(expected), Math.abs(got));
    if (size > 0) detectable = Math.min(detectable, tolerance / size);
  }
  const shown = failed.includes(worst) || failed.length === 0 ? worst : (failed[0] ?? worst);
  const found: Worst | null =
    shown < 0
      ? null
      : {
          place: placeOf(evidence, shown),
          expected: at(truth, shown),
          got: at(answer, shown),
          residual: at(answer, shown) - at(truth, shown),
          tolerance: u * (at(errors, shown) + roundings * (Math.abs(at(truth, shown)) + (exact ? pathAt(shown) : 0))),
        };
  const base = { ...passed, name, kind, used, detectable, open, worst: found };
  if (vacuous === length) return { ...base, outcome: "unmet", reason: `the formula has no digits left in ${format.name} here` };
  if (failed.length === 0) return base;
  if (!exact && excused === failed.length) return { ...base, outcome: "undecided", reason: tooCoarse(format) };
  return { ...base, outcome: "violated" };
}

/** The last resort: is the answer further than the tolerance from everything between the two decimals? */
function outside({ expression, values }: Enclosure, index: number, got: number, tolerance: number): boolean {
  for (const digits of [50, 120, 400]) {
    const { lo, hi } = enclose(expression.tree, values, index, digits);
    const above = hi.plus(tolerance);
    const below = lo.minus(tolerance);
    const { lo: exactly } = enclose({ kind: "symbol", name: "x" }, { x: got }, 0, digits);
    if (exactly.lte(lo.plus(tolerance)) && exactly.gte(hi.minus(tolerance))) return false;
    if (exactly.gt(above) || exactly.lt(below)) return true;
  }
  return false;
}

function judgeEquality(evidence: Extract<Evidence, { kind: "equality" }>): Judged {
  const { name, kind, got, expected } = evidence;
  const length = Math.max(got.length, expected.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [got[i], expected[expected.length === 1 ? 0 : i]];
    if (a === b) continue;
    const worst = {
      place: placeOf(evidence, i),
      expected: b ?? null,
      got: a ?? null,
      residual: (a ?? Number.NaN) - (b ?? Number.NaN),
      tolerance: 0,
    };
    const used = Number.POSITIVE_INFINITY;
    return { ...passed, name, kind, outcome: "violated", used, detectable: 0, worst };
  }
  return { ...passed, name, kind, detectable: 0 };
}

function judgeInequality(evidence: Extract<Evidence, { kind: "inequality" }>, format: Format): Judged {
  const { name, kind, left, right, roundings, strict } = evidence;
  const at = (input: Input, i: number): number => (typeof input === "number" ? input : (input[input.length === 1 ? 0 : i] ?? Number.NaN));
  const length = Math.max(typeof left === "number" ? 1 : left.length, typeof right === "number" ? 1 : right.length);
  const u = unitRoundoff(format);
  let used = 0;
  let detectable = Number.POSITIVE_INFINITY;
  let failed = -1;
  for (let i = 0; i < length; i++) {
    const [a, b] = [at(left, i), at(right, i)];
    const scale = Math.abs(a) + Math.abs(b);
    const tolerance = strict ? 0 : roundings * (u * scale + underflowUnit(format));
    const short = b - a;
    const fails = strict ? !(a > b) : short > tolerance;
    if (fails && failed < 0) failed = i;
    if (short > 0 && tolerance > 0) used = Math.max(used, short / tolerance);
    // What could be lost before it shows: the margin and the tolerance.
    if (scale > 0) detectable = Math.min(detectable, (a - b + tolerance) / scale);
  }
  if (failed < 0) return { ...passed, name, kind, used, detectable };
  const [got, bound] = [at(left, failed), at(right, failed)];
  const worst = {
    place: placeOf(evidence, failed),
    expected: bound,
    got,
    residual: got - bound,
    tolerance: strict ? 0 : roundings * u * (Math.abs(got) + Math.abs(bound)),
  };
  return {
    ...passed,
    name,
    kind,
    outcome: "violated",
    reason: strict ? "must be greater" : "must be at least",
    used: Math.max(used, 1),
    detectable,
    worst,
  };
}

/** Violated only if the last two local slopes lie below p − ½ and do not rise; holds when the last reaches p − ½. */
function judgeOrder(evidence: Extract<Evidence, { kind: "order" }>): Judged {
  const { name, kind, claimed, steps, errors, floor } = evidence;
  const alive = errors.filter((error) => error > floor).length;
  if (alive < 3) return { ...passed, name, kind, detectable: floor };
  const slopes: number[] = [];
  for (let k = 1; k < alive; k++)
    slopes.push(Math.log2((errors[k - 1] ?? 0) / (errors[k] ?? 1)) / Math.log2((steps[k] ?? 2) / (steps[k - 1] ?? 1)));
  const [before = 0, last = 0] = slopes.slice(-2);
  const target = claimed - 0.5;
  const worst = {
    place: `steps ${steps.slice(0, alive).join(", ")}: slopes ${slopes.map((s) => s.toFixed(2)).join(", ")}`,
    expected: claimed,
    got: last,
    residual: last - claimed,
    tolerance: 0.5,
  };
  const used = Math.max(0, (claimed - last) / 0.5);
  if (last >= target) return { ...passed, name, kind, used, worst, detectable: floor };
  if (before < target && last <= before + 0.05) return { ...passed, name, kind, outcome: "violated", used, worst };
  return { ...passed, name, kind, outcome: "undecided", reason: "the slope still rises; more steps would decide", used, worst };
}
