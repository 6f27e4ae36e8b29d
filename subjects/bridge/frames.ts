/**
 * Frames of the bridge: u32 header length, u32 payload length, JSON header, raw payload, all little-endian. The header is a
 * JSON-RPC 2.0 message or an array of them; tensors in it point into the payload. See subjects/PROTOCOL.md.
 */
import { SpecError } from "#spec/error";
import { type Dtype, type Fields, isTensor, type Tensor, type Value } from "#spec/tensor";

/** Larger frames are refused on both sides. */
export const frameLimit: number = 256 * 1024 * 1024;

const sizes: Readonly<Record<Dtype, number>> = { f16: 2, bf16: 2, f32: 4, f64: 8, i32: 4, i64: 8, u8: 1, bool: 1 };
const named: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

/** One frame of a message. Throws `bad-argument` if it is larger than a frame may be. */
export function encodeFrame(message: Value): Buffer {
  const payload: Uint8Array[] = [];
  const header = Buffer.from(JSON.stringify(encode(message, payload, { offset: 0 })), "utf8");
  const size = payload.reduce((sum, part) => sum + part.byteLength, 0);
  if (header.length > frameLimit || size > frameLimit)
    throw new SpecError("bad-argument", `frames: expected at most ${frameLimit} bytes to send, got ${header.length} + ${size}`);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(header.length, 0);
  lengths.writeUInt32LE(size, 4);
  return Buffer.concat([lengths, header, ...payload]);
}

function encode(value: Value, payload: Uint8Array[], end: { offset: number }): unknown {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : { $n: nameOf(value) };
  if (value === null || typeof value !== "object") return value;
  if (isTensor(value)) {
    const bytes = bytesOf(value);
    const { offset } = end;
    payload.push(bytes);
    end.offset += bytes.byteLength;
    return { $t: [value.dtype, value.shape, offset] };
  }
  if (Array.isArray(value)) return value.map((item) => encode(item, payload, end));
  return Object.fromEntries(Object.entries(value as Fields).map(([key, item]) => [key, encode(item, payload, end)]));
}

function nameOf(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}

/** Elements as raw bytes, padded to eight. Only f64, f32, i64, i32 and u8 are ever sent; the rest is received. */
function bytesOf(tensor: Tensor): Uint8Array {
  const { data, dtype } = tensor;
  const raw = dtype === "f64" ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(typed(dtype, data).buffer);
  if (raw.byteLength % 8 === 0) return raw;
  const padded = new Uint8Array(Math.ceil(raw.byteLength / 8) * 8);
  padded.set(raw);
  return padded;
}

function typed(dtype: Dtype, data: Float64Array): Float32Array | Int32Array | BigInt64Array | Uint8Array {
  switch (dtype) {
    case "f32":
      return Float32Array.from(data);
    case "i32":
      return Int32Array.from(data);
    case "i64":
      return BigInt64Array.from(data, (x) => BigInt(x));
    case "u8":
    case "bool":
      return Uint8Array.from(data);
    default:
      throw new SpecError("bad-argument", `frames: expected a tensor to send of dtype f64, f32, i64, i32 or u8, got ${dtype}`);
  }
}

/** Collects bytes and yields whole messages. Throws `protocol-broken` when the stream cannot be in step. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): Value[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: Value[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) messages.push(frame);
    return messages;
  }

  /** Bytes of an unfinished frame. */
  get pending(): number {
    return this.#length;
  }

  #next(): Value | undefined {
    if (this.#length < 8) return undefined;
    const head = this.#peek(8);
    const [header, payload] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    if (header > frameLimit || payload > frameLimit) throw this.#tooLarge(header, payload);
    if (this.#length < 8 + header + payload) return undefined;
    const whole = this.#take(8 + header + payload);
    return decodeFrame(whole.subarray(8, 8 + header), whole.subarray(8 + header));
  }

  /** Programs that print where frames belong are told apart: four letters make a length of a gigabyte. */
  #tooLarge(header: number, payload: number): SpecError {
    const [line = ""] = this.#peek(Math.min(this.#length, 60)).toString("latin1", 0, 60).split("\n");
    const got = /^[\x20-\x7e]{4,}$/.test(line) ? `the text "${line}"` : `a frame of ${header} + ${payload}`;
    return new SpecError("protocol-broken", `frames: expected at most ${frameLimit} bytes, got ${got}`);
  }

  #peek(count: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= count) return first;
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #take(count: number): Buffer {
    const all = this.#peek(count);
    this.#length -= count;
    this.#chunks.shift();
    if (all.length > count) this.#chunks.unshift(all.subarray(count));
    return all.subarray(0, count);
  }
}

function decodeFrame(header: Buffer, payload: Buffer): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(header.toString("utf8"));
  } catch (cause) {
    throw new SpecError("protocol-broken", "frames: the header is no JSON", { cause });
  }
  return decode(parsed, payload);
}

function decode(value: unknown, payload: Buffer): Value {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => decode(item, payload));
  const record = value as Record<string, unknown>;
  if ("$n" in record) {
    const number = named[String(record["$n"])];
    if (number === undefined) throw new SpecError("protocol-broken", `frames: no number is called ${String(record["$n"])}`);
    return number;
  }
  if ("$t" in record) return tensorAt(record["$t"], payload);
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, decode(item, payload)]));
}

function tensorAt(spec: unknown, payload: Buffer): Tensor {
  const [dtype, shape, offset] = Array.isArray(spec) ? (spec as [Dtype, readonly number[], number]) : [];
  if (dtype === undefined || !(dtype in sizes) || !Array.isArray(shape) || typeof offset !== "number")
    throw new SpecError("protocol-broken", `frames: expected a tensor [dtype, shape, offset], got ${JSON.stringify(spec)}`);
  const natural = (n: unknown): boolean => Number.isSafeInteger(n) && Number(n) >= 0;
  if (!shape.every(natural) || !natural(offset))
    throw new SpecError("protocol-broken", `frames: expected lengths and an offset that are natural numbers, got ${JSON.stringify(spec)}`);
  const count = shape.reduce((product, length) => product * length, 1);
  const size = count * sizes[dtype];
  if (offset + size > payload.length)
    throw new SpecError("protocol-broken", `frames: a tensor of ${size} bytes at ${offset} leaves the payload of ${payload.length}`);
  // Copied: the typed view must be aligned, and the frame's buffer is not kept alive.
  const bytes = new Uint8Array(size);
  bytes.set(payload.subarray(offset, offset + size));
  return { dtype, shape, data: doubles(dtype, bytes, count) };
}

function doubles(dtype: Dtype, bytes: Uint8Array, count: number): Float64Array {
  const { buffer } = bytes;
  switch (dtype) {
    case "f64":
      return new Float64Array(buffer, 0, count);
    case "f32":
      return Float64Array.from(new Float32Array(buffer, 0, count));
    case "i32":
      return Float64Array.from(new Int32Array(buffer, 0, count));
    case "i64":
      return Float64Array.from(new BigInt64Array(buffer, 0, count), Number);
    case "u8":
    case "bool":
      return Float64Array.from(bytes);
    case "f16":
      return Float64Array.from(new Uint16Array(buffer, 0, count), halfToDouble);
    case "bf16":
      return Float64Array.from(new Float32Array(Uint32Array.from(new Uint16Array(buffer, 0, count), (x) => x << 16).buffer));
    default:
      return dtype satisfies never;
  }
}

function halfToDouble(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
