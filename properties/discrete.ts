/**
 * The properties of discrete states, of generators and of bounds: the other half of the one list.
 */

import { gaussianKernelProperty, similarityKernelProperty, stationaryLimitProperty } from "#properties/categorical/families.property";
import { posteriorBayesProperty, posteriorFloorProperty, posteriorOrientationProperty } from "#properties/categorical/posterior.property";
import { absorbingKernelProperty, uniformKernelProperty } from "#properties/categorical/q.property";
import {
  absorbingCoincideProperty,
  cleanConversionProperty,
  mixtureStepProperty,
  pluginStepProperty,
} from "#properties/categorical/reverse.property";
import { mutualInformationProperty } from "#properties/categorical/schedule.property";
import {
  absorbingExponentialProperty,
  birthDeathExponentialProperty,
  stochasticSemigroupProperty,
  twoStateExponentialProperty,
  uniformExponentialProperty,
} from "#properties/ctmc/expm.property";
import { firstJumpsProperty, simulatedPathsProperty } from "#properties/ctmc/gillespie.property";
import { hittingTimesProperty } from "#properties/ctmc/hitting.property";
import { inhomogeneousProperty, uniformizationTailProperty } from "#properties/ctmc/inhomogeneous.property";
import { backwardEquationProperty, forwardEquationProperty } from "#properties/ctmc/kolmogorov.property";
import { flowVelocitiesProperty, oneTokenAtATimeProperty } from "#properties/ctmc/product.property";
import { offdiagNonnegProperty, rowSumZeroProperty } from "#properties/ctmc/rate.property";
import {
  correctorIsStationaryProperty,
  reverseFromCleanProperty,
  reverseKernelProperty,
  reverseRateProperty,
} from "#properties/ctmc/reverse.property";
import { maskSurvivalProperty, tauLeapOrderProperty, tweedieStepProperty } from "#properties/ctmc/step.property";
import { campbellEquivalentProperty } from "#properties/elbo/campbell-equiv.property";
import { hybridLossProperty } from "#properties/elbo/d3pm.property";
import { flowGapProperty, flowJumpKlProperty } from "#properties/elbo/dfm.property";
import { discreteTightProperty } from "#properties/elbo/discrete.property";
import { denoisingIsExplicitProperty } from "#properties/elbo/dsm-esm.property";
import { scoreEntropyTightProperty, threeScoreEntropiesProperty } from "#properties/elbo/dwdse.property";
import { girsanovDiffusionProperty, girsanovJumpsProperty } from "#properties/elbo/girsanov.property";
import { leaveOneOutLeastProperty } from "#properties/elbo/leave-one-out.property";
import { maskedStepKlProperty } from "#properties/elbo/mdlm.property";
import { anyOrderProperty, maskedTightProperty, scheduleInvarianceProperty } from "#properties/elbo/mdlm-bound.property";
import { raddCrossEntropyProperty } from "#properties/elbo/radd.property";
import { bregmanProperty, uniformClosedFormProperty } from "#properties/elbo/se.property";
import { scoreMatchingBoundProperty } from "#properties/elbo/sm-bound.property";
import { uniformJumpKlProperty, uniformTightProperty } from "#properties/elbo/udlm.property";
import { gaussianTightProperty, monotoneStepsProperty, snrFormProperty } from "#properties/elbo/vdm.property";
import type { Property } from "#properties/engine/property";
import { bridgeProperty } from "#properties/generator/bridge.property";
import { carreDuChampProperty, dualityProperty, dynkinProperty } from "#properties/generator/duality.property";
import { hermiteProperty } from "#properties/generator/ou.property";
import { doobProperty, elboIntegrandProperty, superpositionProperty, timeReversalProperty } from "#properties/generator/reversal.property";
import { binaryNoiseProperty } from "#properties/latent/binary.property";
import { bitsRoundtripProperty } from "#properties/latent/bits.property";
import { dequantisationProperty, latentBoundProperty } from "#properties/latent/bounds.property";
import { embeddedBoundProperty, roundingProperty } from "#properties/latent/embed.property";
import {
  renamedKernelsProperty,
  renamedStepsProperty,
  tokenBatchProperty,
  tokenDrawsProperty,
} from "#properties/metamorphic/tokens.property";
import { maskedPredictionProperty, maskedRatioProperty, ratioProperty } from "#properties/parameterisation/discrete.property";
import { discreteGuidanceProperty } from "#properties/sampler/guidance-discrete.property";
import { maskedPairProperty } from "#properties/sampler/masked.property";
import { temperatureProperty } from "#properties/sampler/temperature.property";

export const discreteProperties: readonly Property[] = [
  // Categorical kernels
  uniformKernelProperty,
  absorbingKernelProperty,
  posteriorBayesProperty,
  posteriorOrientationProperty,
  posteriorFloorProperty,
  mixtureStepProperty,
  pluginStepProperty,
  cleanConversionProperty,
  absorbingCoincideProperty,
  stationaryLimitProperty,
  gaussianKernelProperty,
  similarityKernelProperty,
  mutualInformationProperty,

  // Predictions, samplers and renamings of tokens
  ratioProperty,
  maskedRatioProperty,
  maskedPredictionProperty,
  discreteGuidanceProperty,
  maskedPairProperty,
  temperatureProperty,
  renamedKernelsProperty,
  renamedStepsProperty,
  tokenBatchProperty,
  tokenDrawsProperty,

  // Generators
  dualityProperty,
  dynkinProperty,
  carreDuChampProperty,
  hermiteProperty,
  timeReversalProperty,
  doobProperty,
  bridgeProperty,
  superpositionProperty,
  elboIntegrandProperty,

  // Chains in continuous time
  rowSumZeroProperty,
  offdiagNonnegProperty,
  forwardEquationProperty,
  backwardEquationProperty,
  stochasticSemigroupProperty,
  uniformExponentialProperty,
  absorbingExponentialProperty,
  twoStateExponentialProperty,
  birthDeathExponentialProperty,
  inhomogeneousProperty,
  uniformizationTailProperty,
  reverseRateProperty,
  reverseFromCleanProperty,
  reverseKernelProperty,
  correctorIsStationaryProperty,
  tweedieStepProperty,
  tauLeapOrderProperty,
  oneTokenAtATimeProperty,
  maskSurvivalProperty,
  hittingTimesProperty,
  flowVelocitiesProperty,

  // Chains in continuous time: what is drawn
  simulatedPathsProperty,
  firstJumpsProperty,

  // Latents of discrete data
  roundingProperty,
  embeddedBoundProperty,
  bitsRoundtripProperty,
  binaryNoiseProperty,
  dequantisationProperty,
  latentBoundProperty,

  // Bounds on the likelihood
  bregmanProperty,
  uniformClosedFormProperty,
  raddCrossEntropyProperty,
  maskedStepKlProperty,
  scheduleInvarianceProperty,
  anyOrderProperty,
  maskedTightProperty,
  uniformJumpKlProperty,
  uniformTightProperty,
  flowJumpKlProperty,
  flowGapProperty,
  discreteTightProperty,
  leaveOneOutLeastProperty,
  hybridLossProperty,
  threeScoreEntropiesProperty,
  scoreEntropyTightProperty,
  campbellEquivalentProperty,
  snrFormProperty,
  gaussianTightProperty,
  monotoneStepsProperty,
  girsanovDiffusionProperty,
  girsanovJumpsProperty,
  denoisingIsExplicitProperty,
  scoreMatchingBoundProperty,
];
