/**
 * The one list of properties: a browser cannot read a directory, and a reader wants to see them all.
 */
import type { Property } from "#properties/engine/property";
import { forwardMarginalProperty } from "#properties/gaussian/forward.property";
import { velocityIsPfodeProperty } from "#properties/flow/velocity.property";
import { consistencyBoundaryProperty } from "#properties/parameterisation/consistency.property";
import { preconditioningProperty } from "#properties/parameterisation/edm.property";
import { affineVelocityProperty } from "#properties/parameterisation/flow.property";
import { predictionRoundtripProperty, velocityRotationProperty } from "#properties/parameterisation/gaussian.property";
import { lossWeightProperty, sd3WeightProperty } from "#properties/parameterisation/loss-weight.property";
import { tweedieProperty } from "#properties/parameterisation/tweedie.property";
import { sdeCoefficientsProperty } from "#properties/sde/coeffs.property";
import { lastStepProperty } from "#properties/sde/edm.property";
import { fokkerPlanckProperty } from "#properties/sde/fokker-planck.property";
import { klDissipationProperty } from "#properties/sde/kl-dissipation.property";
import { ddpmToVpProperty } from "#properties/sde/limit.property";
import { flowLikelihoodProperty, gaussianFlowProperty } from "#properties/sde/pfode.property";
import { correctorStationaryProperty, reverseFamilyProperty } from "#properties/sde/reverse.property";
import { steinProperty } from "#properties/sde/score.property";
import { subvpKernelProperty } from "#properties/sde/subvp.property";
import { veKernelProperty } from "#properties/sde/ve.property";
import { vpKernelProperty } from "#properties/sde/vp.property";

export const properties: readonly Property[] = [
  // Gaussian kernels
  forwardMarginalProperty,

  // Parameterisations
  predictionRoundtripProperty,
  velocityRotationProperty,
  tweedieProperty,
  preconditioningProperty,
  affineVelocityProperty,
  lossWeightProperty,
  sd3WeightProperty,
  consistencyBoundaryProperty,

  // Stochastic differential equations
  vpKernelProperty,
  veKernelProperty,
  subvpKernelProperty,
  sdeCoefficientsProperty,
  fokkerPlanckProperty,
  klDissipationProperty,
  steinProperty,
  reverseFamilyProperty,
  correctorStationaryProperty,
  gaussianFlowProperty,
  flowLikelihoodProperty,
  lastStepProperty,
  ddpmToVpProperty,

  // Flow matching
  velocityIsPfodeProperty,
];
