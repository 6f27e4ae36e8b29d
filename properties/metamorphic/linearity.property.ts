import { type Property, property, type RawMethods } from "#properties/engine/property";
import { landingLate, late } from "#properties/sampler/ddim.property";
import { straight, vpSde } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { ancestral, ddim, type Step, type Stepper } from "#properties/textbook/sampler";
import { dpm1, dpm2m, dpm2s, eulerSigma, halved, trip } from "#properties/textbook/steppers";
import { data } from "#properties/textbook/values";
import { asked, borrowed } from "#properties/textbook/wrong";
import { stepLinear } from "#spec/metamorphic/linearity";
import { stepSymmetric } from "#spec/metamorphic/orthogonal";
import { stepScales } from "#spec/metamorphic/scale-translation";
import { bfloat16, binary16 } from "#spec/number/format";
import { type Fields, tensor } from "#spec/tensor";

/** DDIM whose data prediction is changed, coordinate by coordinate; the noise follows from the state. */
const guessing =
  (changed: (x0: number, j: number, step: Step) => number): Stepper =>
  (step) => {
    const { x, x0, from } = step;
    const guess = x0.map((value, j) => changed(value, j, step));
    return ddim({ ...step, x0: guess, eps: x.map((value, j) => (value - from.alpha * (guess[j] ?? 0)) / from.sigma) });
  };

/** DDIM whose next state is changed. */
const stored =
  (changed: (x: number, j: number, all: Float64Array) => number): Stepper =>
  (step) =>
    ddim(step).map((value, j, all) => changed(value, j, all));

const stepping = (stepper: Stepper): RawMethods => book({ stepper });

const right = [
  { name: "DDIM", methods: () => book() },
  { name: "Euler on x/α", methods: () => stepping(eulerSigma) },
  { name: "solver in v", methods: () => book({ output: "v" as const, stepper: dpm2m() }) },
  {
    name: "midpoint",
    methods: () => book({ chain: vpSde(), claims: { stages: 2 } }, () => trip({ route: halved(vpSde()), stepper: dpm2s() })),
  },
  { name: "ancestral, with its noise switched off", methods: () => book({ stepper: ancestral, claims: { noise: "marginal" } }) },
];

const norm = (x: Float64Array): number => Math.hypot(...x);

export const stepLinearProperty: Property = property(stepLinear, {
  accepts: right,
  rejects: [
    {
      name: "hidden clipping",
      because: "x̂₀ is clipped to [−1, 1] by default, and no option of that name is declared",
      plausible: false,
      methods: () => stepping(guessing((x0) => Math.min(Math.max(x0, -1), 1))),
    },
    {
      name: "state in half precision",
      because: "the next state is stored in binary16",
      plausible: true,
      methods: () => stepping(stored((x) => binary16.round(x))),
    },
    {
      name: "output in bfloat16",
      because: "the data prediction is formed in bfloat16",
      plausible: true,
      methods: () => stepping(guessing((x0) => bfloat16.round(x0))),
    },
    {
      name: "grey levels off centre",
      because: "x̂₀ is moved by half a grey level of 256, as if data were counted from 0",
      plausible: true,
      methods: () => stepping(stored((x) => x + 1 / 256)),
    },
    {
      name: "state renormalised",
      because: "the next state is given the length of the last, as for guidance that is rescaled",
      plausible: false,
      methods: () => stepping((step) => scaled(ddim(step), norm(step.x))),
    },
  ],
});

function scaled(x: Float64Array, size: number): Float64Array {
  const own = norm(x);
  return own === 0 ? x : x.map((value) => (value * size) / own);
}

export const stepSymmetricProperty: Property = property(stepSymmetric, {
  accepts: [...right, { name: "clipped to a symmetric range", methods: () => stepping(guessing((x0) => Math.min(Math.max(x0, -1), 1))) }],
  rejects: [
    {
      name: "clipped to one side",
      because: "x̂₀ is clipped to [0, 1], the range of pictures",
      plausible: false,
      methods: () => stepping(guessing((x0) => Math.min(Math.max(x0, 0), 1))),
    },
    {
      name: "factor per channel",
      because: "the second half of the coordinates is scaled by another channel's standard deviation",
      plausible: true,
      methods: () => stepping(stored((x, j, all) => (2 * j < all.length ? x : 1.01 * x))),
    },
    {
      name: "neighbour mixed in",
      because: "a coordinate takes a hundredth of the next one, as after a resampling by half a point",
      plausible: true,
      methods: () => stepping(stored((x, j, all) => 0.99 * x + 0.01 * (all[j + 1] ?? x))),
    },
    {
      name: "rounded down",
      because: "states are cut to multiples of 1/256 towards −∞, not towards 0",
      plausible: true,
      methods: () => stepping(stored((x) => Math.floor(x * 256) / 256)),
    },
    {
      name: "grey levels off centre",
      because: "the state is moved by half a grey level of 256",
      plausible: true,
      methods: () => stepping(stored((x) => x + 1 / 256)),
    },
  ],
});

/** A state whose noise level is guessed from its own size, instead of being known. */
const estimated: Stepper = (step) => {
  const { x, eps, from } = step;
  const size = Math.hypot(...x) / Math.sqrt(x.length);
  return ddim({ ...step, x0: x.map((value, j) => (value - size * from.sigma * (eps[j] ?? 0)) / from.alpha) });
};

export const stepScalesProperty: Property = property(stepScales, {
  accepts: [
    { name: "DDIM", methods: () => book() },
    { name: "Euler on x/α", methods: () => stepping(eulerSigma) },
    { name: "data predicted", methods: () => book({ output: "x0", stepper: dpm1("x0") }) },
    { name: "straight path", methods: () => book({ chain: straight(), output: "noise-minus-data" }) },
  ],
  rejects: [
    {
      name: "one index late",
      because: "states are read and written with the levels of t + 1",
      plausible: true,
      methods: () => book({}, borrowed(book({ chain: late() }), "run")),
    },
    {
      name: "landing late",
      because: "the step lands on the level of t + 1: scales are kept, moves are not",
      plausible: true,
      methods: () => stepping(landingLate()),
    },
    {
      name: "level guessed from the state",
      because: "the noise level is estimated from the size of the state",
      precedent: "KO-01",
      plausible: false,
      methods: () => stepping(estimated),
    },
    {
      name: "small values dropped",
      because: "what is below 10⁻³ is taken for rounding and set to 0",
      plausible: true,
      methods: () => stepping(stored((x) => (Math.abs(x) < 1e-3 ? 0 : x))),
    },
    {
      name: "centred data",
      because: "the mean of the state is taken away before the step and put back after it",
      plausible: false,
      methods: () => book({}, asked("run", centred)),
    },
  ],
});

/** A start without its mean: data are taken to be centred. */
const centred = ({ start }: Fields): Fields => {
  const x = data(start);
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  return { start: tensor(x.map((value) => value - mean)) };
};
