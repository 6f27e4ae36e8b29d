/**
 * The textbook in binary32, as raw methods: every operation rounds once. `peer.py` has the same functions in numpy float32.
 *
 * A variance-preserving chain with β from 1e-4 to 0.02 in 1,000 steps; samplers take ten of them, and end on clean data.
 */

import type { RawMethods } from "#properties/engine/property";
import { type Fields, number, tensor, vector } from "#spec/tensor";

const round = Math.fround;
const T = 1000;
const steps = 10;

interface Tables {
  readonly alpha: Float64Array;
  readonly sigma: Float64Array;
}

/** Amplitudes √ᾱ and √(1 − ᾱ) of all indices, rounded to storage once. */
function tables(): Tables {
  let abar = 1;
  const survived = Float64Array.from({ length: T }, (_, k) => (abar *= 1 - (1e-4 + (0.0199 * k) / (T - 1))));
  return { alpha: survived.map((a) => round(Math.sqrt(a))), sigma: survived.map((a) => round(Math.sqrt(1 - a))) };
}

/** v as data and noise: x̂₀ = αx − σv, ε̂ = σx + αv. */
export function parameterisation(): RawMethods {
  const { alpha, sigma } = tables();
  const facts: Fields = { time: { kind: "index", first: 0, last: T - 1, clean: "first" }, level: "alpha-sigma", scale: "vp", output: "v" };
  return {
    facts: () => facts,
    levels: ({ t }) => {
      const times = vector({ t: t ?? null }, "t");
      return { alpha: tensor(times.map((k) => alpha[k] ?? Number.NaN)), sigma: tensor(times.map((k) => sigma[k] ?? Number.NaN)) };
    },
    convert: (args) => {
      const [v, x] = [vector(args, "value"), vector(args, "xt")];
      const k = number(args, "t");
      const [a, s] = [alpha[k] ?? Number.NaN, sigma[k] ?? Number.NaN];
      const [ofState, ofOutput] = args["target"] === "x0" ? [a, -s] : [s, a];
      const value = new Float64Array(x.length);
      for (let j = 0; j < value.length; j++) value[j] = round(round(ofState * round(x[j] ?? 0)) + round(ofOutput * round(v[j] ?? 0)));
      return { value: tensor(value, undefined, "f32") };
    },
  };
}

/** Coefficients of one DDPM step from level t to level s, c₀x̂₀ + cₜx + √β̃·z; the same for all coordinates, as in the peer. */
function ddpm([at, st]: readonly [number, number], [as, ss]: readonly [number, number]): readonly [c0: number, ct: number, std: number] {
  const ratio = round(at / as);
  const [before, after] = [round(ss * ss), round(st * st)];
  const step = round(after - round(round(ratio * ratio) * before));
  const c0 = round(round(as * step) / after);
  const ct = round(round(ratio * before) / after);
  return [c0, ct, round(round(round(Math.sqrt(step)) * ss) / st)];
}

/** Ancestral steps on ten indices, for models that predict x₀. */
export function posterior(): RawMethods {
  const all = tables();
  const times = Float64Array.from({ length: steps }, (_, k) => T - 1 - (k * T) / steps);
  const alpha = Float64Array.of(...times.map((k) => all.alpha[k] ?? Number.NaN), 1);
  const sigma = Float64Array.of(...times.map((k) => all.sigma[k] ?? Number.NaN), 0);
  const facts: Fields = {
    time: { kind: "index", first: 0, last: T - 1, clean: "first" },
    level: "alpha-sigma",
    scale: "vp",
    output: "x0",
    sampler: { noise: "marginal", posterior: true },
  };
  const grid: Fields = { times: tensor(times), alpha: tensor(alpha), sigma: tensor(sigma), asked: steps, clock: "exact", scale: 1 };
  const level = (k: number): readonly [number, number] => [alpha[k] ?? Number.NaN, sigma[k] ?? Number.NaN];
  return {
    facts: () => facts,
    grid: () => grid,
    run: (args) => {
      const start = vector(args, "start");
      const first = number(args, "first");
      const oracle = args["oracle"] as Fields;
      if (oracle["name"] !== "pair" || number(args, "count") !== 1) throw new Error("bench: one step of a constant pair");
      const x0 = vector(oracle, "x0");
      const [c0, ct, std] = ddpm(level(first), level(first + 1));
      const d = start.length;
      const [inputs, data, states] = [new Float64Array(d), new Float64Array(d), new Float64Array(2 * d)];
      for (let j = 0; j < d; j++) {
        const [x, predicted] = [round(start[j] ?? 0), round(x0[x0.length === 1 ? 0 : j] ?? Number.NaN)];
        inputs[j] = x;
        data[j] = predicted;
        states[j] = x;
        states[d + j] = round(round(c0 * predicted) + round(ct * x));
      }
      const last = (sigma[first + 1] ?? 0) === 0;
      // The unit vector of the only draw: a coefficient for the first coordinate, zero for all others.
      if ((args["draws"] as Fields)["mode"] === "basis" && !last) states[d] = round((states[d] ?? 0) + std);
      return { states: tensor(states), inputs: tensor(inputs), outputs: tensor(data), drawn: tensor(Float64Array.of(last ? 0 : 1)) };
    },
  };
}

/** cos((t + s)/(1 + s)·π/2) with s = 0.008. */
const fallen = (t: number): number => round(Math.cos(round((round(t + 0.008) / 1.008) * (Math.PI / 2))));

/** The cosine schedule at any time: ᾱ(t) = f(t)/f(0), clamped as the class that publishes it does. */
export function cosineAmplitudes(): RawMethods {
  const facts: Fields = {
    time: { kind: "interval", first: 0, last: 1, clean: "first" },
    level: "alpha-sigma",
    form: { family: "abar-cosine-clamped" },
  };
  return {
    facts: () => facts,
    levels: (args) => {
      const abar = vector(args, "t").map((t) => {
        const ratio = round(fallen(t) / fallen(0));
        return Math.min(Math.max(round(ratio * ratio), round(0.0001)), round(1 - 0.0001));
      });
      return { alpha: tensor(abar.map((a) => round(Math.sqrt(a)))), sigma: tensor(abar.map((a) => round(Math.sqrt(round(1 - a))))) };
    },
  };
}

/** The cosine schedule as a table of β. */
export function cosineTable(length: number): RawMethods {
  const facts: Fields = {
    time: { kind: "index", first: 0, last: length - 1, clean: "first" },
    level: "alpha-sigma",
    form: { family: "beta-cosine", T: length },
  };
  // In binary64, rounded to storage once: in binary32 the differences of neighbours have no digits left.
  const cos = (t: number): number => Math.cos(((t + 0.008) / 1.008) * (Math.PI / 2));
  return {
    facts: () => facts,
    tables: () => ({
      beta: tensor(Float64Array.from({ length }, (_, k) => round(Math.min(1 - (cos((k + 1) / length) / cos(k / length)) ** 2, 0.999)))),
    }),
  };
}
