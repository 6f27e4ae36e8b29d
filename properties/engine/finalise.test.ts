import { describe, expect, test } from "vitest";
import { finiteLaw } from "#properties/engine/fault";
import { finalise, summaryOf } from "#properties/engine/finalise";
import type { Fault, Verdict } from "#properties/engine/verdict";

const laws = [
  { id: "a.base", restsOn: [] },
  { id: "b.middle", restsOn: ["a.base"] },
  { id: "c.top", restsOn: ["b.middle"] },
  { id: "d.other", restsOn: [] },
  { id: finiteLaw, restsOn: [] },
] as const;

const fault = (circumstances: readonly string[] = [], evidence = "states"): Fault => ({
  fingerprint: [evidence, ...circumstances].join(","),
  evidence,
  options: {},
  circumstances,
  case: {},
  firstFailing: {},
  place: null,
  expected: null,
  got: null,
  residual: null,
  tolerance: null,
  message: "differs",
  replay: "lawbook replay lb1.x",
  confirmed: true,
  cases: 1,
  consistentWith: null,
  impliedBy: [],
});

const verdict = (law: string, faults: readonly Fault[], change: Partial<Verdict> = {}): Verdict => ({
  law,
  subject: "library==1.0",
  unit: "Unit",
  status: faults.length > 0 ? "violated" : "holds",
  reason: null,
  stage: null,
  evidence: [],
  format: null,
  cases: 8,
  skipped: 0,
  skips: {},
  undecidedInDouble: 0,
  used: null,
  detectable: null,
  controls: { run: 3, rejected: 3 },
  durationMs: 0,
  source: null,
  precision: null,
  impliedBy: [],
  consistentWith: null,
  baseline: null,
  documented: null,
  faults,
  ...change,
});

const implied = (verdicts: readonly Verdict[]): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(finalise(verdicts, laws).map(({ law, impliedBy }) => [law, impliedBy]));

describe("implied by", () => {
  test("a law that it rests on, fails in the same circumstances", () => {
    const found = implied([verdict("a.base", [fault(["order=3"])]), verdict("b.middle", [fault(["order=3", "karras=true"])])]);
    expect(found).toEqual({ "a.base": [], "b.middle": ["a.base"] });
  });

  test("not where the lower law's fault needs what the upper one's does not", () => {
    expect(implied([verdict("a.base", [fault(["order=3"])]), verdict("b.middle", [fault([])])])["b.middle"]).toEqual([]);
  });

  test("through laws between that hold", () => {
    const found = implied([verdict("a.base", [fault()]), verdict("b.middle", []), verdict("c.top", [fault()])]);
    expect(found["c.top"]).toEqual(["a.base"]);
  });

  test("only if every fault is: one of its own makes it a finding", () => {
    const found = implied([verdict("a.base", [fault(["order=3"])]), verdict("b.middle", [fault(["order=3"]), fault(["karras=true"])])]);
    expect(found["b.middle"]).toEqual([]);
  });

  test("a law that was found to fail there, if its verdict says that it fails", () => {
    const child = verdict("b.middle", [{ ...fault(), impliedBy: ["a.base"] }]);
    expect(implied([verdict("a.base", [fault(["order=3"])]), child])["b.middle"]).toEqual(["a.base"]);
    expect(implied([verdict("a.base", []), child])["b.middle"]).toEqual([]);
  });

  test("not by laws that it does not rest on, other units or other subjects", () => {
    expect(implied([verdict("d.other", [fault()]), verdict("b.middle", [fault()])])["b.middle"]).toEqual([]);
    for (const elsewhere of [{ unit: "Other" }, { subject: "library==2.0" }])
      expect(implied([verdict("a.base", [fault()], elsewhere), verdict("b.middle", [fault()])])["b.middle"]).toEqual([]);
  });
});

describe("exceptions and NaN", () => {
  const raised = fault(["order=3"], "finite:IndexError");
  const met = [verdict(finiteLaw, []), verdict("d.other", [raised])];

  test("belong to the law of finiteness, which says who met them", () => {
    const [other, finite] = finalise(met, laws);
    expect(other).toMatchObject({ law: "d.other", status: "violated", impliedBy: [finiteLaw] });
    expect(finite).toMatchObject({ law: finiteLaw, status: "violated", impliedBy: [] });
    expect(finite?.faults.map(({ message }) => message)).toEqual(["differs [met by d.other]"]);
    expect(finite?.faults[0]?.fingerprint).not.toBe(raised.fingerprint);
  });

  test("are told once, however many laws meet them", () => {
    const [, , finite] = finalise([...met, verdict("c.top", [raised])], laws);
    expect(finite?.faults).toHaveLength(1);
  });

  test("stay where they are when finiteness was not asked", () => {
    expect(implied([verdict("d.other", [raised])])["d.other"]).toEqual([]);
  });
});

describe("shards", () => {
  const all = [
    verdict(finiteLaw, []),
    verdict("c.top", [fault(["order=3"], "finite:IndexError"), fault()]),
    verdict("a.base", [fault()]),
    verdict("a.base", [], { unit: "Other" }),
    verdict("b.middle", [fault()], { unit: "Other" }),
  ];

  test("merged give what one run gives, in any order", () => {
    const whole = finalise(all, laws);
    const parts = [all.filter(({ unit }) => unit === "Unit"), all.filter(({ unit }) => unit === "Other")].map((part) =>
      finalise(part, laws),
    );
    expect(finalise(parts.reverse().flat(), laws)).toEqual(whole);
    expect(finalise(whole, laws)).toEqual(whole);
  });

  test("every verdict is counted once", () => {
    const counts = summaryOf(finalise(all, laws));
    expect(counts).toEqual({ holds: 1, violated: 4, inconclusive: 0, unsupported: 0, error: 0, untested: 0 });
  });
});
