/**
 * Options of the builtin units: one typed table each, from which settings are read and `describe` is answered.
 */
import { SpecError } from "#spec/error";
import type { Configuration, OptionSpec, OptionValue } from "#subjects/answerer";

/** An option and its documented values, the default first. */
export interface Option<T extends OptionValue = OptionValue> {
  readonly kind: OptionSpec["kind"];
  readonly stage: OptionSpec["stage"];
  readonly values: readonly [T, ...T[]];
  readonly drawn: OptionSpec["drawn"];
}

export type OptionTable = Readonly<Record<string, Option>>;

/** One value per option of a table. */
export type Settings<O extends OptionTable> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

export function choice<const T extends string | boolean>(...values: readonly [T, ...T[]]): Option<T> {
  return { kind: "choice", stage: "construct", values, drawn: null };
}

export function whole(stage: OptionSpec["stage"], ...values: readonly [number, ...number[]]): Option<number> {
  return { kind: "integer", stage, values, drawn: null };
}

/** A number; further values are drawn between the bounds. */
export function real(drawn: NonNullable<OptionSpec["drawn"]>, ...values: readonly [number, ...number[]]): Option<number> {
  return { kind: "number", stage: "construct", values, drawn };
}

/** The options as the engine sees them. */
export function specsOf(table: OptionTable): readonly OptionSpec[] {
  return Object.entries(table).map(([name, { kind, stage, values, drawn }]) => ({
    name,
    kind,
    stage,
    source: "table",
    default: values[0],
    values,
    drawn,
  }));
}

/** Reads a configuration; options it leaves out are at their defaults. Throws `unknown-name` and `bad-argument`. */
export function settingsOf<O extends OptionTable>(unit: string, table: O, config: Configuration): Settings<O> {
  for (const name of Object.keys(config))
    if (!Object.hasOwn(table, name))
      throw new SpecError("unknown-name", `${unit}: expected one of the options ${Object.keys(table).join(", ")}, got ${name}`);
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, settingOf(`${unit}.${name}`, option, config[name])]),
  ) as Settings<O>;
}

function settingOf(where: string, { kind, values }: Option, given: OptionValue | undefined): OptionValue {
  if (given === undefined) return values[0];
  const fits =
    kind === "choice"
      ? values.includes(given)
      : typeof given === "number" && (kind === "number" ? Number.isFinite(given) : Number.isInteger(given));
  if (!fits)
    throw new SpecError(
      "bad-argument",
      `${where}: expected ${kind === "choice" ? `one of ${values.join(", ")}` : `a${kind === "integer" ? " whole" : ""} number`}, got ${JSON.stringify(given)}`,
    );
  return given;
}
