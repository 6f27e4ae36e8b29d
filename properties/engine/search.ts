/**
 * # From failing cases to faults
 *
 * Each failing case is shrunk towards defaults and simple numbers while the same evidence fails; what remains of its options is
 * the fault. Cases that contain it are explained; the rest is searched again outside the faults already found, so that one fault
 * does not hide the next.
 */

import { type Drawn, simpler } from "#properties/engine/cases";
import { contains, type Failure, type Found } from "#properties/engine/fault";
import type { AnyLaw } from "#spec/law";
import type { Configuration, OptionSpec } from "#subjects/answerer";

export interface Tried {
  readonly index: number;
  readonly config: Configuration;
  readonly drawn: Drawn;
  readonly found: Found;
}

export interface Culprit {
  readonly evidence: string;
  readonly shrunk: Tried;
  readonly first: Tried;
  readonly failure: Failure;
  /** Failing cases that it explains. */
  readonly cases: number;
}

export type Try = (config: Configuration, drawn: Drawn) => Promise<Found>;

const mostFaults = 6;
const mostTries = 90;
/** Laws whose single case is a long run, and answers that are missing or no numbers, which seldom depend on the numbers asked. */
const fewTries = 24;

/** `hints` are configurations that laws below have found to blame: where one of them is enough here too, nothing is searched. */
export async function culprits(
  law: AnyLaw,
  tried: readonly Tried[],
  options: readonly OptionSpec[],
  attempt: Try,
  hints: readonly Configuration[] = [],
): Promise<readonly Culprit[]> {
  const found: Culprit[] = [];
  const explained = (one: Tried, evidence: string): boolean =>
    found.some((culprit) => culprit.evidence === evidence && contains(one.config, culprit.shrunk.config, options));
  let round: readonly Tried[] = tried.filter((one) => one.found.status === "violated");
  for (let k = 0; k < 3 && round.length > 0 && found.length < mostFaults; k++) {
    for (const one of round)
      for (const failure of one.found.failures) {
        if (found.length >= mostFaults || explained(one, failure.evidence)) continue;
        const shrunk =
          (await hinted(one, failure.evidence, options, attempt, hints)) ?? (await shrink(law, one, failure.evidence, attempt));
        found.push({ evidence: failure.evidence, shrunk, first: one, failure: failureOf(shrunk, failure.evidence) ?? failure, cases: 0 });
      }
    round = await outside(round, found, options, attempt);
  }
  return found.map((culprit) => ({
    ...culprit,
    cases: tried.filter(
      (one) => one.found.failures.some((f) => f.evidence === culprit.evidence) && contains(one.config, culprit.shrunk.config, options),
    ).length,
  }));
}

const failureOf = (one: Tried, evidence: string): Failure | undefined => one.found.failures.find((f) => f.evidence === evidence);

/** The same cases with one option of each fault back at its default; those that fail anew. */
async function outside(
  round: readonly Tried[],
  found: readonly Culprit[],
  options: readonly OptionSpec[],
  attempt: Try,
): Promise<readonly Tried[]> {
  const moved = await Promise.all(
    round.slice(0, 16).map(async (one) => {
      const config: Record<string, Configuration[string]> = { ...one.config };
      for (const { shrunk } of found) {
        const [needed] = Object.keys(shrunk.config);
        if (needed !== undefined && contains(config, shrunk.config, options)) delete config[needed];
      }
      if (Object.keys(config).length === Object.keys(one.config).length) return null;
      return { ...one, config, found: await attempt(config, one.drawn) };
    }),
  );
  return moved.filter((one) => one !== null && one.found.status === "violated").filter((one) => one !== null);
}

/** The case as it is, under the first hint that it contains and that is enough. */
async function hinted(
  one: Tried,
  evidence: string,
  options: readonly OptionSpec[],
  attempt: Try,
  hints: readonly Configuration[],
): Promise<Tried | null> {
  for (const config of hints) {
    if (!contains(one.config, config, options)) continue;
    const found = await attempt(config, one.drawn);
    if (found.failures.some((f) => f.evidence === evidence)) return { ...one, config, found };
  }
  return null;
}

async function shrink(law: AnyLaw, start: Tried, evidence: string, attempt: Try): Promise<Tried> {
  let best = start;
  let tries = 0;
  const fails = async (config: Configuration, drawn: Drawn): Promise<Tried | null> => {
    tries += 1;
    const found = await attempt(config, drawn);
    return found.failures.some((f) => f.evidence === evidence) ? { ...start, config, drawn, found } : null;
  };
  best = (Object.keys(best.config).length > 0 ? await fails({}, best.drawn) : null) ?? best;
  for (const name of Object.keys(best.config)) {
    const { [name]: _, ...rest } = best.config;
    best = (await fails(rest, best.drawn)) ?? best;
  }
  const limit = law.share !== undefined || evidence.startsWith("finite:") ? fewTries : mostTries;
  for (let smaller = true; smaller && tries < limit; ) {
    smaller = false;
    for (const drawn of simpler(law, best.drawn, 8)) {
      if (tries >= limit) break;
      const next = await fails(best.config, drawn);
      if (next === null) continue;
      best = next;
      smaller = true;
      break;
    }
  }
  return best;
}
