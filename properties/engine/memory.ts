/**
 * # Shared answers
 *
 * Laws ask the same questions of the same configurations; each is put once. Identity is that of the exact bytes asked.
 */
import type { Outcome, Question } from "#subjects/answerer";
import { keyOf } from "#subjects/question-key";

/** Puts each question once. Questions that ask for freshness always go through. */
export function sharing(ask: (question: Question) => Promise<Outcome>): {
  readonly ask: (question: Question) => Promise<Outcome>;
  /** Questions put and questions answered from memory. */
  readonly counts: { put: number; shared: number };
} {
  const answers = new Map<string, Promise<Outcome>>();
  const counts = { put: 0, shared: 0 };
  return {
    counts,
    ask(question) {
      if (question.fresh) {
        counts.put += 1;
        return ask(question);
      }
      const key = keyOf(question);
      const known = answers.get(key);
      if (known !== undefined) {
        counts.shared += 1;
        return known;
      }
      counts.put += 1;
      const asked = ask(question);
      answers.set(key, asked);
      return asked;
    },
  };
}

/** The same for subjects that answer at once. */
export function sharingNow(now: (question: Question) => Outcome): (question: Question) => Outcome {
  const answers = new Map<string, Outcome>();
  return (question) => {
    if (question.fresh) return now(question);
    const key = keyOf(question);
    const known = answers.get(key) ?? now(question);
    answers.set(key, known);
    return known;
  };
}
