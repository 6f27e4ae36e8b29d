/**
 * How much is tried. `standard` is about 32 configurations per law and unit, which cover pairs of option values.
 */
export interface Effort {
  readonly name: string;
  readonly cases: number;
  /** Factor on the number of cases of laws whose single case is a long run. */
  readonly long: number;
  /** Cases whose own rounding is measured as well. */
  readonly precision: number;
}

export const efforts: Readonly<Record<string, Effort>> = {
  quick: { name: "quick", cases: 8, long: 0.34, precision: 0 },
  standard: { name: "standard", cases: 32, long: 1, precision: 2 },
  deep: { name: "deep", cases: 128, long: 4, precision: 4 },
};
