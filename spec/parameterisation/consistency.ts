/**
 * # Consistency functions
 *
 * A consistency function f(x, t) = c_skip(t)·x + c_out(t)·F(x, t) takes every state of a path to its clean end. At the least time of
 * its domain the state is that end already: the network must not be heard.
 *
 * Convention: the least time is the subject's own, 0 or its smallest noise level. Away from it authors differ: the consistency models of
 * Song et al. count the level from σ_min and multiply by σ_data, latent consistency models do neither. No law holds them to one form.
 *
 * Not to be confused with EDM preconditioning, whose c_out is σ_min and not 0 at the smallest level.
 *
 * Proof. f(x, t_min) = x for every x and F means c_skip = 1 and c_out = 0: take F = 0, then x = 0. ∎
 */
import fc from "fast-check";
import { balance } from "#spec/evidence";
import type { Law } from "#spec/law";
import { equation } from "#spec/number/expression";
import { code, derived } from "#spec/sources";

const skip = equation("cskip == 1");
const out = equation("cout == 0");

export const consistencyBoundary: Law<"Parameterisation", { readonly pass: number }> = {
  id: "parameterisation.consistency.boundary",
  title: "At the least time a consistency function returns the state it is given.",
  statement: [String.raw`f(x,t_{\min}) = c_{\mathrm{skip}}(t_{\min})\,x + c_{\mathrm{out}}(t_{\min})\,F = x`, skip, out],
  roles: ["Parameterisation"],
  kind: "definition",
  source: [
    code("diffusers")("verified", "LCMScheduler.get_scalings_for_boundary_condition_discrete"),
    code("diffusers")("verified", "CMStochasticIterativeScheduler.get_scalings_for_boundary_condition"),
    derived("the two equations, in the header"),
  ],
  restsOn: [],
  given: {},
  cases: { pass: fc.constant(0) },
  *claim(_, subject) {
    const { cskip, cout } = yield* subject.boundary();
    return [
      balance("skip", skip, { cskip }, { answer: "cskip", roundings: 4 }),
      balance("out", out, { cout }, { answer: "cout", roundings: 4, via: 1 }),
    ];
  },
  // A square, a sum and a quotient. c_out multiplies an output of unit variance that is added to a state of unit variance, and rounds with it.
  tolerance: String.raw`\hat c_{\mathrm{skip}} = 1 + \theta_4,\quad |\hat c_{\mathrm{out}}| \le \gamma_4`,
};
