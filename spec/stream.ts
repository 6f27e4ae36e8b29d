/**
 * # Counter-based streams
 *
 * The noise of a run is a function of (stream, draw, element): no state, any order, the same numbers in TypeScript and in
 * `subjects/python/stream.py`. Philox 4×32 with ten rounds (Salmon et al. 2011) makes the bits; normals are sums of twelve
 * uniforms, so every value is a multiple of 2^−16 and exact in binary32 on both sides. They have mean 0 and variance 1 up to
 * 10⁻⁹ and are confined to (−6, 6): good enough for identities, and not used where the law of the noise is what is tested.
 */

const m0 = 0xd2511f53;
const m1 = 0xcd9e8d57;
const w0 = 0x9e3779b9;
const w1 = 0xbb67ae85;

/** High 32 bits of the product of two 32-bit integers. */
function high(a: number, b: number): number {
  const [al, ah, bl, bh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = ah * bl + ((al * bl) >>> 16);
  return (ah * bh + Math.floor(middle / 65536) + ((((middle & 0xffff) + al * bh) / 65536) | 0)) >>> 0;
}

/** One block of four 32-bit words for counter (c0, c1, c2, c3) and key (k0, k1), written into `out`. */
export function philox(counter: readonly [number, number, number, number], key: readonly [number, number], out: Uint32Array): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const h0 = high(m0, c0);
    const h1 = high(m1, c2);
    const l0 = Math.imul(m0, c0);
    const l1 = Math.imul(m1, c2);
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1 >>> 0, (h0 ^ c3 ^ k1) >>> 0, l0 >>> 0];
    k0 = (k0 + w0) >>> 0;
    k1 = (k1 + w1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

const block = new Uint32Array(4);

/** Standard normal stand-ins: element i of draw `draw` of `stream`. Shape `n`. */
export function normals(stream: number, draw: number, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let half = 0; half < 2; half++) {
      philox([i >>> 0, draw >>> 0, half, 1], [stream >>> 0, 0], block);
      for (let k = 0; k < 3; k++) {
        const word = block[k] ?? 0;
        sum += (word & 0xffff) + (word >>> 16);
      }
    }
    out[i] = (sum - 6 * 65536 + 6) / 65536;
  }
  return out;
}

/** Multiples of 2^−24 in [0, 1). Shape `n`. */
export function uniforms(stream: number, draw: number, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    philox([i >>> 0, draw >>> 0, 0, 2], [stream >>> 0, 0], block);
    out[i] = ((block[0] ?? 0) >>> 8) / 2 ** 24;
  }
  return out;
}
