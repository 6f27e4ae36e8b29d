/**
 * Other declarations that a subject might have meant. When a law fails, the case is asked again under each: one that makes it hold
 * is printed as a hint, since a wrong declaration is the commonest mistake in a first adapter.
 */
import { type DiscreteFacts, type Orientation, orientations, type SurvivalKind, survivalKinds } from "#spec/categorical/facts";
import { type LevelKind, levelKinds, type OutputKind, outputKinds } from "#spec/convention";
import type { Facts } from "#spec/facts";
import type { Reading } from "#subjects/port";

export interface Alternative {
  readonly words: string;
  readonly reading: Reading;
}

const levelWords: Readonly<Record<LevelKind, string>> = {
  abar: "levels that are ᾱ",
  "sigma-ve": "levels that are σ with α = 1",
  "sigma-vp": "levels that are σ/α of a variance-preserving process",
  "sigma-flow": "levels that are σ with α = 1 − σ",
  angle: "levels that are angles",
  "alpha-sigma": "levels that are pairs (α, σ)",
};

const outputWords: Readonly<Record<OutputKind, string>> = {
  eps: "a model that predicts ε",
  x0: "a model that predicts x₀",
  v: "a model that predicts v",
  score: "a model that predicts the score",
  "noise-minus-data": "a model that predicts ε − x₀",
  "data-minus-noise": "a model that predicts x₀ − ε",
  edm: "a model in EDM preconditioning",
  "edm-v": "a model in EDM preconditioning with the sign of v",
  "minus-eps": "a model that predicts −ε",
  trigflow: "a model in TrigFlow",
};

const orientationWords: Readonly<Record<Orientation, string>> = {
  row: "matrices read by rows (orientation row)",
  column: "matrices read by columns (orientation column)",
};

const survivalWords: Readonly<Record<SurvivalKind, string>> = {
  survival: "levels that are the probability a of being left alone",
  "integrated-rate": "levels that are −log a",
  "move-chance": "levels that are 1 − a",
};

const withDiscrete =
  (change: Partial<DiscreteFacts>) =>
  (facts: Facts): Facts =>
    facts.discrete === null ? facts : { ...facts, discrete: { ...facts.discrete, ...change } };

export const alternatives: readonly Alternative[] = [
  {
    words: "time running the other way",
    reading: (facts) => ({ ...facts, time: { ...facts.time, clean: facts.time.clean === "first" ? "last" : "first" } }),
  },
  ...orientations.map((orientation) => ({ words: orientationWords[orientation], reading: withDiscrete({ orientation }) })),
  ...survivalKinds.map((level) => ({ words: survivalWords[level], reading: withDiscrete({ level }) })),
  // Kinds with one array can be exchanged; a pair cannot be made of one.
  ...levelKinds
    .filter((kind) => kind !== "alpha-sigma")
    .map((kind) => ({
      words: levelWords[kind],
      reading: (facts: Facts): Facts =>
        facts.level === "alpha-sigma"
          ? facts
          : { ...facts, level: kind, stateLevel: facts.stateLevel === facts.level ? kind : facts.stateLevel },
    })),
  ...outputKinds.map((kind) => ({
    words: outputWords[kind],
    reading: (facts: Facts): Facts => (facts.output === null ? facts : { ...facts, output: kind }),
  })),
];
