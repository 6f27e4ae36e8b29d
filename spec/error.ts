/**
 * # Errors
 *
 * A violated law is a verdict, never an exception. A `SpecError` says that the suite, or its use, is wrong; its message reads
 * `where: expected what, got what`.
 */

/** What went wrong, one word each; `lawbook explain --error CODE` is generated from this table. */
export const errorCodes = {
  "non-finite": "A finite number was needed and NaN or an infinity arrived.",
  "not-polynomial": "A balance may contain sums, differences and products only.",
  "bad-expression": "The text is no expression of the supported language.",
  "unknown-symbol": "A symbol of an expression has no value, or no entry in notation.ts.",
  "shape-mismatch": "An array has another shape than the role's method promises.",
  "malformed-answer": "An answer lacks a field, or a field has the wrong type.",
  "too-many-roundings": "2nu ≥ 1: so many roundings in this format forgive everything.",
  "outside-domain": "An argument lies outside the domain of a function.",
  "bad-declaration": "An adapter declared a convention that does not exist or contradicts itself.",
  "unknown-name": "A subject, class, law, option or control of that name does not exist.",
  "bad-argument": "The command line or configuration is unusable.",
  "bad-token": "A replay token is damaged or was made by another version.",
  "subject-failed": "The process of a subject could not be started or stopped answering.",
  "environment-failed": "A Python environment could not be made.",
  "protocol-broken": "Frames on the bridge are corrupt, truncated or of another version.",
  "backend-unavailable": "A backend of tfjs is not installed, or did not start.",
  "report-unwritable": "A report file could not be written.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** The suite, or its use, is wrong. `hint` says what to do next. */
export class SpecError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "SpecError";
    this.code = code;
    this.hint = options.hint;
  }
}
