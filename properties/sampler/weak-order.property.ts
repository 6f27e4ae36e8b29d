import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, vpSde } from "#properties/textbook/chain";
import { sdeOf } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { ancestral, ddimEta, type Stepper, spaced } from "#properties/textbook/sampler";
import { posteriorWith, splitting } from "#properties/textbook/steppers";
import { type Level, posteriorOf } from "#properties/textbook/values";
import { weakOrder } from "#spec/sampler/sde";

const claims = { noise: "marginal" };

const stepping = (stepper: Stepper, chain: Chain = vpSde()): RawMethods => book({ chain, stepper, claims });

/** Euler–Maruyama on the reverse SDE: x moves by −(fx − weight·g²·score)h and noise of size `spread`. */
const eulerMaruyama =
  (weight = 1, spread: (g2: number, h: number) => number = (g2, h) => Math.sqrt(g2 * h)): Stepper =>
  ({ x, eps, from, k, total, noise }) => {
    const chain = vpSde();
    const times = spaced(chain, total);
    const [t = 0, s = 0] = [times[k], times[k + 1]];
    const { f, g2 } = sdeOf(chain, t);
    const z = noise();
    return x.map(
      (value, j) => value - (t - s) * (f * value + (weight * g2 * (eps[j] ?? 0)) / from.sigma) + spread(g2, t - s) * (z[j] ?? 0),
    );
  };

const eta = 0.9;

/** DDIM with most of the posterior's noise, of which `share` is drawn; the direction makes room for all of it. */
const drawnBy =
  (share: (to: Level) => number): Stepper =>
  (step) => {
    const most = (s: Level, t: Level): number => eta * Math.sqrt(posteriorOf(s, t).variance);
    return splitting(
      (s, t) => share(s) * most(s, t),
      (to) => Math.sqrt(to.sigma ** 2 - most(to, step.from) ** 2),
    )(step);
  };

export const weakOrderProperty: Property = property(weakOrder, {
  accepts: [
    { name: "most of the noise", methods: () => stepping(ddimEta(eta)) },
    { name: "ancestral", methods: () => stepping(ancestral) },
    { name: "variance of the step", methods: () => stepping(posteriorWith((s, t) => Math.sqrt(posteriorOf(s, t).step))) },
    { name: "Euler–Maruyama", methods: () => stepping(eulerMaruyama()) },
  ],
  rejects: [
    {
      name: "truncated noise",
      because: "draws are cut off at 2.5 standard deviations, which leaves 0.954 of one",
      plausible: true,
      methods: () => stepping(drawnBy(() => 0.954)),
    },
    {
      name: "share of the variance",
      because: "η scales the variance that is drawn, and the standard deviation that is made room for",
      plausible: true,
      methods: () => stepping(drawnBy(() => 1 / Math.sqrt(eta))),
    },
    {
      name: "noise on a range",
      because: "below σ/α = 1 nothing is drawn, although the mean makes room for it",
      plausible: false,
      methods: () => stepping(drawnBy(({ alpha, sigma }) => (sigma > alpha ? 1 : 0))),
    },
    {
      name: "step for its root",
      because: "g·dt multiplies the noise where g·√dt belongs",
      plausible: false,
      methods: () => stepping(eulerMaruyama(1, (g2, h) => Math.sqrt(g2) * h)),
    },
    {
      name: "score of the flow",
      because: "½g² multiplies the score, as in the probability flow, although noise is drawn",
      plausible: false,
      methods: () => stepping(eulerMaruyama(0.5)),
    },
    {
      name: "variance for standard deviation",
      because: "β̃ multiplies the noise, not its root",
      precedent: "LR-14",
      plausible: false,
      methods: () => stepping(posteriorWith((s, t) => posteriorOf(s, t).variance)),
    },
  ],
});
