import { type ErrorCode, SpecError } from "#spec/error";

/** A subject cannot be made ready: what is wrong, and in `hint` what to do next. Nothing has been judged. */
export class SubjectError extends SpecError {
  override readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, cause?: unknown) {
    super(code, message, { hint, cause });
    this.name = "SubjectError";
    this.hint = hint;
  }
}
