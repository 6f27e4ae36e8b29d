/**
 * Random numbers as a function of names: no draw depends on what was drawn before, so results do not depend on the number of
 * workers, shards or laws.
 */
import fc from "fast-check";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A 32-bit hash of a text (FNV-1a, finished with an avalanche), which may come in two parts. */
export function hash(text: string, ending = ""): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  for (let i = 0; i < ending.length; i++) h = Math.imul(h ^ ending.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The generator that belongs to a name. */
export function random(name: string, ending = ""): fc.Random {
  return new fc.Random(xoroshiro128plus(hash(name, ending)));
}
