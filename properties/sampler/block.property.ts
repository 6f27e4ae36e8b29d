import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Committed, finishing } from "#properties/textbook/guidance";
import { book } from "#properties/textbook/methods";
import { endOfRow } from "#spec/sampler/block";

const deciding = (rule: (known: Committed) => boolean): RawMethods => book({}, () => finishing(rule));

/** Nothing masked from the first generated position up to `to`. */
const decided = ({ row, mask, prompt }: Committed, to: number): boolean => !row.slice(prompt, to).includes(mask);

export const endOfRowProperty: Property = property(endOfRow, {
  accepts: [
    { name: "textbook", methods: () => book() },
    {
      name: "position by position",
      methods: () =>
        deciding(({ row, end, mask, prompt }) => {
          for (let k = prompt; k < row.length && row[k] !== mask; k++) if (row[k] === end) return true;
          return false;
        }),
    },
    {
      name: "from the block alone",
      methods: () => deciding(({ sampled, committed, end }) => committed.slice(0, sampled.indexOf(end) + 1).every(Boolean)),
    },
  ],
  rejects: [
    {
      name: "not at the first position",
      because: "an end token right after the prompt is skipped: prompt ≥ position for prompt > position",
      precedent: "DF-40",
      plausible: true,
      methods: () =>
        deciding((known) => {
          const at = known.row.indexOf(known.end, known.prompt);
          return at > known.prompt && decided(known, at);
        }),
    },
    {
      name: "the prompt's end token",
      because: "the first end token of the whole row is looked at, and one in the prompt never ends it",
      plausible: false,
      methods: () =>
        deciding((known) => {
          const at = known.row.indexOf(known.end);
          return at >= known.prompt && decided(known, at);
        }),
    },
    {
      name: "sampled for committed",
      because: "an end token counts as soon as it is sampled",
      plausible: false,
      methods: () => deciding((known) => decided(known, known.prompt + known.sampled.indexOf(known.end))),
    },
    {
      name: "whole row decided",
      because: "masks after the end token keep the row going",
      plausible: false,
      methods: () => deciding((known) => known.row.includes(known.end, known.prompt) && decided(known, known.row.length)),
    },
    {
      name: "last position before it unseen",
      because: "the positions before the end token are counted one short",
      plausible: true,
      methods: () =>
        deciding((known) => {
          const at = known.row.indexOf(known.end, known.prompt);
          return at >= 0 && decided(known, at - 1);
        }),
    },
  ],
});
