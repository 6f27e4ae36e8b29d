/**
 * Every law is shown to reject what is wrong and to accept what is right, before it is believed about anybody else.
 */
import { describe, expect, test } from "vitest";
import { properties } from "#properties/all";
import { runControls } from "#properties/engine/controls";

/** A mistake counts as plausible when answers are less than this far off, or, if they are yes or no, wrong in fewer cases than right. */
const glance = 0.05;
const glanceAtTruth = 0.5;

describe.each(properties.map((one) => [one.law.id, one] as const))("%s", (_, property) => {
  const reports = runControls([property]);

  test.each(property.accepts.map(({ name }) => name))("accepts %s", (name) => {
    expect(reports.find((report) => report.name === name && report.expected === "accepted")?.got).toBe("accepted");
  });

  test.each(property.rejects.map(({ name }) => name))("rejects %s", (name) => {
    expect(reports.find((report) => report.name === name && report.expected === "rejected")?.got).toBe("rejected");
  });

  test("has three wrong versions, two of them plausible, and a right one", () => {
    expect(property.accepts.length).toBeGreaterThanOrEqual(1);
    expect(property.rejects.length).toBeGreaterThanOrEqual(3);
    expect(property.rejects.filter(({ plausible }) => plausible).length).toBeGreaterThanOrEqual(2);
    expect(new Set([...property.accepts, ...property.rejects].map(({ name }) => name)).size).toBe(
      property.accepts.length + property.rejects.length,
    );
  });

  test.each(property.rejects.filter(({ plausible }) => plausible).map(({ name }) => name))("%s is less than 5 % off", (name) => {
    const { distance } = reports.find((report) => report.name === name && report.expected === "rejected") ?? {};
    expect(distance).toBeGreaterThan(0);
    expect(distance).toBeLessThan(property.law.roles.includes("BlockDecoder") ? glanceAtTruth : glance);
  });
});
