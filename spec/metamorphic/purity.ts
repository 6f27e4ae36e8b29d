/**
 * # Arguments
 *
 * They come back as they were, and the same ones get the same answer.
 */
import { data, noise, unitTime } from "#spec/domain";
import { equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { requirement } from "#spec/sources";

export const argumentsUnchanged: Law<"GaussianForward", { readonly u: number; readonly x0: Float64Array; readonly eps: Float64Array }> = {
  id: "metamorphic.purity",
  title: "Noising leaves its arguments alone and gives the same answer twice.",
  statement: [String.raw`F(x) = F(x),\qquad x \text{ after} = x \text{ before}`],
  roles: ["GaussianForward"],
  kind: "requirement",
  source: [requirement("functions of tensors have no hidden effects")],
  restsOn: [],
  given: {},
  cases: { u: unitTime(), x0: data(), eps: noise() },
  *claim({ u, x0, eps }, subject) {
    const once = yield* subject.sampleTyped(x0, u, eps);
    const twice = yield* subject.sampleTyped(x0, u, eps, { fresh: true });
    return [
      equality("arguments", Float64Array.of(once.unchanged ? 1 : 0), Float64Array.of(1)),
      equality("repetition", twice.xt, once.xt, { axes: [["coordinate", once.xt.length]] }),
    ];
  },
  tolerance: String.raw`\text{exact}`,
};
