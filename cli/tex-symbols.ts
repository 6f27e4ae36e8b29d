/**
 * Unicode for the LaTeX that laws use.
 */
export interface Mark {
  readonly combining: string;
  /** Letters that carry the accent as one character. */
  readonly ready: Readonly<Record<string, string>>;
}

export const accents: Readonly<Record<string, Mark>> = {
  hat: { combining: "\u0302", ready: {} },
  bar: { combining: "\u0304", ready: { α: "ᾱ" } },
  tilde: { combining: "\u0303", ready: {} },
  dot: { combining: "\u0307", ready: {} },
};

export const blackboard: Readonly<Record<string, string>> = { E: "𝔼", R: "ℝ", N: "𝒩" };

export const commands: Readonly<Record<string, string>> = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", varepsilon: "ε", epsilon: "ε", eta: "η", theta: "θ", lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π",
  rho: "ρ", sigma: "σ", varsigma: "ς", tau: "τ", phi: "φ", omega: "ω", Phi: "Φ", Sigma: "Σ", Delta: "Δ", Omega: "Ω", Lambda: "Λ",
  sum: "Σ", prod: "Π", int: "∫", nabla: "∇", partial: "∂", infty: "∞", forall: "∀", exists: "∃", in: "∈", cup: "∪", cap: "∩",
  le: "≤", ge: "≥", ne: "≠", gtrless: "≷", approx: "≈", pm: "±", cdot: "·", times: "×", circ: "∘", mid: " | ", wedge: "∧", vee: "∨", otimes: "⊗", odot: "⊙",
  Rightarrow: " ⇒ ", iff: " ⇔ ", to: "→", mapsto: "↦", ldots: "…", dots: "…", cdots: "⋯",
  log: "log ", exp: "exp", cos: "cos", sin: "sin", max: "max", min: "min", lgamma: "lgamma", circledast: "⊛", top: "⊤",
  quad: "   ", qquad: "    ", ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "|": "‖", "#": "#", "{": "{", "}": "}", "\\": " ", _: "_", "%": "%",
};

export const subscripts: Readonly<Record<string, string>> = {
  "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈", "9": "₉", "+": "₊", "−": "₋", "=": "₌", "(": "₍", ")": "₎",
  "|": "|", ",": ",", a: "ₐ", e: "ₑ", h: "ₕ", i: "ᵢ", j: "ⱼ", k: "ₖ", l: "ₗ", m: "ₘ", n: "ₙ", o: "ₒ", p: "ₚ", r: "ᵣ", s: "ₛ", t: "ₜ", u: "ᵤ", v: "ᵥ", x: "ₓ",
  β: "ᵦ", γ: "ᵧ", ρ: "ᵨ", φ: "ᵩ",
};

export const superscripts: Readonly<Record<string, string>> = {
  "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "+": "⁺", "−": "⁻", "=": "⁼", "(": "⁽", ")": "⁾", "/": "ᐟ",
  a: "ᵃ", b: "ᵇ", c: "ᶜ", d: "ᵈ", e: "ᵉ", f: "ᶠ", g: "ᵍ", h: "ʰ", i: "ⁱ", j: "ʲ", k: "ᵏ", l: "ˡ", m: "ᵐ", n: "ⁿ", o: "ᵒ", p: "ᵖ", r: "ʳ", s: "ˢ", t: "ᵗ", u: "ᵘ", v: "ᵛ",
  w: "ʷ", x: "ˣ", y: "ʸ", z: "ᶻ", B: "ᴮ", N: "ᴺ", T: "ᵀ", K: "ᴷ", "*": "*", "′": "′",
};
