/**
 * Processes over a vocabulary of 50,257 tokens, for the closed form alone: their matrices are never formed.
 */
import { absorbingProcess, type Process, pointLaw, uniformLaw, uniformProcess } from "#properties/textbook/process";

const K = 50257;

export function uniformVocabulary(): Process {
  return { ...uniformProcess(2), classes: K, stationary: uniformLaw(K) };
}

/** The mask is neither first nor last. */
export function maskedVocabulary(): Process {
  return { ...absorbingProcess(), classes: K, mask: 50000, stationary: pointLaw(K, 50000) };
}
