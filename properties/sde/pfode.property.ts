import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, straight, veSde, vpSde } from "#properties/textbook/chain";
import {
  type Advance,
  drifting,
  flowOf,
  heun,
  likelihood,
  logNormal,
  momentsOf,
  reverseDrift,
  sdeOf,
  shifted,
  subvpSde,
} from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { asked, borrowed } from "#properties/textbook/wrong";
import { predict } from "#spec/oracle";
import { flowLikelihood, gaussianFlow } from "#spec/sde/pfode";

const vp = vpSde();

export const gaussianFlowProperty: Property = property(gaussianFlow, {
  accepts: [
    { name: "textbook", methods: () => book({ chain: vp }) },
    {
      name: "stretch about the mean",
      methods: () =>
        book({ chain: vp }, () =>
          drifting(vp, ({ model, x, t, level: { alpha, sigma } }) => {
            const { mean: m, variance: v } = momentsOf(model);
            const { alphaRate, sigmaRate } = vp.rates?.(t) ?? { alphaRate: Number.NaN, sigmaRate: Number.NaN };
            const spread = Math.hypot(alpha * Math.sqrt(v), sigma);
            return alphaRate * m + ((alpha * alphaRate * v + sigma * sigmaRate) / spread) * ((x - alpha * m) / spread);
          }),
        ),
    },
    { name: "straight path", methods: () => book({ chain: straight() }) },
    { name: "exploding SDE", methods: () => book({ chain: veSde() }) },
    { name: "sub-VP SDE", methods: () => book({ chain: subvpSde() }) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "the drift at the next of a thousand times",
      plausible: true,
      methods: () => book({ chain: vp }, borrowed(book({ chain: shifted(vp, 1e-3) }), "drift")),
    },
    {
      name: "another β_max",
      because: "drift and diffusion of a schedule that ends at 20.1",
      plausible: true,
      methods: () => book({ chain: vp }, () => drifting(vp, (point) => reverseDrift(point, sdeOf(vpSde(0.1, 20.1), point.t)))),
    },
    {
      name: "score of the mean alone",
      because: "the noised variance leaves out that of the data: α²v + σ² becomes σ²",
      plausible: false,
      methods: () =>
        book({ chain: vp }, () =>
          drifting(vp, (point, sde) =>
            reverseDrift({ ...point, model: { name: "point", point: Float64Array.of(momentsOf(point.model).mean) } }, sde),
          ),
        ),
    },
    {
      name: "drift of the reverse SDE",
      because: "the whole g²·score where half belongs to the ODE",
      plausible: false,
      methods: () =>
        book(
          { chain: vp },
          asked("drift", () => ({ lambda: 1 })),
        ),
    },
    {
      name: "noise for score",
      because: "ε̂ where the score −ε̂/σ belongs",
      plausible: false,
      methods: () =>
        book({ chain: vp }, () =>
          drifting(vp, ({ model, x, j, level }, { f, g2 }) => f * x - 0.5 * g2 * -predict(model, x, level.alpha, level.sigma, j).eps),
        ),
    },
  ],
});

const chain = straight();

/** Order 2, and what is changed of it. */
const claiming = (of: Chain, made: RawMethods = likelihood(of)): RawMethods => book({ chain: of, claims: { order: 2 } }, () => made);

/** Starts at 10⁻⁵, where the noise is still invisible. */
const clipped: Chain = { ...vp, time: { kind: "interval", first: 1e-5, last: 1, clean: "first" } };

const midpoint: Advance = (flow, x, t, h) => flow(x + (h / 2) * flow(x, t).v, t + h / 2);
const euler: Advance = (flow, x, t) => flow(x, t);

/** The state by the trapezoid, the divergence by its value at the start of the step. */
const lazy: Advance = (flow, x, t, h) => ({ v: heun(flow, x, t, h).v, divergence: flow(x, t).divergence });

export const flowLikelihoodProperty: Property = property(flowLikelihood, {
  accepts: [
    { name: "textbook", methods: () => claiming(chain) },
    { name: "midpoint rule", methods: () => claiming(chain, likelihood(chain, { advance: midpoint })) },
    {
      name: "VP SDE with the prior of its limit",
      methods: () => claiming(clipped, likelihood(clipped, { prior: (x) => logNormal(x, 1) })),
    },
    { name: "exploding SDE with a prior of mean 0", methods: () => claiming(veSde()) },
  ],
  rejects: [
    {
      name: "Euler's rule",
      because: "order 1 where 2 is claimed",
      plausible: false,
      methods: () => claiming(chain, likelihood(chain, { advance: euler })),
    },
    {
      name: "divergence at the start of the step",
      because: "the integral of the divergence has order 1",
      plausible: true,
      methods: () => claiming(chain, likelihood(chain, { advance: lazy })),
    },
    {
      name: "flow one index early",
      because: "velocity and divergence are those of the time before, of a thousand",
      plausible: true,
      methods: () => claiming(chain, likelihood(chain, { flow: flowOf(shifted(chain, -1e-3)) })),
    },
    {
      name: "divergence with the wrong sign",
      because: "the change of variables is applied the other way",
      plausible: false,
      methods: () => claiming(chain, likelihood(chain, { sign: -1 })),
    },
    {
      name: "prior without its constant",
      because: "½log 2π is left out of the normal density",
      plausible: false,
      methods: () => claiming(chain, likelihood(chain, { prior: (x) => -(x ** 2) / 2 })),
    },
    {
      name: "prior of unit variance",
      because: "the exploding SDE ends at σ_max, not at 1",
      plausible: false,
      methods: () => claiming(veSde(), likelihood(veSde(), { prior: (x) => logNormal(x, 1) })),
    },
  ],
});
