/**
 * # Judging
 *
 * Evidence in, decision out. Mathematics is judged at the unit roundoff of binary32 on answers of binary64 arithmetic; other
 * arithmetics are judged in their own format, and what that format cannot decide stays undecided.
 */

import { falseAlarmBudget } from "#properties/engine/budget";
import { balanceAtOnce, judgeBalance } from "#properties/engine/judge-balance";
import { judgeEquality, judgeInequality } from "#properties/engine/judge-comparison";
import { judgeDistribution, levelOf } from "#properties/engine/judge-distribution";
import { judgeEnclosure } from "#properties/engine/judge-enclosure";
import { judgeOrder } from "#properties/engine/judge-order";
import { type Judged, passed, placeOf } from "#properties/engine/judged";
import type { Arithmetic } from "#spec/ask";
import type { Evidence } from "#spec/evidence";
import type { Input } from "#spec/number/compile";
import { bfloat16, binary16, binary32, drifting, type Format, flushing } from "#spec/number/format";

interface Judging {
  readonly format: Format;
  readonly name: string;
  readonly exact: boolean;
}

const promoted: Judging = { format: binary32, name: "binary64 as binary32", exact: true };

const judging: Readonly<Record<Arithmetic, Judging>> = {
  promoted,
  intercepted: promoted,
  f64: promoted,
  f32: { format: binary32, name: "binary32", exact: false },
  "f32-flushing": { format: flushing(binary32), name: "binary32, subnormals flushed to zero", exact: false },
  "f32-wgsl": { format: drifting(binary32), name: "binary32, exponentials as WGSL promises them", exact: false },
  f16: { format: binary16, name: "binary16", exact: false },
  bf16: { format: bfloat16, name: "bfloat16", exact: false },
};

/** The format whose roundings are forgiven, and how the report calls it. */
export function formatOf(arithmetic: Arithmetic): Judging {
  return judging[arithmetic];
}

export function judge(evidence: Evidence, arithmetic: Arithmetic): Judged {
  const { name, kind } = evidence;
  const { format, exact } = formatOf(arithmetic);
  const early = evidence.kind === "balance" ? balanceAtOnce(evidence, format, exact) : null;
  if (early !== null) return early;
  const strange = firstNonFinite(evidence);
  if (strange !== null) {
    const worst = { place: placeOf(evidence, strange.index), expected: null, got: strange.value, residual: null, tolerance: null };
    return { ...passed, name: "finite", kind, outcome: "violated", reason: `${strange.name} is ${strange.value}`, worst };
  }
  if (pointless(evidence)) return { ...passed, name, kind, outcome: "unmet", reason: `${name}: there is no point to judge` };
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
    case "distribution":
      return judgeDistribution(evidence, levelOf(falseAlarmBudget));
    case "unmet":
      return { ...passed, name, kind, outcome: "unmet", reason: evidence.reason };
    default:
      return evidence satisfies never;
  }
}

/** Whether the evidence is about no point at all: such a thing cannot hold. Single values stand for as many points as there are. */
function pointless(evidence: Evidence): boolean {
  if (evidence.kind === "equality") return evidence.got.length + evidence.expected.length === 0;
  let empty = false;
  for (const input of inputsOf(evidence)) {
    if (typeof input === "number") continue;
    if (input.length > 1) return false;
    if (input.length === 0) empty = true;
  }
  return empty;
}

function inputsOf(evidence: Evidence): readonly (Input | readonly number[])[] {
  switch (evidence.kind) {
    case "balance":
      return Object.values(evidence.values);
    case "enclosure":
      return [evidence.answer, ...Object.values(evidence.values)];
    case "inequality":
      return [evidence.left, evidence.right];
    case "order":
      return [evidence.errors];
    default:
      return [];
  }
}

interface Strange {
  readonly name: string;
  readonly value: number;
  readonly index: number;
}

function scan(name: string, input: Input): Strange | null {
  if (typeof input === "number") return Number.isFinite(input) ? null : { name, value: input, index: 0 };
  // Zero times what is finite is zero, and nothing else is: one sum tells whether anybody has to be looked for.
  let zeros = 0;
  for (let i = 0; i < input.length; i++) zeros += 0 * (input[i] ?? Number.NaN);
  if (zeros === 0) return null;
  for (let i = 0; i < input.length; i++) {
    const value = input[i] ?? Number.NaN;
    if (!Number.isFinite(value)) return { name, value, index: i };
  }
  return null;
}

function firstNonFinite(evidence: Evidence): Strange | null {
  switch (evidence.kind) {
    case "balance":
    case "enclosure": {
      if (evidence.kind === "enclosure") {
        const found = scan("the answer", evidence.answer);
        if (found !== null) return found;
      }
      for (const name of Object.keys(evidence.values)) {
        const found = scan(name, evidence.values[name] ?? Number.NaN);
        if (found !== null) return found;
      }
      return null;
    }
    case "equality":
      return scan("the answer", evidence.got);
    case "inequality":
      return scan("the left side", evidence.left) ?? scan("the right side", evidence.right);
    case "distribution":
      return evidence.ranks === undefined ? scan("a count", evidence.counts) : scan("a rank", evidence.ranks);
    case "order":
      return scan("an error", Float64Array.from(evidence.errors));
    default:
      return null;
  }
}
