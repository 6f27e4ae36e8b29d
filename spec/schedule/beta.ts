/**
 * # Named β schedules
 *
 * The chains that libraries call linear, scaled linear and sigmoid, as functions of the index. The cosine schedule has a file of
 * its own.
 *
 * Convention: index i = 0 … T−1 holds β_{i+1} of Ho et al.; "scaled linear" interpolates √β.
 */
import fc from "fast-check";
import { enclosure } from "#spec/evidence";
import type { Facts } from "#spec/facts";
import type { Law } from "#spec/law";
import { type Expression, expression } from "#spec/number/expression";
import { code, ho2020 } from "#spec/sources";

const forms: Readonly<Record<string, Expression>> = {
  "beta-linear": expression("b + (c - b) * k / (T - 1)"),
  "beta-scaled-linear": expression("(sqrt(b) + (sqrt(c) - sqrt(b)) * k / (T - 1))^2"),
  "beta-sigmoid": expression("(c - b) / (1 + exp(6 - 12 * k / (T - 1))) + b"),
  "beta-quadratic": expression("(sqrt(b) + (sqrt(c) - sqrt(b)) * k / (T - 1))^2"),
};

export const isNamedBeta = (facts: Facts): boolean => facts.form !== null && facts.form.family in forms;

export const betaClosedForm: Law<"Schedule", { readonly pass: number }> = {
  id: "schedule.beta",
  title: "A β schedule with a name is the function of that name.",
  statement: [
    String.raw`\beta_i = b + (c-b)\tfrac{i}{T-1} \quad\text{(linear)}`,
    String.raw`\sqrt{\beta_i} = \sqrt b + (\sqrt c-\sqrt b)\tfrac{i}{T-1} \quad\text{(scaled linear)}`,
    String.raw`\beta_i = b + (c-b)\,\mathrm{sigmoid}\left(-6 + 12\tfrac{i}{T-1}\right) \quad\text{(sigmoid)}`,
  ],
  roles: ["Schedule"],
  kind: "definition",
  source: [ho2020("unverified"), code("diffusers")("verified", "beta_schedule of the schedulers")],
  restsOn: [],
  given: { "the schedule has one of these names": (_, facts) => isNamedBeta(facts) },
  cases: { pass: fc.constant(0) },
  *claim(_, schedule) {
    const { form } = yield* schedule.facts();
    const { beta } = yield* schedule.tables();
    const formula = forms[form?.family ?? ""];
    if (form === null || formula === undefined || beta === undefined) return [];
    const { T = beta.length, first: b = Number.NaN, last: c = Number.NaN } = form.parameters;
    const k = Float64Array.from({ length: T }, (_, index) => index);
    if (T < 2) return [enclosure("β", expression("b"), { b }, beta, { roundings: 2 })];
    // A ramp may be built from either end: its roundings are those of the larger end.
    return [enclosure("β", formula, { b, c, k, T }, beta, { roundings: 3, via: Math.max(b, c), axes: [["index", T]] })];
  },
  tolerance: String.raw`|\hat\beta_i-\beta_i| \le u\,(E_\beta + 3\beta_i + 3\max(b,c))`,
};
