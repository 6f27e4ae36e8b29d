/**
 * Rescaling to zero terminal signal. Source: Lin et al. (2024), Algorithm 1.
 */
import { type Chain, chainWith } from "#impl/schedule/chain";
import { SpecError } from "#spec/error";

/** √ᾱ moved and stretched so that index 0 keeps its value and index T−1 has none. Throws `outside-domain` for a constant chain. */
export function zeroTerminal({ alpha }: Chain): Chain {
  const [first = 0, last = 0] = [alpha[0], alpha[alpha.length - 1]];
  if (first === last)
    throw new SpecError("outside-domain", "zero terminal: expected √ᾱ to fall along the chain, got a constant", {
      hint: "a chain of one step cannot be stretched",
    });
  const a = alpha.map((value) => (first * (value - last)) / (first - last));
  const abar = a.map((value) => value * value);
  // 1 − ᾱ as a product: no digits are lost while ᾱ is close to 1.
  const sigma = a.map((value) => Math.sqrt((1 - value) * (1 + value)));
  const beta = abar.map((value, k) => 1 - value / (abar[k - 1] ?? 1));
  return chainWith(beta, abar, a, sigma);
}
