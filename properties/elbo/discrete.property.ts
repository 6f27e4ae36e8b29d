import { between, flooredLaws, loss, only, smoothedLaw, withLaw } from "#properties/elbo/steps";
import { type Property, property } from "#properties/engine/property";
import { categoricalKl, cleanAt, mixtureStep, plugInStep } from "#properties/textbook/elbo-jump";
import { discreteTight } from "#spec/elbo/discrete";

const { log } = Math;

export const discreteTightProperty: Property = property(discreteTight, {
  accepts: [
    { name: "textbook", methods: () => loss() },
    { name: "two states", methods: () => loss({}, 2) },
    { name: "mixtures alone", methods: () => only("categorical-kl", "step-kl-mixture") },
    { name: "plug-in alone", methods: () => only("categorical-kl", "step-kl-plugin") },
    {
      name: "cross-entropy less entropy",
      methods: between((q, p) => q.reduce((sum, mass, k) => sum + (mass === 0 ? 0 : mass * log(mass) - mass * log(p[k] ?? 0)), 0)),
    },
  ],
  rejects: [
    {
      name: "network sees the data",
      because: "the model is asked at x₀ where it should be asked at the noisy state",
      precedent: "DD-06",
      plausible: false,
      methods: withLaw((row) => cleanAt(row, row.at("x0"))),
    },
    {
      name: "directions exchanged",
      because: "the divergence of the model's step from the posterior",
      plausible: false,
      methods: between((q, p) => p.reduce((sum, mass, k) => sum + (mass === 0 ? 0 : mass * log(mass / Math.max(q[k] ?? 0, 1e-6))), 0)),
    },
    flooredLaws,
    smoothedLaw,
    {
      name: "prior dropped",
      because: "the last state is taken to tell nothing of the data",
      plausible: false,
      methods: () => loss({ "categorical-kl": () => 0 }),
    },
    {
      name: "rules exchanged",
      because: "the mean of posteriors is computed where Bayes' rule with the law in place of the token is meant, and the other way round",
      plausible: false,
      methods: () => loss({ "step-kl-plugin": mixtureStep, "step-kl-mixture": plugInStep }),
    },
    {
      name: "prior in bits",
      because: "the prior term is computed to base 2",
      plausible: false,
      methods: () => loss({ "categorical-kl": ({ all }) => categoricalKl(all("p"), all("q")) / Math.LN2 }),
    },
  ],
});
