/**
 * # Notation
 *
 * One symbol, one name, one meaning, one LaTeX form. Exported interfaces and expressions use the ASCII names; pages and
 * reports use the LaTeX and Unicode forms.
 *
 * Convention: noising time grows from clean data at 0 to noise at 1; s < t. `alpha` and `sigma` multiply data and noise, so
 * Ho et al.'s ᾱ is α².
 */

interface Symbol {
  readonly tex: string;
  readonly text: string;
  readonly means: string;
}

const symbol = (tex: string, text: string, means: string): Symbol => ({ tex, text, means });

export const notation: Readonly<Record<string, Symbol>> = {
  x0: symbol("x_0", "x₀", "clean data"),
  x0hat: symbol(String.raw`\hat x_0`, "x̂₀", "predicted data"),
  eps: symbol(String.raw`\varepsilon`, "ε", "standard normal noise"),
  epshat: symbol(String.raw`\hat\varepsilon`, "ε̂", "predicted noise"),
  xt: symbol("x_t", "xₜ", "state at time t"),
  xs: symbol("x_s", "xₛ", "state at the less noisy time s"),
  xr: symbol("x_r", "xᵣ", "state at a third time r"),
  x: symbol("x", "x", "a point of the state space"),
  y: symbol("y", "y", "another point"),
  z: symbol("z", "z", "fresh standard normal noise"),
  v: symbol("v", "v", "v-prediction αε − σx₀"),
  value: symbol(String.raw`\hat m`, "m̂", "a model's prediction, of whatever kind"),
  once: symbol("x_r^{(1)}", "xᵣ⁽¹⁾", "state at time r, reached one way"),
  twice: symbol("x_r^{(2)}", "xᵣ⁽²⁾", "state at time r, reached another way"),
  score: symbol(String.raw`\nabla\log p_t`, "∇log pₜ", "score"),
  mean: symbol(String.raw`\mu`, "μ", "mean of a Gaussian"),
  mean_s: symbol(String.raw`\mu_s`, "μₛ", "mean at time s"),
  mean_t: symbol(String.raw`\mu_t`, "μₜ", "mean at time t"),
  variance: symbol(String.raw`\tilde\beta`, "β̃", "variance of the posterior"),
  std: symbol(String.raw`\varsigma`, "ς", "standard deviation of the noise that a step adds"),
  alpha: symbol(String.raw`\alpha_t`, "αₜ", "coefficient of the data at time t (Ho et al.: √ᾱ)"),
  sigma: symbol(String.raw`\sigma_t`, "σₜ", "coefficient of the noise at time t"),
  alpha_s: symbol(String.raw`\alpha_s`, "αₛ", "coefficient of the data at time s"),
  sigma_s: symbol(String.raw`\sigma_s`, "σₛ", "coefficient of the noise at time s"),
  alpha_r: symbol(String.raw`\alpha_r`, "αᵣ", "coefficient of the data at time r"),
  sigma_r: symbol(String.raw`\sigma_r`, "σᵣ", "coefficient of the noise at time r"),
  alpha_ts: symbol(String.raw`\alpha_{t|s}`, "αₜ|ₛ", "coefficient of xₛ in xₜ"),
  variance_ts: symbol(String.raw`\sigma^2_{t|s}`, "σ²ₜ|ₛ", "variance of xₜ given xₛ"),
  alpha_rate: symbol(String.raw`\dot\alpha_t`, "α̇ₜ", "time derivative of α"),
  sigma_rate: symbol(String.raw`\dot\sigma_t`, "σ̇ₜ", "time derivative of σ"),
  abar: symbol(String.raw`\bar\alpha_t`, "ᾱₜ", "α² of a variance-preserving process"),
  abar_s: symbol(String.raw`\bar\alpha_s`, "ᾱₛ", "ᾱ one index earlier"),
  beta: symbol(String.raw`\beta_t`, "βₜ", "variance that one step of the chain adds"),
  snr: symbol(String.raw`\mathrm{SNR}_t`, "SNRₜ", "signal-to-noise ratio α²/σ²"),
  snr_s: symbol(String.raw`\mathrm{SNR}_s`, "SNRₛ", "signal-to-noise ratio at time s"),
  lambda: symbol(String.raw`\lambda_t`, "λₜ", "log SNR"),
  logsnr: symbol(String.raw`\log\mathrm{SNR}_t`, "log SNRₜ", "log SNR"),
  t: symbol("t", "t", "time"),
  s: symbol("s", "s", "an earlier, less noisy time"),
  u: symbol("u", "u", "canonical time in [0, 1]"),
  w: symbol("w", "w", "guidance weight: 0 unconditional, 1 conditional"),
  eta: symbol(String.raw`\eta`, "η", "stochasticity of DDIM, 1 is ancestral"),
  rho: symbol(String.raw`\rho`, "ρ", "exponent of the Karras grid"),
  drift: symbol("f", "f", "drift coefficient"),
  diffusion2: symbol("g^2", "g²", "squared diffusion coefficient"),
  weight: symbol("w", "w", "weight of a loss"),
  cskip: symbol(String.raw`c_{\mathrm{skip}}`, "c_skip", "EDM skip coefficient"),
  cout: symbol(String.raw`c_{\mathrm{out}}`, "c_out", "EDM output coefficient"),
  cin: symbol(String.raw`c_{\mathrm{in}}`, "c_in", "EDM input coefficient"),
  sigma_data: symbol(String.raw`\sigma_{\mathrm{data}}`, "σ_data", "standard deviation of the data in EDM"),
  sigma_min: symbol(String.raw`\sigma_{\min}`, "σ_min", "smallest positive noise level"),
  sigma_max: symbol(String.raw`\sigma_{\max}`, "σ_max", "largest noise level"),
  same: symbol(String.raw`\delta_{xy}`, "δ(x, y)", "1 where two states are equal"),
  masked: symbol(String.raw`\delta_{ym}`, "δ(y, m)", "1 at the mask"),
  sigma_up: symbol(String.raw`\sigma_{\mathrm{up}}`, "σ_up", "noise that an ancestral step adds"),
  sigma_down: symbol(String.raw`\sigma_{\mathrm{down}}`, "σ_down", "level that its deterministic part reaches"),
};

/** Letters and subscripts that a symbol may have without an entry of its own: `m`, `a1`, `a_1`. Words have no place. */
const plain = /^[A-Za-z](_[A-Za-z0-9]+|[0-9]+)?$/;

/** LaTeX of an expression's symbol; undefined where the name has no place in the notation. */
export function texOfSymbol(name: string): string | undefined {
  const entry = notation[name];
  if (entry !== undefined) return entry.tex;
  if (!plain.test(name)) return undefined;
  const [head = "", ...tail] = name.includes("_") ? name.split("_") : [name.slice(0, 1), name.slice(1)];
  return tail.join("") === "" ? head : `${head}_{${tail.join("")}}`;
}

/** Unicode text of an expression's symbol. */
export function textOfSymbol(name: string): string {
  return notation[name]?.text ?? name;
}
