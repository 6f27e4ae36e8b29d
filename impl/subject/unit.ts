/**
 * A unit: a name, its options, and the methods that settings make.
 */
import type { Methods } from "#impl/subject/answers";
import { type OptionTable, type Settings, settingsOf, specsOf } from "#impl/subject/settings";
import type { Configuration, UnitSpec } from "#subjects/answerer";

export interface Unit {
  readonly name: string;
  readonly spec: () => UnitSpec;
  /** Throws `outside-domain` for configurations that the implementation refuses. */
  readonly methods: (config: Configuration) => Methods;
}

export function unit<O extends OptionTable>(name: string, options: O, make: (settings: Settings<O>) => Methods): Unit {
  const methods = (config: Configuration): Methods => make(settingsOf(name, options, config));
  return {
    name,
    methods,
    spec: () => ({
      name,
      methods: Object.keys(methods({})),
      options: specsOf(options),
      leftOut: [],
      excluded: [],
      deviates: [],
      notes: [],
      source: null,
    }),
  };
}
