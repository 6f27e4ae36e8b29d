/**
 * # The end of a row
 *
 * A block decoder commits tokens of a row in any order. The row is finished when an end token stands at some generated position and
 * everything generated before it is decided.
 *
 * Convention: positions count from 0; the prompt is not generated, so the first generated position is `prompt`.
 */
import fc from "fast-check";
import { equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { code } from "#spec/sources";

interface Row {
  readonly prompt: number;
  /** Whether the prompt holds an end token of its own. */
  readonly quoted: boolean;
  readonly generated: number;
  /** Where the end token was sampled among the generated positions, and whether it was committed. */
  readonly at: number;
  readonly kept: boolean;
  /** A generated position that is still masked; none where it is the end token's or lies beyond the row. */
  readonly open: number;
}

const [end, mask, word] = [9, 8, 5];

export const endOfRow: Law<"BlockDecoder", Row> = {
  id: "sampler.block.end-token",
  title: "A row is finished once an end token is committed and all before it is decided, wherever generation began.",
  statement: [String.raw`\text{finished} \iff \exists\,i\ge p:\ x_i = \mathrm{end}\ \wedge\ \forall\,p\le j<i:\ x_j\ne\mathrm{mask}`],
  roles: ["BlockDecoder"],
  kind: "requirement",
  source: [code("diffusers")("verified", "issue 13598")],
  restsOn: [],
  given: {},
  cases: {
    prompt: fc.integer({ min: 0, max: 3 }),
    quoted: fc.boolean(),
    generated: fc.integer({ min: 4, max: 6 }),
    at: fc.integer({ min: 0, max: 3 }),
    kept: fc.boolean().map(
      (lost) => !lost,
      (kept) => kept !== true,
    ),
    open: fc.integer({ min: 0, max: 6 }).map(
      (k) => 6 - k,
      (k) => 6 - Number(k),
    ),
  },
  *claim({ prompt, quoted, generated, at, kept, open }, decoder) {
    const positions = Array.from({ length: generated }, (_, k) => k);
    const sampled = positions.map((k) => (k === at ? end : word));
    const committed = positions.map((k) => (k === at ? kept : k !== open));
    const block = sampled.map((token, k) => (committed[k] === true ? token : mask));
    const before = Array.from({ length: prompt }, (_, k) => (quoted && k === 0 ? end : k + 1));
    const done = yield* decoder.finished(
      Float64Array.from([...before, ...block]),
      Float64Array.from(sampled),
      Float64Array.from(committed, Number),
      end,
      mask,
      prompt,
    );
    return [
      equality(
        quoted && prompt > 0 ? "finished after a quoted end" : "finished",
        Float64Array.of(Number(done)),
        Float64Array.of(Number(kept && open >= at)),
      ),
    ];
  },
  tolerance: String.raw`\text{exact}`,
};
