/**
 * The one list of properties: a browser cannot read a directory, and a reader wants to see them all. Its other half is discrete.ts.
 */
import { discreteProperties } from "#properties/discrete";
import type { Property } from "#properties/engine/property";
import { velocityIsPfodeProperty } from "#properties/flow/velocity.property";
import { discretizedDecoderProperty } from "#properties/gaussian/decoder.property";
import { forwardMarginalProperty } from "#properties/gaussian/forward.property";
import { logVarianceModesProperty, posteriorConsistencyProperty, posteriorMomentsProperty } from "#properties/gaussian/posterior.property";
import { posteriorKlSnrProperty } from "#properties/gaussian/posterior-kl.property";
import { priorKlProperty } from "#properties/gaussian/prior.property";
import { chapmanKolmogorovProperty } from "#properties/kernel/chapman-kolmogorov.property";
import { chapmanKolmogorovFiniteProperty, klDataProcessingFiniteProperty } from "#properties/kernel/finite.property";
import { klDataProcessingProperty } from "#properties/kernel/kl-data-processing.property";
import { rowStochasticProperty } from "#properties/kernel/row-stochastic.property";
import { argumentsUnchangedProperty, batchIsStackProperty, dtypeBoundProperty } from "#properties/metamorphic/batch.property";
import { finiteProperty } from "#properties/metamorphic/finite.property";
import { inversionProperty, levelsAloneProperty, splittingStepsProperty } from "#properties/metamorphic/grid.property";
import { stepLinearProperty, stepScalesProperty, stepSymmetricProperty } from "#properties/metamorphic/linearity.property";
import { resetForgetsProperty, seedDecidesProperty } from "#properties/metamorphic/state.property";
import { consistencyBoundaryProperty } from "#properties/parameterisation/consistency.property";
import { preconditioningProperty } from "#properties/parameterisation/edm.property";
import { affineVelocityProperty } from "#properties/parameterisation/flow.property";
import { predictionRoundtripProperty, velocityRotationProperty } from "#properties/parameterisation/gaussian.property";
import { lossWeightProperty, sd3WeightProperty } from "#properties/parameterisation/loss-weight.property";
import { tweedieProperty } from "#properties/parameterisation/tweedie.property";
import { ancestralVarianceProperty, upDownProperty } from "#properties/sampler/ancestral.property";
import { endOfRowProperty } from "#properties/sampler/block.property";
import { categoricalTailProperty, drawnRunsProperty } from "#properties/sampler/categorical.property";
import { ddimCompositionProperty, ddimContractionProperty, ddimEtaProperty, ddimFamilyProperty } from "#properties/sampler/ddim.property";
import { entropyBoundProperty } from "#properties/sampler/entropy-bound.property";
import { polynomialExactnessProperty } from "#properties/sampler/exactness.property";
import { firstOrderProperty } from "#properties/sampler/first-order.property";
import { classifierFreeProperty, classifierGuidanceProperty } from "#properties/sampler/guidance.property";
import { pointMassProperty } from "#properties/sampler/oracle.property";
import { orderOfConvergenceProperty } from "#properties/sampler/order.property";
import { renoiseProperty } from "#properties/sampler/renoise.property";
import { weakOrderProperty } from "#properties/sampler/weak-order.property";
import { betaClosedFormProperty } from "#properties/schedule/beta.property";
import { cosineProperty } from "#properties/schedule/cosine.property";
import { timeGridProperty } from "#properties/schedule/grid.property";
import { karrasGridProperty } from "#properties/schedule/karras.property";
import { inverseInvertsProperty, rateDerivativeProperty } from "#properties/schedule/rate-derivative.property";
import { snrDecreasesProperty, snrReportedProperty, tablesAgreeProperty } from "#properties/schedule/snr.property";
import { gridLevelsProperty, stepConsistencyProperty } from "#properties/schedule/step-consistency.property";
import { timeShiftProperty } from "#properties/schedule/time-shift.property";
import { zeroTerminalProperty } from "#properties/schedule/zero-terminal.property";
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
  ...discreteProperties,

  // Kernels
  chapmanKolmogorovProperty,
  klDataProcessingProperty,
  rowStochasticProperty,
  chapmanKolmogorovFiniteProperty,
  klDataProcessingFiniteProperty,

  // Gaussian kernels
  forwardMarginalProperty,
  posteriorMomentsProperty,
  posteriorConsistencyProperty,
  posteriorKlSnrProperty,
  logVarianceModesProperty,
  priorKlProperty,
  discretizedDecoderProperty,

  // Parameterisations
  predictionRoundtripProperty,
  velocityRotationProperty,
  tweedieProperty,
  preconditioningProperty,
  affineVelocityProperty,
  lossWeightProperty,
  sd3WeightProperty,
  consistencyBoundaryProperty,

  // Schedules
  snrDecreasesProperty,
  tablesAgreeProperty,
  snrReportedProperty,
  rateDerivativeProperty,
  inverseInvertsProperty,
  betaClosedFormProperty,
  cosineProperty,
  karrasGridProperty,
  zeroTerminalProperty,
  timeGridProperty,
  stepConsistencyProperty,
  gridLevelsProperty,
  timeShiftProperty,

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

  // Samplers
  upDownProperty,
  ancestralVarianceProperty,
  endOfRowProperty,
  ddimFamilyProperty,
  ddimEtaProperty,
  ddimCompositionProperty,
  ddimContractionProperty,
  polynomialExactnessProperty,
  firstOrderProperty,
  classifierFreeProperty,
  classifierGuidanceProperty,
  pointMassProperty,
  orderOfConvergenceProperty,
  renoiseProperty,
  weakOrderProperty,
  categoricalTailProperty,
  drawnRunsProperty,
  entropyBoundProperty,

  // Metamorphic
  batchIsStackProperty,
  dtypeBoundProperty,
  argumentsUnchangedProperty,
  finiteProperty,
  splittingStepsProperty,
  levelsAloneProperty,
  inversionProperty,
  stepLinearProperty,
  stepSymmetricProperty,
  stepScalesProperty,
  resetForgetsProperty,
  seedDecidesProperty,
];
