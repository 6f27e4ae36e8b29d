/**
 * What a user of the builtin implementations picks from.
 */
import { chainUnits } from "#impl/subject/chain-units";
import { gaussianTokenUnits } from "#impl/subject/gaussian-tokens";
import { latentUnits } from "#impl/subject/latent-units";
import { lossUnits } from "#impl/subject/loss-units";
import { otherUnits } from "#impl/subject/other-units";
import { pathUnits } from "#impl/subject/path-units";
import { similarTokenUnits } from "#impl/subject/similar-tokens";
import { tokenUnits } from "#impl/subject/token-units";
import type { Unit } from "#impl/subject/unit";

export const units: readonly Unit[] = [
  ...chainUnits,
  ...pathUnits,
  ...otherUnits,
  ...tokenUnits,
  ...gaussianTokenUnits,
  ...similarTokenUnits,
  ...latentUnits,
  ...lossUnits,
];
