/**
 * # Counter-based streams
 *
 * The noise of a run is a function of (stream, draw, element): no state, any order, the same numbers in TypeScript and in
 * `subjects/python/stream.py`. Philox 4×32 with ten rounds (Salmon et al. 2011) makes the bits; normals are sums of twelve
 * uniforms, so every value is a multiple of 2^−16 and exact in binary32 on both sides. They have mean 0 and variance 1 up to
 * 10⁻⁹ and are confined to (−6, 6): good enough for identities, and not used where the law of the noise is what is tested.
 */

/**
 * One block of four 32-bit words for counter (c0, c1, c2, c3) and key (k0, k1), written into `out`.
 *
 * The multipliers are 0xd2511f53 and 0xcd9e8d57. High words of products are made of halves, in 32-bit integers throughout, which is what
 * makes it fast: a product of halves plus sixteen bits stays below 2³².
 */
export function philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: Int32Array): void {
  let a = c0 | 0;
  let b = c1 | 0;
  let c = c2 | 0;
  let d = c3 | 0;
  let k = k0 | 0;
  let l = k1 | 0;
  for (let round = 0; round < 10; round++) {
    const al = a & 0xffff;
    const ah = a >>> 16;
    const cl = c & 0xffff;
    const ch = c >>> 16;
    const s = (Math.imul(0xd251, al) + (Math.imul(0x1f53, al) >>> 16)) | 0;
    const t = (Math.imul(0x1f53, ah) + (s & 0xffff)) | 0;
    const x = (Math.imul(0xcd9e, cl) + (Math.imul(0x8d57, cl) >>> 16)) | 0;
    const y = (Math.imul(0x8d57, ch) + (x & 0xffff)) | 0;
    const high0 = (Math.imul(0xd251, ah) + (s >>> 16) + (t >>> 16)) | 0;
    const high1 = (Math.imul(0xcd9e, ch) + (x >>> 16) + (y >>> 16)) | 0;
    const low0 = Math.imul(0xd2511f53, a);
    a = high1 ^ b ^ k;
    b = Math.imul(0xcd9e8d57, c);
    c = high0 ^ d ^ l;
    d = low0;
    k = (k + 0x9e3779b9) | 0;
    l = (l + 0xbb67ae85) | 0;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}

const block = new Int32Array(4);

/** Standard normal stand-ins: element i of draw `draw` of `stream`. Shape `n`. */
export function normals(stream: number, draw: number, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = normalAt(stream, draw, i);
  return out;
}

/** One element of `normals`. */
export function normalAt(stream: number, draw: number, i: number): number {
  philox(i, draw, 0, 1, stream, 0, block);
  const half = halves(block[0] ?? 0) + halves(block[1] ?? 0) + halves(block[2] ?? 0);
  philox(i, draw, 1, 1, stream, 0, block);
  return (half + halves(block[0] ?? 0) + halves(block[1] ?? 0) + halves(block[2] ?? 0) - 6 * 65536 + 6) / 65536;
}

/** Upper and lower half of a word, added up. */
const halves = (word: number): number => (word & 0xffff) + (word >>> 16);

/** Multiples of 2^−24 in [0, 1). Shape `n`. */
export function uniforms(stream: number, draw: number, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = uniformAt(stream, draw, i);
  return out;
}

/** One element of `uniforms`. */
export function uniformAt(stream: number, draw: number, i: number): number {
  philox(i, draw, 0, 2, stream, 0, block);
  return ((block[0] ?? 0) >>> 8) / 2 ** 24;
}

/**
 * Words of 32 bits for long arrays: word i of a stream is `mixed(later(first, i), key)`, a counter mixed by two multiplications (lowbias32 of Wellons),
 * with two numbers that Philox makes of the stream. A tenth of what a block for each element costs, and known to this side alone. Whoever
 * needs words mixes them where they are used: written to memory first they cost half as much again.
 */
export function wordsOf(stream: number): { readonly first: number; readonly key: number } {
  philox(0, 0, 0, 3, stream, 0, block);
  return { first: block[0] ?? 0, key: block[1] ?? 0 };
}

/** A function, as the number itself is looked up at each use outside this file. */
export function later(counter: number, by: number): number {
  return (counter + Math.imul(by, 0x9e3779b9)) | 0;
}

export function mixed(counter: number, key: number): number {
  let word = Math.imul(counter ^ (counter >>> 16), 0x21f0aaad) ^ key;
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
  return word ^ (word >>> 15);
}
