/**
 * Processes over vocabularies, for the closed form alone: their matrices are never formed. A thousand tokens go the same way as
 * fifty thousand.
 */
import { absorbingProcess, type Process, pointLaw, uniformLaw, uniformProcess } from "#properties/textbook/process";

export function uniformVocabulary(classes = 1009): Process {
  return { ...uniformProcess(2), classes, stationary: uniformLaw(classes) };
}

/** The mask is neither first nor last. */
export function maskedVocabulary(classes = 1009): Process {
  const mask = classes - 257;
  return { ...absorbingProcess(), classes, mask, stationary: pointLaw(classes, mask) };
}
