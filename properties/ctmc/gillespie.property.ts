import { AbsentHere } from "#properties/engine/controls";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, drawnBy, streamOf } from "#properties/textbook/discrete";
import { absorbingChain, linearClock, type Process, randomProcess } from "#properties/textbook/process";
import { normalise } from "#spec/categorical/table";
import { simulatedPaths } from "#spec/ctmc/gillespie";
import { uniforms } from "#spec/stream";
import { type Fields, number, tensor } from "#spec/tensor";

const K = 4;
const base = (): Process => randomProcess(K);

/** Paths by some way of simulating them. */
const simulated = (path: (x: number, s: number, t: number, draw: (k: number) => number) => number, process: Process = base()): RawMethods =>
  discreteBook({ process }, () => ({
    paths: (args: Fields) => {
      // Data are the states at time 0.
      const [x, s, t, count] = [number(args, "x"), args["s"] === null ? 0 : number(args, "s"), number(args, "t"), number(args, "count")];
      // Most paths end after a few jumps: later columns are drawn for those that come to them.
      const columns = new Map<number, Float64Array>();
      const drawn = (k: number, i: number): number => {
        const column = columns.get(k) ?? uniforms(streamOf(args), k, count);
        columns.set(k, column);
        return column[i] ?? 0;
      };
      return { states: tensor(Float64Array.from({ length: count }, (_, i) => path(x, s, t, (k) => drawn(k % 24, i)))) };
    },
  }));

/** Gillespie's algorithm on the clock ∫β, where the rates are constant: holding times, then jumps. `stretch` and `leaves` go wrong. */
const gillespie = (stretch = 1, { jump = (row: Float64Array) => row, until = (total: number) => total } = {}): RawMethods => {
  const matrix = base().rate?.(0) ?? new Float64Array(0);
  const clock = linearClock();
  const unit = matrix.map((r) => r / clock.rate(0));
  return simulated((x, s, t, draw) => {
    let state = x;
    let left = until(clock.total(t) - clock.total(s));
    for (let k = 0; k < 22; k += 2) {
      const row = unit.slice(state * K, (state + 1) * K);
      const exit = -(row[state] ?? 0);
      left -= (stretch * -Math.log1p(-draw(k))) / exit;
      if (left < 0) break;
      row[state] = 0;
      const law = jump(row).map((r) => Math.max(r, 0));
      const total = law.reduce((a, b) => a + b, 0);
      state =
        drawnBy(
          law.map((r) => r / total),
          Float64Array.of(draw(k + 1)),
        )[0] ?? state;
    }
    return state;
  });
};

/** Masks drawn by the kernel, with a floor under its probabilities and another one declared. */
const floored = (floor: number, declared: number): RawMethods => {
  const process = absorbingChain();
  return discreteBook({ process, declares: { floor: declared } }, () => ({
    paths: (args: Fields) => {
      if (args["s"] !== null) throw new AbsentHere("data are noised, and nothing else");
      const [x, n] = [number(args, "x"), process.classes];
      const row = process.transition(null, number(args, "t")).slice(x * n, (x + 1) * n);
      return { states: tensor(drawnBy(normalise(row.map((p) => p + floor)), uniforms(streamOf(args), 0, number(args, "count")))) };
    },
  }));
};

export const simulatedPathsProperty: Property = property(simulatedPaths, {
  accepts: [
    { name: "by the kernel", methods: () => discreteBook({ process: base() }) },
    { name: "Gillespie on the clock", methods: () => gillespie() },
    { name: "a declared floor", methods: () => floored(1e-3, 1e-3) },
    { name: "a floor that is declared and not added", methods: () => floored(0, 1e-3) },
  ],
  rejects: [
    {
      name: "holding times too long",
      because: "times between jumps have a mean that is a sixth too large",
      plausible: true,
      methods: () => gillespie(7 / 6),
    },
    {
      name: "more than the declared floor",
      because: "the floor under probabilities is 10⁻³, the documentation says 10⁻⁶",
      plausible: false,
      methods: () => floored(1e-3, 1e-6),
    },
    {
      name: "jumps to all states alike",
      because: "the next state is drawn without regard to its rate",
      plausible: true,
      methods: () => gillespie(1, { jump: (row) => row.map((r) => (r > 0 ? 1 : 0)) }),
    },
    {
      name: "jumps that may stay",
      because: "one jump in K leads back to where it began",
      plausible: false,
      methods: () => gillespie(K / (K - 1)),
    },
    {
      name: "rate at the beginning",
      because: "β of the beginning stands for its mean over the span",
      plausible: false,
      methods: () => {
        const clock = linearClock();
        const process = base();
        return simulated((x, s, t, draw) => {
          const row = process.transition(s, s + ((t - s) * clock.rate(s)) / clock.rate((s + t) / 2));
          return drawnBy(row.subarray(x * K, (x + 1) * K), Float64Array.of(draw(0)))[0] ?? x;
        });
      },
    },
  ],
});
