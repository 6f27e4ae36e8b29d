import { expect, test } from "vitest";
import { lawPages } from "#cli/law-page";
import { textOfTex } from "#cli/tex-text";
import { properties } from "#properties/all";

test.each([
  [String.raw`\alpha_t\,x_0+\sigma_t\,\varepsilon = x_t`, "αₜ x₀ + σₜ ε = xₜ"],
  [String.raw`{\alpha_t}^{2}+{\sigma_t}^{2} = 1`, "αₜ² + σₜ² = 1"],
  [String.raw`\bar\alpha_t = \bar\alpha_s\,\left(1-\beta_t\right)`, "ᾱₜ = ᾱₛ (1 − βₜ)"],
  [String.raw`\mathrm{SNR}_t = \frac{\alpha_t^2}{\sigma_t^2}`, "SNRₜ = αₜ²/σₜ²"],
  [String.raw`\tfrac12\left(a-b\right)`, "1/2(a − b)"],
  [String.raw`\frac1{\sqrt{\sigma^2+\sigma_d^2}}`, "1/(√(σ² + σ_d²))"],
  [String.raw`\alpha_t = e^{-B(t)/2}`, "αₜ = e⁻ᴮ⁽ᵗ⁾ᐟ²"],
  [String.raw`\sum_{k=0}^{K-1} p_k = 1`, "Σₖ₌₀ᴷ⁻¹ pₖ = 1"],
  [String.raw`c_{\mathrm{skip}} = 1`, "c_skip = 1"],
  [String.raw`s<t \;\Rightarrow\; a \le b,\qquad c`, "s<t ⇒ a ≤ b,   c"],
  [String.raw`x \text{ after} = x \text{ before}`, "x after = x before"],
  [String.raw`\mathbb E[x\,s] = -1`, "𝔼[x s] = −1"],
  [String.raw`\unheard{x}`, "unheardx"],
  [String.raw`\int_s^t R_v\,\mathrm dv`, "∫ₛᵗ Rᵥ dv"],
  [String.raw`\mathrm{d`, "d"],
  [String.raw`\langle p, \mathcal L f\rangle = \langle \mathcal L^* p, f\rangle`, "⟨p, ℒ f⟩ = ⟨ℒ* p, f⟩"],
  [String.raw`\begin{pmatrix}a & b\\ c & d\end{pmatrix}`, "(a, b; c, d)"],
])("%s", (tex, text) => {
  expect(textOfTex(tex)).toBe(text);
});

test("every statement and tolerance comes out as plain text", () => {
  for (const page of lawPages(properties).values())
    for (const { tex, text } of [...page.statement, page.tolerance]) {
      expect(text, tex).not.toMatch(/\\|[_^]\{/);
      expect(text, tex).not.toMatch(/ {4}|undefined/);
      expect(text.length).toBeGreaterThan(0);
    }
});
