/**
 * # JUnit
 *
 * One test suite per subject and unit, one test case per law. Unsupported and untested laws are skipped; inconclusive ones too,
 * with their reason, because JUnit knows no third outcome.
 */
import junit, { type Builder } from "junit-report-builder";
import type { Report, Verdict } from "#properties/engine/verdict";
import type { LawPages } from "#reports/law-page";
import { counted, numeral, optionsText } from "#reports/layout";

export function toJunit(report: Report, pages: LawPages): string {
  // The published types take the module for one with a default field; it is the builder itself.
  const root = (junit as unknown as Builder).newBuilder();
  const suites = new Map<string, Verdict[]>();
  for (const verdict of report.verdicts) {
    const name = `${verdict.subject} ${verdict.unit}`;
    suites.set(name, [...(suites.get(name) ?? []), verdict]);
  }
  for (const [name, verdicts] of suites) {
    const suite = root.testSuite().name(name).timestamp(new Date(report.run.startedAt));
    suite.time(seconds(verdicts.reduce((sum, { durationMs }) => sum + durationMs, 0)));
    for (const verdict of verdicts) {
      const test = suite.testCase().name(verdict.law).className(name).time(seconds(verdict.durationMs));
      if (verdict.source !== null) test.file(verdict.source.file);
      if (verdict.status === "violated" && verdict.documented === null)
        test.failure(clean(pages.get(verdict.law)?.title ?? verdict.law), "violated").stacktrace(failureText(verdict, pages));
      else if (verdict.status === "error") test.error(clean(verdict.reason ?? "no answer"), verdict.stage ?? "error");
      else if (verdict.status !== "holds") test.skipped().standardOutput(clean(skipText(verdict)));
    }
  }
  return root.build();
}

const seconds = (ms: number): number => Math.round(ms) / 1000;

function skipText({ status, reason, documented }: Verdict): string {
  return documented !== null && status === "violated" ? `documented deviation: ${documented}` : `${status}: ${reason ?? ""}`;
}

function failureText(verdict: Verdict, pages: LawPages): string {
  const page = pages.get(verdict.law);
  const head = [page?.title ?? verdict.law, ...(page?.statement.map(({ text }) => `  ${text}`) ?? [])];
  if (verdict.impliedBy.length > 0) head.push(`implied by ${verdict.impliedBy.join(", ")}`);
  const faults = verdict.faults.map((fault) =>
    [
      `${fault.evidence}${fault.place === null ? "" : `, ${fault.place}`}: expected ${numeral(fault.expected)}, got ${numeral(fault.got)}, tolerance ${numeral(fault.tolerance, 3)}`,
      `with ${optionsText(fault.options)}`,
      ...(fault.message === "" ? [] : [fault.message]),
      ...(fault.consistentWith === null ? [] : [`consistent with ${fault.consistentWith}`]),
      fault.replay,
    ].join("\n"),
  );
  return clean([...head, counted(faults.length, "fault"), ...faults].join("\n"));
}

/** Characters that XML cannot carry: messages come from anywhere. */
function clean(text: string): string {
  // biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
  return text
    .replaceAll("]]>", "]] >")
    .replaceAll(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      "\ufffd",
    );
  // biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above
}
