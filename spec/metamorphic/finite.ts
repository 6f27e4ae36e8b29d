/**
 * # Finiteness
 *
 * Over the whole lattice of documented options, at the ends of every domain, code answers with finite numbers or says in words why
 * not. It never answers NaN.
 *
 * Convention: run as it is, in binary32; exceptions that the subject raises deliberately, with a message, are answers.
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { data, noise, unitTime } from "#spec/domain";
import { type Evidence, equality } from "#spec/evidence";
import type { Law } from "#spec/law";
import { requirement } from "#spec/sources";

export const finite: Law<
  "ReverseStep",
  { readonly u: number; readonly x0: Float64Array; readonly eps: Float64Array; readonly model: "affine" | "pair" }
> = {
  id: "metamorphic.finite",
  title: "Every documented configuration answers with finite numbers, or refuses in words.",
  statement: [String.raw`F(\text{documented options}) \in \mathbb R^n \ \cup\ \{\text{documented refusal}\}`],
  roles: ["ReverseStep"],
  kind: "requirement",
  source: [requirement("no silent NaN on documented options")],
  restsOn: [],
  given: { "there is a sampler": (_, facts) => facts.sampler !== null },
  cases: { u: unitTime(), x0: data(), eps: noise(), model: fc.constantFrom("affine", "pair") },
  unpromoted: true,
  *claim({ u, x0, eps, model }, sampler) {
    const { output } = yield* sampler.facts();
    const grid = yield* sampler.grid();
    // Where the output's meaning is known the model is exact; elsewhere it is small and harmless.
    const determined =
      output === "v" || output === "x0" || output === "eps" ? grid.alpha.every((a) => a > 0) || output !== "eps" : output !== null;
    const exact = model === "pair" && determined && (output !== "x0" || (grid.sigma[0] ?? 0) > 0);
    const plan = exact
      ? ({ oracle: { name: "pair", x0, eps }, start: { x0, eps } } as const)
      : ({ oracle: { name: "affine", slope: 0.1, intercept: 0 }, start: eps } as const);
    const run = yield* sampler.run({ ...plan, draws: { stream: 1 } });
    const found: Evidence[] = [
      whole("levels", grid.sigma),
      whole("amplitudes", grid.alpha),
      whole("states", run.states, [
        ["state", run.states.length / run.d],
        ["coordinate", run.d],
      ]),
    ];
    const forward = sampler as unknown as Parameters<Law<"GaussianForward", never>["claim"]>[1];
    const sample = yield* attempted(forward.sample(x0, u, eps));
    if (sample !== null) found.push(whole("sample", sample, [["coordinate", sample.length]]));
    return found;
  },
  tolerance: String.raw`\text{exact}`,
};

/** Finite numbers equal themselves; NaN and infinities are caught before they are compared. */
const whole = (name: string, values: Float64Array, axes: Evidence["axes"] = []): Evidence => equality(name, values, values, { axes });
