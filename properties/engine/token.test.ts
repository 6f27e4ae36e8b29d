import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { properties } from "#properties/all";
import { draw } from "#properties/engine/cases";
import { caseToJson, decodeToken, encodeToken, type Replay } from "#properties/engine/token";
import { originOf } from "#spec/domain";

const replay: Replay = {
  subject: "pip:diffusers==0.42.1",
  law: "gaussian.forward.marginal",
  unit: "DDPMScheduler",
  config: { spacing: "leading", mode: "NaN", sign: "-0", steps: 7, shift: -0, ends: [0.5, null, true], high: Number.POSITIVE_INFINITY },
  case: { u: 0.5, x0: Float64Array.of(1, -0, Number.NaN, Number.NEGATIVE_INFINITY), t: Number.NaN, kind: "eps" },
};

describe("round trip", () => {
  test("numbers that JSON lacks, nested options and vectors come back", () => {
    expect(decodeToken(encodeToken(replay))).toEqual(replay);
    expect(Object.is(decodeToken(encodeToken(replay)).config["shift"], -0)).toBe(true);
  });

  test.each(properties.map(({ law }) => [law.id, law] as const))("cases of %s, element for element", (id, law) => {
    for (let index = 0; index < 4; index++) {
      const { value } = draw(law, 1, "Unit", index);
      expect(decodeToken(encodeToken({ ...replay, law: id, case: value })).case).toEqual(value);
    }
  });

  test("every double comes back as its bits", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noDefaultInfinity: false }), { maxLength: 8 }), (values) => {
        const x = Float64Array.from(values);
        const back = decodeToken(encodeToken({ ...replay, case: { x } })).case["x"];
        expect(back).toEqual(x);
        expect([...(back as Float64Array)].map((value) => Object.is(value, -0))).toEqual(values.map((value) => Object.is(value, -0)));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test("a drawn vector travels as its origin, however long it is", () => {
    const law = properties.find(({ law: { id } }) => id === "gaussian.forward.marginal")?.law;
    const drawn = law === undefined ? [] : Array.from({ length: 8 }, (_, k) => draw(law, 1, "Unit", k).value["x0"]);
    const vectors = drawn.filter((x): x is Float64Array => x instanceof Float64Array && originOf(x) !== undefined);
    expect(vectors.length).toBeGreaterThan(0);
    for (const x of vectors) expect(caseToJson(x)).toEqual({ drawn: originOf(x) });
  });
});

describe("refusal", () => {
  const token = encodeToken(replay);
  const refused = (text: string): unknown => {
    try {
      return decodeToken(text);
    } catch (error) {
      return error;
    }
  };

  test("of another version, with what to do", () => {
    const other = token.replace(/^lb\d+/, "lb999");
    expect(refused(other)).toMatchObject({ code: "bad-token", message: expect.stringContaining("version 999") });
    expect(refused(other)).toHaveProperty("hint", "replay it with the lawbook that made it, or run verify again");
  });

  test.each([
    ["cut short", token.slice(0, -12)],
    ["another text", "lb1.AAAA"],
    ["no token", "gaussian.forward.marginal"],
    ["empty", ""],
  ])("of what is %s", (_, text) => {
    expect(refused(text)).toMatchObject({ code: "bad-token" });
    expect(refused(text)).toHaveProperty("hint", "copy the whole line that the report prints");
  });

  test("white space around it does no harm", () => {
    expect(decodeToken(`  ${token}\n`)).toEqual(replay);
  });
});
