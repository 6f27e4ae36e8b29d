/**
 * The one list of properties: a browser cannot read a directory, and a reader wants to see them all.
 */
import type { Property } from "#properties/engine/property";
import { forwardMarginalProperty } from "#properties/gaussian/forward.property";

export const properties: readonly Property[] = [
  // Gaussian kernels
  forwardMarginalProperty,
];
