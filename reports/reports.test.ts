import { describe, expect, test } from "vitest";
import type { Fault, Report, Verdict } from "#properties/engine/verdict";
import { faultGroups } from "#reports/fault-groups";
import { fromJson, toJson } from "#reports/json";
import { toJunit } from "#reports/junit";
import type { LawPage, LawPages } from "#reports/law-page";
import { apart, widthOf, wrap } from "#reports/layout";
import { toTerminal } from "#reports/terminal";

function fault(over: Partial<Fault> = {}): Fault {
  return {
    fingerprint: "0123456789abcdef",
    evidence: "landing",
    options: {},
    circumstances: [],
    case: { w: -0 },
    firstFailing: {},
    place: "state 1, coordinate 0",
    expected: 1,
    got: 1.5,
    residual: 0.5,
    tolerance: 1e-6,
    message: "",
    replay: "lawbook replay lb1.AAAA",
    confirmed: true,
    cases: 3,
    impliedBy: [],
    consistentWith: null,
    ...over,
  };
}

function verdict(over: Partial<Verdict> = {}): Verdict {
  return {
    law: "schedule.weak",
    subject: "pip:x==1",
    unit: "A",
    status: "violated",
    reason: null,
    stage: null,
    evidence: ["balance"],
    format: "binary64 as binary32",
    cases: 8,
    skipped: 0,
    skips: {},
    undecidedInDouble: 0,
    used: 0.5,
    detectable: 1e-7,
    controls: { run: 3, rejected: 3 },
    durationMs: 4,
    source: null,
    precision: null,
    impliedBy: [],
    consistentWith: null,
    baseline: null,
    documented: null,
    faults: [fault()],
    ...over,
  };
}

function report(...verdicts: readonly Verdict[]): Report {
  const summary = { holds: 0, violated: 0, inconclusive: 0, unsupported: 0, error: 0, untested: 0 };
  for (const { status } of verdicts) summary[status] += 1;
  const run = {
    seed: 1,
    effort: "quick",
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 5,
    interrupted: false,
    shard: null,
    falseAlarmBudget: 1e-9,
    falseAlarmSpent: 0,
    versions: {},
    device: {},
  };
  const subject = { id: "pip:x==1", asked: "pip:x", name: "x", version: "1", runtime: {}, conventions: {}, coverage: [] };
  return { schema: "lawbook/report@1", run, subjects: [subject], verdicts, controls: [], summary };
}

function page(id: string, depth: number): readonly [string, LawPage] {
  const formula = { tex: "a = b", text: "a = b" };
  return [
    id,
    {
      id,
      title: `What ${id} says.`,
      kind: "theorem",
      statement: [formula],
      roles: [],
      sources: [],
      given: [],
      domain: [],
      restsOn: [],
      depth,
      tolerance: formula,
      unpromoted: false,
      accepts: [],
      controls: [],
    },
  ];
}

const pages: LawPages = new Map([page("schedule.weak", 0), page("sampler.strong", 3), page("metamorphic.finite", 0)]);
const plain = { pages, colour: false, verbose: false, rerun: null };

describe("faults", () => {
  test("of ten classes with one mistake are told once, in the simplest of them", () => {
    const units = Array.from({ length: 10 }, (_, k) =>
      verdict({ unit: `U${k}`, faults: [fault({ options: k === 7 ? {} : { steps: 7 }, circumstances: ["steps"] })] }),
    );
    const groups = faultGroups(report(...units), pages);
    expect(groups.map(({ all, shown }) => [all.length, shown.verdict.unit])).toEqual([[10, "U7"]]);
    expect(toTerminal(report(...units), plain)).toContain("schedule.weak  in 10 classes");
  });

  test("of the weakest law come first, and what follows from them is named under them", () => {
    const strong = verdict({ law: "sampler.strong", impliedBy: ["schedule.weak"] });
    const own = verdict({ law: "sampler.strong", unit: "B" });
    const all = report(strong, own, verdict());
    expect(faultGroups(all, pages).map(({ law, implies }) => [law, implies])).toEqual([
      ["schedule.weak", ["sampler.strong"]],
      ["sampler.strong", []],
    ]);
    const text = toTerminal(all, plain);
    expect(text.indexOf("schedule.weak")).toBeLessThan(text.indexOf("sampler.strong"));
    expect(text).toContain("2 faults: 3 violated (1 implied)");
  });

  test("that are exceptions are told by the law about them, not by all who met them", () => {
    const raised = fault({
      evidence: "finite:ValueError",
      message: "run raises ValueError: no",
      expected: null,
      got: null,
      residual: null,
      tolerance: null,
    });
    const finite = verdict({ law: "metamorphic.finite", faults: [{ ...raised, message: `${raised.message} [met by sampler.strong]` }] });
    const groups = faultGroups(report(finite, verdict({ law: "sampler.strong", faults: [raised, fault()] })), pages);
    expect(groups.map(({ law, evidence }) => `${law} ${evidence}`)).toEqual([
      "metamorphic.finite finite:ValueError",
      "sampler.strong landing",
    ]);
  });

  test("that are documented come last and are marked", () => {
    const documented = verdict({ documented: "clips, as its page says" });
    const text = toTerminal(report(documented, verdict({ law: "sampler.strong", unit: "B" })), plain);
    expect(text.indexOf("sampler.strong")).toBeLessThan(text.indexOf("Documented deviations"));
    expect(text).toContain("clips, as its page says");
    expect(text).toContain("2 violated (1 documented)");
  });
});

describe("the terminal report", () => {
  test("keeps to 100 columns, replay lines apart, and says how far outside a number is", () => {
    const long = verdict({
      source: { file: "/usr/lib/site-packages/x/y.py", lines: [3, 90], sha256: "0".repeat(64) },
      faults: [fault({ options: { a: "x".repeat(40), b: "y".repeat(40), c: 1, d: 2, e: 3 } })],
    });
    const text = toTerminal(report(long), plain);
    for (const line of text.split("\n")) if (!line.includes("lawbook replay")) expect(widthOf(line), line).toBeLessThanOrEqual(100);
    expect(text).toContain("500000 × the tolerance of 0.000001");
    expect(text).toContain("A (x/y.py:3-90)");
  });

  test("shows errors with their stage and place", () => {
    const text = toTerminal(report(verdict({ status: "error", reason: "ImportError: no torch", stage: "import", faults: [] })), plain);
    expect(text).toMatch(/error +1 × import: ImportError: no torch \(A schedule.weak\)/);
  });
});

describe("JSON", () => {
  test("carries what JSON cannot say, and brings it back", () => {
    const odd = report(
      verdict({ used: Number.POSITIVE_INFINITY, detectable: -0, faults: [fault({ got: Number.NaN, residual: Number.NEGATIVE_INFINITY })] }),
    );
    const text = toJson(odd);
    expect(text).toContain('"got": "NaN"');
    expect(text).toContain('"residual": "-Infinity"');
    const [back] = fromJson(text).verdicts;
    expect(Object.is(back?.detectable, -0)).toBe(true);
    expect([back?.used, back?.faults[0]?.got]).toEqual([Number.POSITIVE_INFINITY, Number.NaN]);
    expect(toJson(fromJson(text))).toBe(text);
  });

  test("does not depend on the order in which records were filled", () => {
    const of = (options: Fault["options"]): string => toJson(report(verdict({ faults: [fault({ options })] })));
    expect(of({ a: 1, b: 2 })).toBe(of({ b: 2, a: 1 }));
  });

  test.each([
    ["[]", "no report"],
    ['{"schema":"lawbook/report@9"}', "lawbook/report@9"],
    ['{"schema":"lawbook/report@1"}', "incomplete"],
  ])("refuses %s", (text, words) => {
    expect(() => fromJson(text)).toThrow(words);
  });
});

test("JUnit fails violations, skips what is open or documented, and survives any message", () => {
  const xml = toJunit(
    report(
      verdict({ faults: [fault({ message: "bell \u0007, ]]> and \ud800 alone" })] }),
      verdict({ unit: "B", documented: "on purpose" }),
      verdict({ unit: "C", status: "inconclusive", reason: "too few", faults: [] }),
      verdict({ unit: "D", status: "error", reason: "crash <&>", stage: "call", faults: [] }),
      verdict({ unit: "E", status: "holds", faults: [] }),
    ),
    pages,
  );
  expect(xml.match(/<failure/g)).toHaveLength(1);
  expect(xml.match(/<skipped/g)).toHaveLength(2);
  expect(xml.match(/<error/g)).toHaveLength(1);
  expect(xml).toContain("lawbook replay lb1.AAAA");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML forbids
  expect(xml).not.toMatch(/[\u0000-\u0008]/);
  expect(xml.match(/]]>/g)).toHaveLength(xml.match(/<!\[CDATA\[/g)?.length ?? 0);
});

test("layout counts what is seen", () => {
  expect(widthOf("\u001b[31mx̂₀\u001b[39m")).toBe(2);
  expect(wrap("a bb ccc", 4)).toEqual(["a bb", "ccc"]);
  expect(apart(1, 1 + 2 ** -40)).toEqual(["1", "1.00000000000091"]);
});
