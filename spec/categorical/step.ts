/**
 * # What a reverse step is handed
 *
 * Exact predictions of one token whose data law is known, in the kind that the subject says its model predicts.
 *
 * Convention: data never contain the mask; states that noise cannot bring about are left out.
 */
import fc from "fast-check";
import { type Ask, attempted } from "#spec/ask";
import {
  type Between,
  between,
  type Ends,
  endsOf,
  mostStates,
  rare,
  type Stretch,
  someStates,
  stretches,
  tooMany,
} from "#spec/categorical/between";
import type { CleanPrediction, DiscreteFacts } from "#spec/categorical/facts";
import { drawnLaws, drawnStates, normalise } from "#spec/categorical/table";
import type { Port } from "#spec/roles";

export interface Tokens extends Stretch {
  readonly stream: number;
}

export const stepCases: { readonly [F in keyof Tokens]: fc.Arbitrary<Tokens[F]> } = {
  ...stretches,
  stream: fc.integer({ min: 0, max: 999 }),
};

export type Stepping = Port<"DiscreteStep" | "DiscreteKernel">;

export const predictionOf = ({ predicts, reverse }: DiscreteFacts): CleanPrediction =>
  predicts ?? (reverse === "mixture" ? "posterior" : "leave-one-out");

export const tokenCount = (K: number): number => (K > mostStates ? 4 : 12);

/** The law of data, repeated for every token, or its posterior given each. Shape `n*K`. */
export function cleanFor(kind: CleanPrediction, prior: Float64Array, xt: Float64Array, toNow: Between): Float64Array {
  const K = prior.length;
  const likelihood = toNow.columns(xt);
  const out = likelihood.map((l, k) => (prior[k % K] ?? 0) * (kind === "posterior" ? l : 1));
  for (let i = 0; i < out.length; i += K) normalise(out.subarray(i, i + K));
  return out;
}

/** What a step is handed when one token has that law of data, and the kernels that say what it must answer. */
export interface Handed {
  readonly discrete: DiscreteFacts;
  readonly ends: Ends;
  readonly prior: Float64Array;
  readonly early: Between;
  readonly step: Between;
  readonly toNow: Between;
  readonly xt: Float64Array;
  /** What the model is claimed to predict. Shape `n*K`. */
  readonly clean: Float64Array;
}

/** Exact predictions at some states, at all of few; or the reason why there are none. */
export function* handed(process: Stepping, { stream, ...span }: Tokens): Ask<Handed | string> {
  const facts = yield* process.facts();
  const { discrete } = facts;
  const ends = endsOf(span, facts);
  if (discrete === null || ends === null) return "the two times are one";
  const { classes: K, mask } = discrete;
  const [early, step, toNow] = [
    yield* between(process, "data", ends.s),
    yield* between(process, ends.s, ends.t),
    yield* between(process, "data", ends.t),
  ];
  if (early === null || step === null || toNow === null) return tooMany;
  const prior = drawnLaws(stream, 1, K, mask);
  const now = toNow.push(prior);
  const xt = someStates(discrete, drawnStates(stream + 1, tokenCount(K), K)).filter((x) => (now[x] ?? 0) > rare);
  return { discrete, ends, prior, early, step, toNow, xt, clean: cleanFor(predictionOf(discrete), prior, xt, toNow) };
}

/** The law of a step, or null where it goes back to data and none such is offered. */
export function* lawOfStep(process: Stepping, xt: Float64Array, clean: Float64Array, { s, t }: Ends): Ask<Float64Array | null> {
  const asked = process.stepLaw(xt, clean, s, t);
  return s === "data" ? yield* attempted(asked) : yield* asked;
}

/** Why a step is not held to anything. */
export const noStepToData = "no step back to data is offered";
