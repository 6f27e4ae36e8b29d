import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook, drawnBy, drawnOnce, streamOf } from "#properties/textbook/discrete";
import { absorbingProcess, type Process, uniformProcess } from "#properties/textbook/process";
import { cleanLaws, tokensOf } from "#spec/categorical/table";
import { categoricalTail, drawnRuns } from "#spec/sampler/categorical";
import { uniforms } from "#spec/stream";
import { type Fields, number, tensor, vector } from "#spec/tensor";

/** Draws from a law that may be changed, by inversion. */
const drawing = (change: (law: Float64Array) => Float64Array): RawMethods =>
  discreteBook({}, () => ({
    draw: (args: Fields) => ({ states: tensor(drawnBy(change(vector(args, "law")), uniforms(streamOf(args), 0, number(args, "count")))) }),
  }));

const normalised = (law: Float64Array): Float64Array => {
  const total = law.reduce((a, b) => a + b, 0);
  return law.map((p) => p / total);
};

export const categoricalTailProperty: Property = property(categoricalTail, {
  accepts: [
    { name: "inversion", methods: () => discreteBook() },
    { name: "inversion of a law in binary32", methods: () => drawing((law) => normalised(law.map(Math.fround))) },
  ],
  rejects: [
    {
      name: "tail cut off",
      because: "tokens that are 2²⁰ times rarer than the likeliest are never drawn, as in a race of exponentials with coarse uniforms",
      plausible: true,
      methods: () =>
        drawing((law) => {
          const least = law.reduce((top, p) => Math.max(top, p), 0) * 2 ** -20;
          return normalised(law.map((p) => (p < least ? 0 : p)));
        }),
    },
    {
      name: "floor on probabilities",
      because: "10⁻⁶ is added to every token's probability: over the vocabulary it adds up",
      plausible: true,
      methods: () => drawing((law) => normalised(law.map((p) => p + 1e-6))),
    },
    {
      name: "later half rarer",
      because: "the later half of the vocabulary is drawn half as often as it should be",
      plausible: false,
      methods: () => drawing((law) => normalised(law.map((p, k) => (k > law.length / 2 ? p / 2 : p)))),
    },
  ],
});

const K = 3;

interface Loop {
  readonly process?: Process;
  /** The law of one token of the prior. */
  readonly prior?: Float64Array;
  /** Which of the draws of a step, counted over all of its tokens, token `i` of sequence `row` is drawn with. */
  readonly draw?: (i: number, row: number) => readonly [token: number, row: number];
  /** What stays of a run when it is done. */
  readonly last?: (state: number, row: number) => number;
  /** The step whose model is asked in the place of step `k`'s, of `steps`. */
  readonly asked?: (k: number, steps: number) => number;
}

/** Runs by drawing, step after step and token after token; the law of what they should return is the textbook's. */
const drawnLoop = ({
  process = absorbingProcess(K, 1),
  prior = process.stationary,
  draw = (i, row) => [i, row],
  last = (state) => state,
  asked = (k) => k,
}: Loop = {}): RawMethods =>
  discreteBook({ process }, (right) => ({
    runs: (args: Fields) => {
      const [table, steps, count, stream] = [vector(args, "table"), number(args, "steps"), number(args, "count"), streamOf(args)];
      const drawn = (step: number, law: (row: number, i: number) => Float64Array): Float64Array => {
        const columns = [0, 1].map((i) => uniforms(stream, 2 * step + i, count));
        const states = new Float64Array(count);
        for (let row = 0; row < count; row++)
          for (let i = 0; i < 2; i++) {
            const [token, from] = draw(i, row);
            states[row] = (states[row] ?? 0) * K + drawnOnce(law(row, i), columns[token]?.[from] ?? 0);
          }
        return states;
      };
      const nowhere = [0, 1].map(() => new Float64Array(K));
      let states = drawn(0, () => prior);
      for (let k = steps; k > 0; k--) {
        const [s, t] = [(k - 1) / steps, k / steps];
        const toNow = process.transition(null, asked(k, steps) / steps);
        const rows = table
          .map((_, index) => index)
          .reduce((known, index) => {
            const xt = tokensOf(index, 2, K);
            const likelihood = Float64Array.from([...xt].flatMap((x) => [0, 1, 2].map((x0) => toNow[x0 * K + x] ?? 0)));
            const clean = cleanLaws(table, likelihood, 2, K, "posterior");
            const { law } = right["steplaw"]?.({ xt: tensor(xt), clean: tensor(clean), s, t }, {}) ?? {};
            if (law === undefined) return known;
            const both = vector({ law }, "law");
            return known.set(index, [both.subarray(0, K), both.subarray(K)]);
          }, new Map<number, readonly Float64Array[]>());
        const now = states;
        states = drawn(steps - k + 1, (row, i) => (rows.get(now[row] ?? 0) ?? nowhere)[i] ?? prior);
      }
      return { states: tensor(states.map(last)) };
    },
  }));

export const drawnRunsProperty: Property = property(drawnRuns, {
  accepts: [
    { name: "step after step", methods: () => drawnLoop() },
    { name: "by the law", methods: () => discreteBook({ process: absorbingProcess(K, 1) }) },
    { name: "uniform", methods: () => drawnLoop({ process: uniformProcess(K) }) },
  ],
  rejects: [
    {
      name: "one number for all tokens",
      because: "a uniform number is drawn for each sequence and not for each of its tokens",
      plausible: false,
      methods: () => drawnLoop({ draw: (_, row) => [0, row] }),
    },
    {
      name: "one number for the batch",
      because: "all sequences are drawn with the numbers of the first",
      plausible: false,
      methods: () => drawnLoop({ draw: (i) => [i, 0] }),
    },
    {
      name: "masks left over",
      because: "one run in two hundred returns a token that is still masked",
      plausible: true,
      methods: () => drawnLoop({ last: (state, row) => (row % 200 === 0 ? K + (state % K) : state) }),
    },
    {
      name: "entries left out",
      because: "one sequence in thirty is never written, and stays at the zeros that the batch was made of",
      beside: "uniform",
      plausible: true,
      methods: () => drawnLoop({ process: uniformProcess(K), last: (state, row) => (row % 30 === 0 ? 0 : state) }),
    },
  ],
});
