/**
 * Answers are shared: a law that writes into one tells the next that asks the same something that nobody said.
 */
import { expect, test } from "vitest";
import { properties } from "#properties/all";
import { draw } from "#properties/engine/cases";
import { answerWith } from "#properties/engine/controls";
import { converseNow } from "#properties/engine/conversation";
import { isTensor, type Value } from "#spec/tensor";
import type { Outcome, Question } from "#subjects/answerer";

const cases = 6;

function arraysIn(value: Value | undefined): readonly Float64Array[] {
  if (isTensor(value)) return [value.data];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(arraysIn) : [];
}

test.each(properties.map((property) => [property.law.id, property] as const))(
  "%s leaves answers and questions as they are",
  (_, { law, accepts }) => {
    for (const version of accepts.slice(0, 2)) {
      const answer = answerWith(version.methods());
      const seen: (readonly [array: Float64Array, copy: Float64Array, method: string])[] = [];
      const note = (question: Question): Outcome => {
        const outcome = answer(question);
        const values = "answer" in outcome ? [...arraysIn(outcome.answer), ...arraysIn(question.args)] : arraysIn(question.args);
        for (const array of values) seen.push([array, array.slice(), question.method]);
        return outcome;
      };
      for (let index = 0; index < (law.share === undefined ? cases : 1); index++) {
        const drawn = draw(law, 1, "Unit", index);
        converseNow(law, drawn.value, { unit: "Unit", config: {}, arithmetic: version.arithmetic ?? "f64" }, note);
        expect(drawn.value).toEqual(draw(law, 1, "Unit", index).value);
      }
      for (const [array, copy, method] of seen) expect(array, method).toEqual(copy);
    }
  },
);
