import { AbsentHere } from "#properties/engine/controls";
import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, drawnBy, drawnOnce, streamOf } from "#properties/textbook/discrete";
import { exitOf, exponential, type Jump, jumping, type Start, stateBy, thinned, timeOf } from "#properties/textbook/jumps";
import {
  absorbingChain,
  absorbingProcess,
  linearClock,
  type Process,
  randomProcess,
  rates,
  uniformProcess,
} from "#properties/textbook/process";
import { normalise } from "#spec/categorical/table";
import { firstJumps, simulatedPaths } from "#spec/ctmc/gillespie";
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
      const ends = new Float64Array(count);
      for (let i = 0; i < count; i++) ends[i] = path(x, s, t, (k) => drawn(k % 24, i));
      return { states: tensor(ends) };
    },
  }));

/** Gillespie's algorithm on the clock ∫β, where the rates are constant: holding times, then jumps. `stretch` and `leaves` go wrong. */
const gillespie = (stretch = 1, { jump = (row: Float64Array) => row, until = (total: number) => total } = {}): RawMethods => {
  const matrix = base().rate?.(0) ?? new Float64Array(0);
  const clock = linearClock();
  const unit = matrix.map((r) => r / clock.rate(0));
  const states = Array.from({ length: K }, (_, state) => {
    const row = unit.slice(state * K, (state + 1) * K);
    const exit = -(row[state] ?? 0);
    row[state] = 0;
    const law = jump(row).map((r) => Math.max(r, 0));
    const total = law.reduce((a, b) => a + b, 0);
    return { exit, law: law.map((r) => r / total) };
  });
  return simulated((x, s, t, draw) => {
    let state = x;
    let left = until(clock.total(t) - clock.total(s));
    for (let k = 0; k < 22; k += 2) {
      const { exit = Number.NaN, law = new Float64Array(K) } = states[state] ?? {};
      left -= (stretch * -Math.log1p(-draw(k))) / exit;
      if (left < 0) break;
      state = drawnOnce(law, draw(k + 1));
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
          return drawnOnce(row.subarray(x * K, (x + 1) * K), draw(0));
        });
      },
    },
  ],
});

const mild = linearClock(1, 2.5);
const steady = (): Process => randomProcess(K, mild);

const steadily = (first: (start: Start) => Jump | null): RawMethods => {
  const unit =
    steady()
      .rate?.(0)
      .map((r) => r / mild.rate(0)) ?? new Float64Array(0);
  return jumping(steady(), first, (x, r) => unit.slice(x * K, (x + 1) * K).map((rate) => rate * mild.rate(r)));
};

/** Mostly one up at the beginning of time, mostly one down at its end, round a circle. */
const turning = (): Process => {
  const towards = (by: number): Float64Array => rates(K, (x, y) => ((y - x + K) % K === by ? 1.5 : 0.5));
  const [up, down] = [towards(1), towards(K - 1)];
  return { ...steady(), rate: (t) => up.map((r, k) => (1 - t) * r + t * (down[k] ?? 0)) };
};

interface Inverted {
  /** What holding times, on the clock, are multiplied by. */
  readonly stretch?: number;
  readonly next?: (row: Float64Array, x: number, u: number) => number;
  /** The number that chooses the state, from that of the time and the chance of a jump. */
  readonly choose?: (fresh: () => number, u: number, gone: number) => number;
}

/** One exponential number on the clock ∫β, and one choice. */
const inverted =
  ({ stretch = 1, next = stateBy, choose = (fresh) => fresh() }: Inverted = {}) =>
  ({ x, s, t, row, draw }: Start): Jump | null => {
    const exit = exitOf(row(s), x) / mild.rate(s);
    const u = draw();
    const time = exit === 0 ? null : timeOf(mild, s, t, (stretch * exponential(u)) / exit);
    const gone = -Math.expm1((-exit * (mild.total(t) - mild.total(s))) / stretch);
    return time === null ? null : { time, state: next(row(time), x, choose(draw, u, gone)) };
  };

/** One exponential number for each other state: the first wins. */
const raced = ({ x, s, t, row, draw }: Start): Jump | null => {
  let best: Jump | null = null;
  for (const [state, rate] of row(s).entries()) {
    if (state === x || rate === 0) continue;
    const time = timeOf(mild, s, best?.time ?? t, (mild.rate(s) * exponential(draw())) / rate);
    if (time !== null) best = { time, state };
  }
  return best;
};

export const firstJumpsProperty: Property = property(firstJumps, {
  accepts: [
    { name: "the clock inverted", methods: () => steadily(inverted()) },
    { name: "thinning", methods: () => steadily(thinned()) },
    { name: "a race of all states", methods: () => steadily(raced) },
    { name: "rates that do not commute", methods: () => jumping(turning(), thinned()) },
    { name: "from a mask nothing leads away", methods: () => jumping(absorbingProcess(3, 1), thinned()) },
    { name: "two states, fast", methods: () => jumping(uniformProcess(2, linearClock(20, 40)), thinned()) },
  ],
  rejects: [
    {
      name: "holding times too long",
      because: "times between jumps have a mean that is an eighth too large",
      plausible: true,
      methods: () => steadily(inverted({ stretch: 9 / 8 })),
    },
    {
      name: "one number for time and state",
      because: "what is left of the number that chose the time chooses the state",
      plausible: true,
      methods: () => steadily(inverted({ choose: (_, u, gone) => Math.min(u / gone, 1 - 2 ** -24) })),
    },
    {
      name: "bound of the beginning",
      because: "thinning proposes at the exit rate of the start, which is no bound where rates rise",
      plausible: true,
      methods: () => steadily(thinned({ bound: ({ row, s, x }) => exitOf(row(s), x) })),
    },
    {
      name: "jumps to all states alike",
      because: "the next state is drawn without regard to its rate",
      plausible: true,
      methods: () =>
        jumping(
          steady(),
          inverted({
            next: (row, x, u) =>
              stateBy(
                row.map(() => 1),
                x,
                u,
              ),
          }),
        ),
    },
    {
      name: "rates of the beginning",
      because: "the next state is drawn by the rates that held when the last was entered",
      plausible: true,
      beside: "rates that do not commute",
      methods: () => jumping(turning(), thinned({ rates: ({ row, s }) => row(s) })),
    },
    {
      name: "self-jumps counted",
      because: "a proposal that is not taken counts as a jump to the same state",
      plausible: false,
      methods: () => steadily(thinned({ bound: () => 6, refused: (time, state) => ({ time, state }) })),
    },
    {
      name: "times on a grid",
      because: "jumps are reported at the next of 16 grid times of the window",
      plausible: false,
      methods: () =>
        steadily((start) => {
          const jump = inverted()(start);
          const cell = (start.t - start.s) / 16;
          return jump === null ? null : { ...jump, time: start.s + cell * Math.ceil((jump.time - start.s) / cell) };
        }),
    },
  ],
});
