/**
 * The textbook of latent diffusion of discrete data: embeddings, analog bits, and the terms of their bounds. A control replaces a part.
 */
import { AbsentHere } from "#properties/engine/controls";
import type { RawMethods } from "#properties/engine/property";
import { gaussHermite, gaussLegendre } from "#spec/number/quadrature";
import { normals } from "#spec/stream";
import { type Fields, number, tensor, vector } from "#spec/tensor";

const facts = (classes: number, form: Fields | null): Fields => ({
  time: { kind: "interval", first: 0, last: 1, clean: "first" },
  discrete: { classes },
  form,
});

/** K points in d dimensions, no two alike. */
export function embeddingOf(K = 12, d = 3): Float64Array {
  return normals(5, 0, K * d);
}

/** Rounding to the nearest point; `distance` may be another. */
export function embeddingBook(
  points: Float64Array = embeddingOf(),
  d = 3,
  distance: (z: Float64Array, e: Float64Array) => number = squared,
  encode: (points: Float64Array) => Float64Array = (all) => all,
): RawMethods {
  const K = points.length / d;
  const all = encode(points);
  return {
    facts: () => facts(K, { family: "embedding" }),
    encode: (args) => {
      const tokens = vector(args, "tokens");
      const out = new Float64Array(tokens.length * d);
      for (const [i, k] of tokens.entries()) out.set(all.subarray(k * d, (k + 1) * d), i * d);
      return { latents: tensor(out) };
    },
    decode: (args) => {
      const latents = vector(args, "latents");
      return {
        tokens: tensor(
          Float64Array.from({ length: latents.length / d }, (_, i) => {
            const z = latents.subarray(i * d, (i + 1) * d);
            let [best, least] = [0, Number.POSITIVE_INFINITY];
            for (let k = 0; k < K; k++) {
              const far = distance(z, points.subarray(k * d, (k + 1) * d));
              if (far < least) [best, least] = [k, far];
            }
            return best;
          }),
        ),
      };
    },
  };
}

export const squared = (z: Float64Array, e: Float64Array): number => z.reduce((sum, x, j) => sum + (x - (e[j] ?? 0)) ** 2, 0);

export interface Bits {
  readonly classes?: number;
  readonly bits?: number;
  readonly scale?: number;
  readonly first?: number;
  /** What the book says of itself, where it differs. */
  readonly said?: number;
  readonly digit?: (k: number, j: number) => number;
  readonly read?: (z: number, j: number) => number;
  /** Added to every integer that is read. */
  readonly from?: number;
}

/** Digit j is the one of weight 2ʲ. */
export function bitsBook({
  classes = 200,
  bits = Math.ceil(Math.log2(classes)),
  scale = 1,
  first = 1,
  said = first,
  digit = (k, j) => Math.floor(k / 2 ** j) % 2,
  read = (z) => (z > 0 ? 1 : 0),
  from = 0,
}: Bits = {}): RawMethods {
  const weightAt = (place: number): number => (first === 1 ? bits - 1 - place : place);
  return {
    facts: () => facts(classes, { family: "analog-bits", bits, scale, first: said }),
    encode: (args) => ({
      latents: tensor(
        Float64Array.from(
          { length: vector(args, "tokens").length * bits },
          (_, i) => scale * (2 * digit(vector(args, "tokens")[Math.floor(i / bits)] ?? 0, weightAt(i % bits)) - 1),
        ),
      ),
    }),
    decode: (args) => {
      const z = vector(args, "latents");
      return {
        tokens: tensor(
          Float64Array.from({ length: z.length / bits }, (_, i) => {
            let k = from;
            for (let place = 0; place < bits; place++) k += read(z[i * bits + place] ?? 0, weightAt(place)) * 2 ** weightAt(place);
            return k;
          }),
        ),
      };
    },
  };
}

type Term = (inputs: Fields) => Float64Array;

/** The loss terms of latent models by name. */
export const latentTerms: Readonly<Record<string, Term>> = {
  "bits-per-dim": (inputs) =>
    Float64Array.of(
      (Math.log(number(inputs, "levels") / (number(inputs, "high") - number(inputs, "low"))) -
        number(inputs, "nats") / number(inputs, "dims")) /
        Math.LN2,
    ),
  "dequantised-gaussian": (inputs) => {
    const [z, s] = [number(inputs, "x") - number(inputs, "mean"), number(inputs, "std")];
    return Float64Array.of(-(z * z + z + 1 / 3) / (2 * s * s) - Math.log(s) - Math.log(2 * Math.PI) / 2);
  },
  "latent-bound": (inputs) => {
    const shift = number(inputs, "dims") * Math.log(number(inputs, "scale"));
    return Float64Array.of(number(inputs, "reconstruction") + number(inputs, "encoder") - shift - number(inputs, "model"));
  },
  "embedding-bound": (inputs) => embeddingBound(inputs),
};

export interface Parts {
  /** Weights of the three terms. */
  readonly prior?: number;
  readonly diffusion?: number;
  readonly reconstruction?: number;
  /** Whether the decoder knows how often each token comes. */
  readonly weighed?: boolean;
  readonly nodes?: number;
}

/** −log P(w) term by term: prior, diffusion and reconstruction, by quadrature over γ and over the noise. Shape `K`. */
export function embeddingBound(
  inputs: Fields,
  { prior = 1, diffusion = 1, reconstruction = 1, weighed = true, nodes = 40 }: Parts = {},
): Float64Array {
  const [points, law] = [vector(inputs, "embedding"), vector(inputs, "prior")];
  const [low, high] = [number(inputs, "low"), number(inputs, "high")];
  const noise = gaussHermite(48);
  const amplitudes = (gamma: number): readonly [alpha: number, sigma: number] => [
    Math.sqrt(1 / (1 + Math.exp(gamma))),
    Math.sqrt(1 / (1 + Math.exp(-gamma))),
  ];
  /** E over ε of h(logits of all tokens given z, ε). */
  const expected = (w: number, gamma: number, h: (logits: Float64Array, eps: number, alpha: number, sigma: number) => number): number => {
    const [alpha, sigma] = amplitudes(gamma);
    let sum = 0;
    noise.nodes.forEach((eps, k) => {
      const z = alpha * (points[w] ?? 0) + sigma * eps;
      const logits = points.map((e, j) => Math.log(law[j] ?? 0) - (z - alpha * e) ** 2 / (2 * sigma * sigma));
      sum += (noise.weights[k] ?? 0) * h(logits, eps, alpha, sigma);
    });
    return sum;
  };
  const total = (logits: Float64Array): number => {
    const top = Math.max(...logits);
    return top + Math.log(logits.reduce((sum, l) => sum + Math.exp(l - top), 0));
  };
  return Float64Array.from(points, (_, w) => {
    const known = Math.log(law[w] ?? 0);
    const decode = expected(w, low, (logits) => {
      const used = weighed ? logits : logits.map((l, j) => l - Math.log(law[j] ?? 0));
      return total(used) - (used[w] ?? 0);
    });
    // log q(z₁ | w) − log p(z₁): the normalising constants cancel.
    const end = expected(w, high, (logits) => (logits[w] ?? 0) - known - total(logits));
    const { nodes: places, weights } = gaussLegendre(nodes);
    let along = 0;
    places.forEach((u, k) => {
      const gamma = low + (high - low) * u;
      const error = expected(w, gamma, (logits, _eps, alpha, sigma) => {
        const norm = total(logits);
        const mean = points.reduce((sum, e, j) => sum + e * Math.exp((logits[j] ?? 0) - norm), 0);
        return ((alpha / sigma) * ((points[w] ?? 0) - mean)) ** 2;
      });
      along += ((weights[k] ?? 0) * (high - low) * error) / 2;
    });
    return prior * end + diffusion * along + reconstruction * decode;
  });
}

/** Terms as a subject answers them. */
export function termBook(replace: Readonly<Record<string, Term>> = {}): RawMethods {
  return {
    facts: () => facts(2, null),
    term: (args) => {
      const name = String(args["name"]);
      const term = replace[name] ?? latentTerms[name];
      if (term === undefined) throw new AbsentHere(`no term ${name}`);
      return { value: tensor(term((args["inputs"] ?? {}) as Fields)) };
    },
  };
}
