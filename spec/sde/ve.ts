/**
 * # The variance-exploding SDE
 *
 * dx = √(dσ²/dt) dw with geometric σ(t): the data stay, noise is added.
 *
 * Convention: two are in use. `ve-sde` has standard deviation σ(t), σ_min at t = 0; `ve-sde-exact` is the kernel itself, with
 * variance σ²(t) − σ²(0). A subject declares which it means.
 */
import type { Law } from "#spec/law";
import { type At, kernelLaw } from "#spec/sde/family";
import { code, song2021sde } from "#spec/sources";

export const veKernel: Law<"Schedule", At> = kernelLaw({
  id: "sde.ve.kernel",
  title: "The VE kernel keeps the data and has the geometric standard deviation of its convention.",
  families: ["ve-sde", "ve-sde-exact"],
  statement: [
    String.raw`\alpha_t = 1,\qquad \sigma_t = \sigma_{\min}\left(\tfrac{\sigma_{\max}}{\sigma_{\min}}\right)^t,\qquad g^2 = 2\sigma_t^2\log\tfrac{\sigma_{\max}}{\sigma_{\min}}`,
  ],
  source: [song2021sde("verified", "Eq. 9"), code("score_sde_pytorch")("verified", "sde_lib.VESDE")],
});
