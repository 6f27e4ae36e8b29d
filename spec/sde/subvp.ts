/**
 * # The sub-variance-preserving SDE
 *
 * The drift of VP with a smaller diffusion: its standard deviation, not its variance, is 1 − e^{−B}.
 *
 * Not to be confused with VP: its variance exceeds this one by e^{−B}(1 − e^{−B}).
 */
import type { Law } from "#spec/law";
import { type At, kernelLaw } from "#spec/sde/family";
import { song2021sde } from "#spec/sources";

export const subvpKernel: Law<"Schedule", At> = kernelLaw({
  id: "sde.subvp.kernel",
  title: "The sub-VP kernel has standard deviation 1 − e^{−B}.",
  families: ["subvp-sde"],
  statement: [
    String.raw`\alpha_t = e^{-B(t)/2},\qquad \sigma_t = 1-e^{-B(t)},\qquad \sigma^2_{\mathrm{VP}}-\sigma_t^2 = e^{-B}(1-e^{-B}),\qquad g^2 = \beta(1-e^{-2B})`,
  ],
  source: [song2021sde("verified", "Eq. 12 and the bound stated after it")],
});
