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
  /** Where the end token stands among the generated positions. */
  readonly at: number;
  readonly generated: number;
  /** Whether a position before it is still masked. */
  readonly open: boolean;
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
    at: fc.integer({ min: 0, max: 3 }),
    generated: fc.integer({ min: 4, max: 6 }),
    open: fc.boolean(),
  },
  *claim({ prompt, at, generated, open }, decoder) {
    const masked = open && at > 0;
    const block = Array.from({ length: generated }, (_, k) => (k === at ? end : masked && k === 0 ? mask : word));
    const row = Float64Array.from([...Array.from({ length: prompt }, (_, k) => k + 1), ...block]);
    const committed = Float64Array.from(block, (token) => (token === mask ? 0 : 1));
    const done = yield* decoder.finished(row, Float64Array.from(block), committed, end, mask, prompt);
    return [equality("finished", Float64Array.of(done ? 1 : 0), Float64Array.of(masked ? 0 : 1))];
  },
  tolerance: String.raw`\text{exact}`,
};
