/**
 * # What the laws of the three SDE families have in common
 */
import fc from "fast-check";
import { attempted } from "#spec/ask";
import { timeAt } from "#spec/convention";
import { enclosure } from "#spec/evidence";
import type { Law, LawId } from "#spec/law";
import { type SdeFamily, sdeForms } from "#spec/sde/kernel";
import type { Citation } from "#spec/sources";

interface Family {
  readonly id: LawId;
  readonly title: string;
  readonly families: readonly SdeFamily[];
  readonly statement: readonly string[];
  readonly source: readonly [Citation, ...Citation[]];
}

export interface At {
  readonly at: number;
}

/** Both amplitudes of a subject that declares one of these families, and its diffusion where it offers one. */
export function kernelLaw({ id, title, families, statement, source }: Family): Law<"Schedule", At> {
  return {
    id,
    title,
    statement,
    roles: ["Schedule"],
    kind: "theorem",
    source,
    restsOn: [],
    given: { "the schedule declares this SDE": (_, facts) => families.some((family) => family === facts.form?.family) },
    cases: { at: fc.integer({ min: 0, max: 64 }).map((k) => k / 64) },
    *claim({ at }, schedule) {
      const { form, time } = yield* schedule.facts();
      const { low: b = Number.NaN, high: c = Number.NaN } = form?.parameters ?? {};
      const formula = sdeForms[form?.family as SdeFamily];
      const t = timeAt(time, at);
      const { alpha, sigma } = yield* schedule.coeffs(at);
      const values = { b, c, t };
      // At t = 0 the rate of σ may be infinite; who computes g² from it has none there.
      const sde = at === 0 ? null : yield* attempted(schedule.sde(at));
      return [
        enclosure("data", formula.alpha, values, alpha, { roundings: 4 }),
        enclosure("noise", formula.sigma, values, sigma, { roundings: 4 }),
        ...(sde === null ? [] : [enclosure("diffusion", formula.rate, values, sde.diffusion2, { roundings: 4 })]),
      ];
    },
    // The running error of the formula: B is a polynomial of t, exponentials multiply its relative error by B.
    tolerance: String.raw`|\hat\alpha-\alpha| \le u(E_\alpha+4\alpha),\quad |\hat\sigma-\sigma| \le u(E_\sigma+4\sigma),\quad |\hat g^2-g^2| \le u(E_g+4g^2)`,
  };
}
