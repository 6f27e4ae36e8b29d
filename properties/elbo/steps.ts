/**
 * Losses of chains that answer one step's divergence, with one part of it changed.
 */
import { AbsentHere } from "#properties/engine/controls";
import type { Control, RawMethods } from "#properties/engine/property";
import { lossBook } from "#properties/textbook/elbo";
import { categoricalKl, cleanAt, mixed, oneHot, stepBack } from "#properties/textbook/elbo-jump";
import type { Row, Term } from "#properties/textbook/elbo-row";

/** The textbook's loss on a few states. */
export const loss = (terms: Readonly<Record<string, Term>> = {}, classes = 4): RawMethods => lossBook({ classes }, terms);

/** A book that knows only these terms. */
export const only = (...names: readonly string[]): RawMethods => {
  const all = loss();
  return {
    ...all,
    term: (args, config) => {
      if (!names.includes(String(args["name"])) || all["term"] === undefined) throw new AbsentHere(`no term ${String(args["name"])}`);
      return all["term"](args, config);
    },
  };
};

/** Both rules with the model's law changed. */
export const withLaw = (change: (row: Row) => Float64Array) => (): RawMethods =>
  loss({
    "step-kl-plugin": (row) => categoricalKl(posterior(row), stepBack(row, change(row))),
    "step-kl-mixture": (row) => categoricalKl(posterior(row), mixed(row, change(row))),
  });

const posterior = (row: Row): Float64Array => stepBack(row, oneHot(Math.sqrt(row.whole("clean").length), row.at("x0")));

/** Both rules with the divergence changed. */
export const between = (f: (q: Float64Array, p: Float64Array) => number) => (): RawMethods =>
  loss({
    "step-kl-plugin": (row) => f(posterior(row), stepBack(row, cleanAt(row, row.at("xt")))),
    "step-kl-mixture": (row) => f(posterior(row), mixed(row, cleanAt(row, row.at("xt")))),
  });

export const smoothedLaw: Control = {
  name: "model's law smoothed",
  because: "0.1 % of the uniform law is mixed into the model's prediction",
  plausible: true,
  methods: withLaw((row) => {
    const clean = cleanAt(row, row.at("xt"));
    return clean.map((p) => 0.999 * p + 0.001 / clean.length);
  }),
};

const { log } = Math;

export const flooredLaws: Control = {
  name: "floor in both laws",
  because: "0.0001 is added to both laws inside the logarithms",
  plausible: true,
  methods: between((q, p) => q.reduce((sum, mass, k) => sum + mass * (log(mass + 1e-4) - log((p[k] ?? 0) + 1e-4)), 0)),
};
