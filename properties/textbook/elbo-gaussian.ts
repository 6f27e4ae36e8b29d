/**
 * Terms of bounds for Gaussian noise, per coordinate, and divergences of paths.
 */
import { type Counted, others, type Term } from "#properties/textbook/elbo-row";

const { expm1, log } = Math;

/** ½γ′(ε − ε̂)². */
const vdmRate: Term = ({ at }) => (at("slope") * (at("eps") - at("epshat")) ** 2) / 2;

/** ½(e^{γₜ − γₛ} − 1)(ε − ε̂)². */
export const vdmStep: Term = ({ at }) => (expm1(at("gamma") - at("gamma_s")) * (at("eps") - at("epshat")) ** 2) / 2;

/** Divergence of N(√ᾱx₀, 1 − ᾱ) from N(0, 1). */
const priorTerm: Term = ({ at }) => {
  const abar = at("abar");
  return (abar * at("x0") ** 2 - abar - Math.log1p(-abar)) / 2;
};

/** ½(b − b̃)²/g². */
export const pathRate: Term = ({ at }) => (at("drift_p") - at("drift_q")) ** 2 / (2 * at("diffusion2"));

/** Σ R log(R/R̃) − R + R̃ over the states that one may jump to. */
const jumpPathRate: Term = ({ at, all }) => {
  const [p, q, x] = [all("p"), all("q"), at("xt")];
  return others(p.length, x, (y) => {
    const [a, b] = [p[y] ?? 0, q[y] ?? 0];
    return (a === 0 ? 0 : a * log(a / b)) - a + b;
  });
};

/** (s + (z − αx₀)/σ²)². */
export const denoisingScore: Term = ({ at }) => (at("score") + (at("xt") - at("alpha") * at("x0")) / at("sigma") ** 2) ** 2;

/** ½g²(s − ŝ)². */
export const scoreRate: Term = ({ at }) => (at("diffusion2") * (at("score") - at("scorehat")) ** 2) / 2;

export const gaussianTerms: Readonly<Record<string, Counted>> = {
  "vdm-rate": ["eps", vdmRate],
  "vdm-step": ["eps", vdmStep],
  "prior-kl": ["x0", priorTerm],
  "path-kl-rate": ["drift_p", pathRate],
  "jump-path-kl": ["xt", jumpPathRate],
  dsm: ["xt", denoisingScore],
  "score-matching-rate": ["score", scoreRate],
};
