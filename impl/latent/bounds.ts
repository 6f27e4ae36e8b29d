/**
 * Terms of the bounds of latent models, on the host in binary64.
 */

/** Bits per dimension of integer data of `levels` values that were scaled to [low, high], from a density's log-likelihood in nats. */
export function bitsPerDim(
  nats: number,
  dims: number,
  { levels, low, high }: { readonly levels: number; readonly low: number; readonly high: number },
): number {
  return (Math.log(levels / (high - low)) - nats / dims) / Math.LN2;
}

/** E log N(x + u; mean, std²) for u uniform on [0, 1]: a lower bound of the log-probability of the cell. */
export function dequantisedGaussian(x: number, mean: number, std: number): number {
  const z = x - mean;
  return -(z * z + z + 1 / 3) / (2 * std * std) - Math.log(std) - Math.log(2 * Math.PI) / 2;
}

/** The negative bound −log p(w) ≤ reconstruction + encoder − d·log c − model: the model's density is that of latents scaled by c. */
export function latentBound(terms: {
  readonly reconstruction: number;
  readonly encoder: number;
  readonly model: number;
  readonly scale: number;
  readonly dims: number;
}): number {
  return terms.reconstruction + terms.encoder - terms.dims * Math.log(terms.scale) - terms.model;
}
