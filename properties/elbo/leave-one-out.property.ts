import { between, flooredLaws, loss, only, smoothedLaw, withLaw } from "#properties/elbo/steps";
import { type Property, property } from "#properties/engine/property";
import { cleanAt, mixtureStep, plugInStep } from "#properties/textbook/elbo-jump";
import { normalise } from "#spec/categorical/table";
import { leaveOneOutLeast } from "#spec/elbo/leave-one-out";

const { log } = Math;

export const leaveOneOutLeastProperty: Property = property(leaveOneOutLeast, {
  accepts: [
    { name: "textbook", methods: () => loss() },
    { name: "two states", methods: () => loss({}, 2) },
    { name: "mixtures alone", methods: () => only("step-kl-mixture") },
    { name: "plug-in alone", methods: () => only("step-kl-plugin") },
    {
      name: "cross-entropy less entropy",
      methods: between((q, p) => q.reduce((sum, mass, k) => sum + (mass === 0 ? 0 : mass * log(mass) - mass * log(p[k] ?? 0)), 0)),
    },
  ],
  rejects: [
    {
      name: "rules exchanged",
      because: "Bayes' rule with the law in place of the token where the mean of posteriors is meant: each is held to the other's denoiser",
      plausible: false,
      methods: () => loss({ "step-kl-plugin": mixtureStep, "step-kl-mixture": plugInStep }),
    },
    {
      name: "prediction at another state",
      because: "the model is asked at x₀ where it should be asked at the noisy state",
      precedent: "DD-06",
      plausible: false,
      methods: withLaw((row) => cleanAt(row, row.at("x0"))),
    },
    smoothedLaw,
    {
      name: "temperature of the prediction",
      because: "the prediction's logits are divided by 1.01 inside the loss",
      plausible: true,
      methods: withLaw((row) => normalise(cleanAt(row, row.at("xt")).map((p) => p ** (1 / 1.01)))),
    },
    flooredLaws,
    {
      name: "directions exchanged",
      because: "the divergence of the model's step from the posterior, which is not least at the mean",
      plausible: false,
      methods: between((q, p) => p.reduce((sum, mass, k) => sum + (mass === 0 ? 0 : mass * log(mass / Math.max(q[k] ?? 0, 1e-6))), 0)),
    },
    {
      name: "in bits",
      because: "the divergences are computed to base 2",
      plausible: false,
      methods: () =>
        loss({ "step-kl-plugin": (row) => plugInStep(row) / Math.LN2, "step-kl-mixture": (row) => mixtureStep(row) / Math.LN2 }),
    },
  ],
});
