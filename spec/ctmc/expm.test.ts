/**
 * The closed forms solve the forward equation: their symbolic derivatives are their products with the rates.
 */
import { describe, expect, test } from "vitest";
import { evaluate } from "#spec/number/compile";
import { derivative, expression } from "#spec/number/expression";

interface Form {
  readonly name: string;
  readonly entry: string;
  /** ∂ₜP(x, y) = Σ_z P(x, z)R(z, y), written out. */
  readonly flow: string;
}

const p = "(b + a * exp(-(a + b) * t)) / (a + b)";
const forms: readonly Form[] = [
  { name: "absorbing, kept", entry: "exp(-t)", flow: "-exp(-t)" },
  { name: "absorbing, masked", entry: "-expm1(-t)", flow: "exp(-t)" },
  {
    name: "uniform, stay",
    entry: "exp(-t) - expm1(-t) / K",
    flow: "(exp(-t) - expm1(-t) / K) * (1 - K) / K + (K - 1) * (-expm1(-t) / K) / K",
  },
  {
    name: "uniform, move",
    entry: "-expm1(-t) / K",
    flow: "(-expm1(-t) / K) * (1 - K) / K + (exp(-t) - expm1(-t) / K + (K - 2) * (-expm1(-t) / K)) / K",
  },
  { name: "two states, stay", entry: p, flow: `-a * ${p} + b * (1 - ${p})` },
  {
    name: "pure death, three to one",
    entry: "3 * exp(-t) * (1 - exp(-t))^2",
    flow: "-3 * exp(-t) * (1 - exp(-t))^2 + 2 * (3 * exp(-2 * t) * (1 - exp(-t)))",
  },
];

describe.each(forms)("$name", ({ entry, flow }) => {
  const slope = derivative(expression(entry), "t");
  const product = expression(flow);

  test.each([0.001, 0.125, 1, 5, 30])("at t = %s", (t) => {
    const u = 2 ** -53;
    const at = { t, a: 1.5, b: 0.25, K: 7 };
    const used = (of: typeof slope) =>
      evaluate(of, Object.fromEntries(of.symbols.map((name) => [name, at[name as keyof typeof at]])), u, 0);
    const [left, right] = [used(slope), used(product)];
    expect(Math.abs((left.values[0] ?? 0) - (right.values[0] ?? 0))).toBeLessThanOrEqual(
      2 * u * ((left.errors[0] ?? 0) + (right.errors[0] ?? 0)),
    );
  });
});
