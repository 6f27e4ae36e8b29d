import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { properties } from "#properties/all";
import { type Drawn, draw } from "#properties/engine/cases";
import { subjectOf } from "#properties/engine/controls";
import { efforts } from "#properties/engine/effort";
import { completes, type Found, nothingFound } from "#properties/engine/fault";
import { culprits, type Tried, type Try } from "#properties/engine/search";
import { verifyUnit } from "#properties/engine/unit";
import type { Verdict } from "#properties/engine/verdict";
import { book } from "#properties/textbook/methods";
import type { AnyLaw } from "#spec/law";
import { tensor, vector } from "#spec/tensor";
import type { Configuration, OptionSpec, OptionValue, Question, UnitSpec } from "#subjects/answerer";

const option = (name: string, values: readonly OptionValue[]): OptionSpec => ({
  name,
  kind: "choice",
  stage: "construct",
  source: "annotation",
  default: values[0] ?? null,
  values,
  drawn: null,
});
const options = [option("spacing", ["linspace", "leading"]), option("order", [1, 2, 3]), option("karras", [false, true])];

const lawOf = (id: string): AnyLaw => {
  const found = properties.find(({ law }) => law.id === id)?.law;
  if (found === undefined) throw new Error(`no law ${id}`);
  return found;
};

/** A law of one number. */
const law: AnyLaw = { ...lawOf("gaussian.forward.marginal"), cases: { n: fc.integer({ min: 0, max: 1000 }) } };

const failing = (...evidence: readonly string[]): Found =>
  evidence.length === 0
    ? { ...nothingFound, status: "holds", reason: null }
    : {
        ...nothingFound,
        status: "violated",
        reason: null,
        failures: evidence.map((name) => ({ evidence: name, message: "", worst: null, used: 2 })),
      };

/** A subject: which evidence fails for a configuration and a number. */
type Faults = (config: Configuration, n: number) => readonly string[];
const attemptOf =
  (faults: Faults): Try =>
  (config, { value }: Drawn) =>
    Promise.resolve(failing(...faults(config, Number(value["n"]))));

async function triedWith(faults: Faults, configurations: readonly Configuration[]): Promise<readonly Tried[]> {
  const attempt = attemptOf(faults);
  return Promise.all(
    configurations.map(async (config, index) => {
      const drawn = draw(law, 1, "Unit", index);
      return { index, config, drawn, found: await attempt(config, drawn) };
    }),
  );
}

const search = async (
  faults: Faults,
  configurations: readonly Configuration[],
  hints: readonly Configuration[] = [],
): ReturnType<typeof culprits> => culprits(law, await triedWith(faults, configurations), options, attemptOf(faults), hints);

const all: readonly Configuration[] = ["linspace", "leading"].flatMap((spacing) =>
  [1, 2, 3].flatMap((order) => [false, true].map((karras) => ({ spacing, order, karras }))),
);

describe("shrinking", () => {
  test("ends at the fewest options and the simplest number that fail", async () => {
    const found = await search(({ order }, n) => (order === 3 && n >= 17 ? ["states"] : []), all);
    expect(found.map(({ evidence, shrunk }) => [evidence, shrunk.config, shrunk.drawn.value])).toEqual([
      ["states", { order: 3 }, { n: 17 }],
    ]);
  });

  test("keeps two options where both are needed", async () => {
    const found = await search(({ order, karras }) => (order === 3 && karras === true ? ["states"] : []), all);
    expect(found.map(({ shrunk }) => shrunk.config)).toEqual([{ order: 3, karras: true }]);
    expect(found[0]?.cases).toBe(2);
  });

  test("ends at the defaults where nothing is needed, and explains all cases", async () => {
    const found = await search(() => ["states"], all);
    expect(found.map(({ shrunk, cases }) => [shrunk.config, shrunk.drawn.value, cases])).toEqual([[{}, { n: 0 }, all.length]]);
  });

  test("keeps the evidence: a simpler case that fails otherwise is another fault", async () => {
    const found = await search(({ order }, n) => (order === 3 ? (n > 0 ? ["states"] : ["finite:IndexError"]) : []), [{ order: 3 }]);
    expect(found.map(({ evidence, shrunk }) => [evidence, shrunk.config, shrunk.drawn.value])).toEqual([
      ["states", { order: 3 }, { n: 1 }],
    ]);
  });

  test("the first failing case is kept beside the shrunk one", async () => {
    const [found] = await search(({ order }) => (order === 3 ? ["states"] : []), all);
    expect(found?.first.config).toEqual({ spacing: "linspace", order: 3, karras: false });
  });
});

describe("a second fault", () => {
  test("is found where every case has the first", async () => {
    const faults: Faults = ({ order, karras }) => (order === 3 || karras === true ? ["states"] : []);
    const found = await search(
      faults,
      all.filter(({ order }) => order === 3),
    );
    expect(found.map(({ shrunk }) => shrunk.config)).toEqual([{ order: 3 }, { karras: true }]);
  });

  test("is told apart by its evidence, in the same configuration", async () => {
    const found = await search(({ order }) => (order === 3 ? ["states", "draws"] : []), all);
    expect(found.map(({ evidence, shrunk }) => [evidence, shrunk.config])).toEqual([
      ["states", { order: 3 }],
      ["draws", { order: 3 }],
    ]);
  });

  test("is not made up where there is but one", async () => {
    const found = await search(
      ({ order }) => (order === 3 ? ["states"] : []),
      all.filter(({ order }) => order === 3),
    );
    expect(found).toHaveLength(1);
  });
});

test("a configuration to blame that lower laws found is tried first, and taken as it is", async () => {
  let asked = 0;
  const faults: Faults = ({ order }) => (order === 3 ? ["states"] : []);
  const tried = await triedWith(faults, all);
  const counted: Try = (config, drawn) => {
    asked += 1;
    return attemptOf(faults)(config, drawn);
  };
  const found = await culprits(law, tried, options, counted, [{ karras: true }, { order: 3 }]);
  expect(found.map(({ shrunk }) => shrunk.config)).toEqual([{ order: 3 }]);
  expect(asked).toBeLessThan(12);
});

/** The textbook behind options, one of whose combinations gets the noise wrong; every question is written down. */
async function verified(
  excluded: UnitSpec["excluded"],
  wrong: Configuration,
): Promise<{ readonly verdict: Verdict; readonly asked: readonly Question[] }> {
  const asked: Question[] = [];
  const methods = book();
  const twisted = { ...methods };
  const right = methods["sample"];
  if (right === undefined) throw new Error("the textbook samples");
  twisted["sample"] = (args, config) => {
    const answer = right(args, config);
    return completes(config as Configuration, wrong, options) ? { ...answer, xt: tensor(vector(answer, "xt").map((x) => x + 1)) } : answer;
  };
  const plain = subjectOf("options", { name: "Unit", methods: () => twisted });
  const spec = await plain.describe();
  const [base] = spec.units;
  if (base === undefined || plain.now === undefined) throw new Error("a version is one unit that answers at once");
  const now = plain.now;
  const unit = { ...base, options, excluded };
  const subject = {
    ...plain,
    now: (question: Question) => {
      asked.push(question);
      return now(question);
    },
    answer: (question: Question) => {
      asked.push(question);
      return plain.answer(question);
    },
  };
  const { verdicts } = await verifyUnit({
    subject,
    spec: { ...spec, units: [unit] },
    unit,
    laws: [lawOf("gaussian.forward.marginal")],
    checked: Promise.resolve({ broken: new Set(), run: {} }),
    seed: 1,
    effort: efforts["standard"] ?? { name: "standard", cases: 32, long: 1, precision: 0 },
    stopped: () => false,
    onCell: () => undefined,
  });
  const [verdict] = verdicts;
  if (verdict === undefined) throw new Error("a law has a verdict");
  return { verdict, asked };
}

describe("a unit with options", () => {
  test("has its fault named by them", async () => {
    const { verdict } = await verified([], { order: 3, karras: true });
    expect(verdict).toMatchObject({ law: "gaussian.forward.marginal", status: "violated" });
    expect(verdict.faults.map((fault) => fault.options)).toEqual([{ order: 3, karras: true }]);
    expect(verdict.faults[0]?.circumstances).toEqual(["karras=true", "order=3"]);
  });

  test("holds where the textbook is right", async () => {
    expect((await verified([], { order: 4 })).verdict).toMatchObject({ status: "holds", cases: 32, faults: [] });
  });

  test("is never asked what the adapter excludes, while shrinking neither", async () => {
    // Shrinking order=3 to its default would pass through this.
    const options_ = { order: 1, karras: true };
    const { verdict, asked } = await verified([{ options: options_, because: "does not end" }], { karras: true });
    expect(verdict.status).toBe("violated");
    expect(asked.length).toBeGreaterThan(32);
    expect(asked.filter(({ config }) => completes(config, options_, options))).toEqual([]);
    for (const fault of verdict.faults) expect(fault.options).toMatchObject({ karras: true, order: expect.any(Number) });
  });
});
