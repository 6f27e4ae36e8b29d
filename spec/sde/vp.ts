/**
 * # The variance-preserving SDE
 *
 * dx = −½βx dt + √β dw. Its kernel has mean e^{−B/2}x₀ and variance 1 − e^{−B}: unit variance is preserved.
 *
 * Source: the SDE was read in Song et al. (2021); the kernel's equation numbers were not.
 */
import type { Law } from "#spec/law";
import { type At, kernelLaw } from "#spec/sde/family";
import { song2021sde } from "#spec/sources";

export const vpKernel: Law<"Schedule", At> = kernelLaw({
  id: "sde.vp.kernel",
  title: "The VP kernel has mean e^{−B/2}x₀ and variance 1 − e^{−B}.",
  families: ["vp-sde"],
  statement: [String.raw`\alpha_t = e^{-B(t)/2},\qquad \sigma_t^2 = 1-e^{-B(t)},\qquad g^2 = \beta,\qquad B(t)=\int_0^t\beta`],
  source: [song2021sde("verified", "Eq. 11"), song2021sde("second-hand", "Eq. 29, 33")],
});
