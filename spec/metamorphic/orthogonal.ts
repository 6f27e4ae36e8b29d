/**
 * # Symmetry of steps
 *
 * A step treats all coordinates alike, and data and their negatives.
 */
import { balance, equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { type Inputs, inputs, scaleAt, stepped, wide } from "#spec/metamorphic/step";
import { equation } from "#spec/number/expression";
import { derived } from "#spec/sources";

const moved = equation("y == x");

export const stepSymmetric: Law<"ReverseStep", Inputs> = {
  id: "metamorphic.orthogonal",
  title: "Steps treat coordinates alike: signs flip with the input, and coordinates may be put in any order.",
  statement: [String.raw`F(Rx,\,Rm) = R\,F(x,m)\quad\text{for sign flips and permutations } R`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [derived("isotropic noise")],
  restsOn: [],
  given: { "steps are linear, or thresholds are symmetric": (_, facts) => facts.sampler?.linear === true },
  cases: inputs,
  *claim({ w, xt, v }, sampler) {
    const [x, m] = wide(xt, v);
    const plain = yield* stepped(sampler, w, x, m);
    const flipped = yield* stepped(
      sampler,
      w,
      x.map((value) => -value),
      m.map((value) => -value),
    );
    const reversed = yield* stepped(sampler, w, x.slice().reverse(), m.slice().reverse());
    const via = yield* scaleAt(sampler, w, x, m, x, m, 1, 0);
    const axes = [["coordinate", plain.length]] as const;
    return [
      equality(
        "sign",
        flipped.map((value) => 0 - value),
        plain.map((value) => 0 + value),
        { axes },
      ),
      // Vectorised and scalar code paths may contract a product and a sum differently from lane to lane.
      balance("order", moved, { y: reversed.slice().reverse(), x: plain }, { answer: "y", roundings: 4, via, axes }),
    ];
  },
  tolerance: String.raw`\text{flips are exact; orders differ by the contraction of products}`,
};
