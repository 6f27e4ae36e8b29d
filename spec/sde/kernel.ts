/**
 * # Kernels of the standard SDEs
 *
 * Closed forms of mean and standard deviation for the variance-preserving, variance-exploding and sub-variance-preserving SDEs.
 *
 * Convention: β(t) = b + (c − b)t on [0, 1] and B its integral; σ(t) = b(c/b)^t for the exploding one, with the common
 * approximation that the kernel's variance is σ²(t) itself (the exact kernel's is σ²(t) − σ²(0)).
 */
import { type Expression, expression } from "#spec/number/expression";

const integral = "(b * t + (c - b) * t^2 / 2)";

export type SdeFamily = "vp-sde" | "ve-sde" | "ve-sde-exact" | "subvp-sde";

/** Amplitudes and squared diffusion of a family in its parameters b, c and time t. */
export interface SdeForm {
  readonly alpha: Expression;
  readonly sigma: Expression;
  readonly rate: Expression;
}

export const sdeForms: Readonly<Record<SdeFamily, SdeForm>> = {
  "vp-sde": {
    alpha: expression(`exp(-${integral} / 2)`),
    sigma: expression(`sqrt(-expm1(-${integral}))`),
    rate: expression("b + (c - b) * t"),
  },
  "ve-sde": {
    alpha: expression("1 + 0 * t"),
    sigma: expression("b * exp(t * log(c / b))"),
    rate: expression("2 * log(c / b) * b^2 * exp(2 * t * log(c / b))"),
  },
  "ve-sde-exact": {
    alpha: expression("1 + 0 * t"),
    sigma: expression("b * sqrt(expm1(2 * t * log(c / b)))"),
    rate: expression("2 * log(c / b) * b^2 * exp(2 * t * log(c / b))"),
  },
  "subvp-sde": {
    alpha: expression(`exp(-${integral} / 2)`),
    sigma: expression(`-expm1(-${integral})`),
    rate: expression(`(b + (c - b) * t) * -expm1(-2 * ${integral})`),
  },
};
