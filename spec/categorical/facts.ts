/**
 * # Facts of discrete processes
 *
 * What a subject declares of a process on K states: which numbers are its levels, which way its matrices are read, which state is
 * the mask, what its reverse step does with a model's prediction.
 */
import { SpecError } from "#spec/error";
import type { Fields } from "#spec/tensor";

/** Which number stands for the noise level; a is the survival probability of a token, 1 for data. */
export type SurvivalKind =
  | "survival" // a
  | "integrated-rate" // −log a
  | "move-chance"; // 1 − a

/** How a matrix is read: `row` has the state one comes from as its first index. */
export type Orientation = "row" | "column";

/** What a model's distribution over clean tokens means: given the whole state, or given all other tokens of it. */
export type CleanPrediction = "posterior" | "leave-one-out";

/**
 * What a reverse step does with a predicted law p of x₀: Bayes with p in place of the one-hot token, the mean of posteriors under p,
 * staggered ratios, or one step of rates that run the noise backwards.
 */
export type ReverseRule = "plug-in" | "mixture" | "tweedie" | "euler";

/** The model's law of clean tokens, or the law that the step draws from. */
export type Tempers = "clean" | "step";

export interface DiscreteFacts {
  /** K, the number of states, the mask among them. */
  readonly classes: number;
  readonly mask: number | null;
  readonly level: SurvivalKind;
  readonly orientation: Orientation;
  /** A textbook family: `uniform`, `absorbing`, `discretized-gaussian`, … Others are allowed, and no law of families speaks of them. */
  readonly family: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly predicts: CleanPrediction | null;
  readonly reverse: ReverseRule | null;
  /** Which law a temperature of the step is applied to; null where there is none. */
  readonly tempers: Tempers | null;
  /** The floor ε that the subject documents it adds to probabilities; 0 where it adds none. */
  readonly floor: number;
}

export const survivalKinds: readonly SurvivalKind[] = ["survival", "integrated-rate", "move-chance"];
export const orientations: readonly Orientation[] = ["row", "column"];
const predictions: readonly CleanPrediction[] = ["posterior", "leave-one-out"];
const tempers: readonly Tempers[] = ["clean", "step"];
const rules: readonly ReverseRule[] = ["plug-in", "mixture", "tweedie", "euler"];

/** Reads the member `discrete` of a declaration; null where there is none. Throws `bad-declaration` with the field at fault. */
export function discreteFrom(raw: unknown): DiscreteFacts | null {
  if (raw === undefined || raw === null) return null;
  if (typeof raw !== "object") throw wrong("discrete", "an object", raw);
  const fields = raw as Fields;
  const { classes, mask = null, family = "general", parameters = {}, floor = 0 } = fields;
  if (typeof classes !== "number" || !Number.isInteger(classes) || classes < 2)
    throw wrong("discrete.classes", "a whole number of at least 2", classes);
  if (mask !== null && !(typeof mask === "number" && Number.isInteger(mask) && mask >= 0 && mask < classes))
    throw wrong("discrete.mask", `null or a state 0 … ${classes - 1}`, mask);
  if (typeof family !== "string") throw wrong("discrete.family", "a name", family);
  if (typeof floor !== "number" || !(floor >= 0)) throw wrong("discrete.floor", "a number ≥ 0", floor);
  if (typeof parameters !== "object" || parameters === null || Object.values(parameters).some((value) => typeof value !== "number"))
    throw wrong("discrete.parameters", "numbers by name", parameters);
  return {
    classes,
    mask,
    level: oneOf(fields["level"] ?? "survival", survivalKinds, "level"),
    orientation: oneOf(fields["orientation"] ?? "row", orientations, "orientation"),
    family,
    parameters: parameters as Readonly<Record<string, number>>,
    predicts: orNull(fields["predicts"], predictions, "predicts"),
    reverse: orNull(fields["reverse"], rules, "reverse"),
    tempers: orNull(fields["tempers"], tempers, "tempers"),
    floor,
  };
}

/** Survival probabilities from the subject's numbers. */
export function survivalFrom(kind: SurvivalKind, values: Float64Array): Float64Array {
  if (kind === "survival") return values;
  return values.map(kind === "integrated-rate" ? (x) => Math.exp(-x) : (x) => 1 - x);
}

function orNull<T extends string>(value: unknown, allowed: readonly T[], field: string): T | null {
  return value === undefined || value === null ? null : oneOf(value, allowed, field);
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], field: string): T {
  const found = allowed.find((name) => name === value);
  if (found === undefined) throw wrong(`discrete.${field}`, `one of ${allowed.join(", ")}`, value);
  return found;
}

function wrong(field: string, expected: string, got: unknown): SpecError {
  return new SpecError("bad-declaration", `declaration of ${field}: expected ${expected}, got ${JSON.stringify(got)}`, {
    hint: "conventions are listed in subjects/PROTOCOL.md",
  });
}
