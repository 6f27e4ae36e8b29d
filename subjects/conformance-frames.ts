/**
 * Checks of frames, values and messages: what every server does alike, whatever its subject. PROTOCOL.md, sections 1 to 5.
 */
import { protocolVersion, specFrom } from "#subjects/bridge/description";
import { frameLimit } from "#subjects/bridge/frames";
import { type Check, check, greeted, mismatch, request, shown } from "#subjects/conformance-check";
import { frame, type Peer, rawTensor } from "#subjects/conformance-peer";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Per element type: quiet and signalling NaNs with payloads, infinities, both zeros, subnormals; largest and smallest integers. */
const specials: Readonly<Record<string, Buffer>> = {
  f16: hex("007e 017d 00fc 007c 0080 0000 0100 ff7b 003c"),
  bf16: hex("c07f 817f 80ff 807f 0080 0000 0100 7f7f 803f"),
  f32: hex("0000c07f 010080ff 341280 7f 000080ff 0000807f 00000080 01000000 ffff7f7f cdcccc3d"),
  f64: hex(
    "000000000000f87f 010000000000f0ff efbeadde0000f87f 000000000000f0ff 0000000000000080 0100000000000000 ffffffffffffef7f 9a9999999999b93f",
  ),
  i32: hex("ffffff7f 00000080 ffffffff 00000000"),
  i64: hex("ffffffffffffff7f 0000000000000080 0100000000002000 ffffffffffffffff"),
  u8: hex("00 01 7f 80 ff"),
  bool: hex("00 01 01"),
};
const sizes: Readonly<Record<string, number>> = { f16: 2, bf16: 2, f32: 4, f64: 8, i32: 4, i64: 8, u8: 1, bool: 1 };

interface Sent {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** Sends tensors in one value, packed from `start` on without gaps, and says what came back changed. */
async function echoed(peer: Peer, tensors: readonly Sent[], start = 0): Promise<string | null> {
  let offset = start;
  const places = tensors.map(({ bytes }) => {
    const at = offset;
    offset += bytes.length;
    return at;
  });
  const payload = Buffer.concat([Buffer.alloc(start, 0xa5), ...tensors.map(({ bytes }) => bytes)]);
  const value = tensors.map(({ dtype, shape }, k) => ({ inner: [{ $t: [dtype, shape, places[k]] }] }));
  peer.send(request(5, "echo", { value }), payload);
  const reply = await peer.reply();
  const back = reply.result?.["value"] as readonly { readonly inner: readonly unknown[] }[] | undefined;
  if (reply.id !== 5 || back === undefined) return `expected the value, got ${shown(reply)}`;
  for (const [k, sent] of tensors.entries()) {
    const got = rawTensor(back[k]?.inner[0], reply.payload);
    if (got.dtype !== sent.dtype || got.shape.join() !== sent.shape.join())
      return `expected ${sent.dtype}[${sent.shape.join()}], got ${got.dtype}[${got.shape.join()}]`;
    if (!got.bytes.equals(sent.bytes)) return `${sent.dtype}: expected ${sent.bytes.toString("hex")}, got ${got.bytes.toString("hex")}`;
  }
  return null;
}

const echoOf = (dtype: string): Check =>
  check(`echo of ${dtype}, bit for bit`, (peer) => {
    const bytes = specials[dtype] ?? Buffer.alloc(0);
    return echoed(peer, [{ dtype, shape: [bytes.length / (sizes[dtype] ?? 1)], bytes }]);
  });

/** Sends what nobody can read: an error without id, and the process leaves with a status of its own. */
function broken(name: string, bytes: () => Uint8Array, close: boolean): Check {
  return check(name, async (peer) => {
    peer.send(request(1, "echo", { value: "before" }));
    peer.write(bytes());
    if (close) peer.end();
    const before = await peer.reply();
    if (before.id !== 1) return `expected the answer to what came before, got ${shown(before)}`;
    const wrong = mismatch(await peer.reply(), null, -32700);
    if (wrong !== null) return wrong;
    const ending = await peer.ended();
    return typeof ending === "number" && ending !== 0 ? null : `expected a status other than 0, got ${ending}`;
  });
}

const lengths = (header: number, payload: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(header, 0);
  bytes.writeUInt32LE(payload, 4);
  return bytes;
};

const values: readonly unknown[] = [
  { $n: "NaN" },
  { $n: "Infinity" },
  { $n: "-Infinity" },
  { $n: "-0" },
  0,
  0.1,
  5e-324,
  1.7976931348623157e308,
  -(2 ** 53),
  2 ** 53,
  1e21,
  true,
  null,
  "",
  'ε₀ ☃ 𝔸 "\\\u0000\u2028',
  [],
  {},
  [[], [[]]],
  { a: { "": [{ "0": null }] } },
];

export const frameChecks: readonly Check[] = [
  check("hello and describe, in one batch", async (peer, server) => {
    specFrom(await greeted(peer, server));
    return null;
  }),
  check("parameters it does not know are ignored", async (peer, server) => {
    peer.send(request(1, "hello", { protocol: protocolVersion, client: "conformance", later: [1] }));
    peer.send(request(2, "describe", { ...server.describe, later: { a: 1 } }));
    peer.send(request(3, "echo", { value: 1, later: null }));
    for (const id of [1, 2, 3]) {
      const reply = await peer.reply();
      if (reply.id !== id || reply.result === undefined) return `expected a result for request ${id}, got ${shown(reply)}`;
    }
    return null;
  }),
  ...Object.keys(specials).map(echoOf),
  check("echo of single elements and of none", async (peer) => {
    const one = (dtype: string): Sent => ({ dtype, shape: [], bytes: (specials[dtype] ?? Buffer.alloc(0)).subarray(0, sizes[dtype]) });
    const none = [[0], [3, 0], [0, 2, 2]].map((shape) => ({ dtype: "f32", shape, bytes: Buffer.alloc(0) }));
    return (await echoed(peer, Object.keys(specials).map(one))) ?? (await echoed(peer, none));
  }),
  check("echo of tensors at any offset", (peer) => {
    const bytes = specials["f64"] ?? Buffer.alloc(0);
    return echoed(
      peer,
      [
        { dtype: "u8", shape: [1, 1], bytes: hex("2a") },
        { dtype: "f64", shape: [2, 4], bytes },
        { dtype: "bool", shape: [3], bytes: hex("010001") },
      ],
      5,
    );
  }),
  check("echo of a megabyte", (peer) => {
    const bytes = Buffer.alloc(1 << 20);
    for (let k = 0; k < bytes.length; k += 4) bytes.writeUInt32LE((k * 0x9e3779b1) >>> 0, k);
    return echoed(peer, [{ dtype: "f32", shape: [512, 512], bytes }]);
  }),
  check("echo of numbers that JSON lacks, and of every other value", async (peer) => {
    peer.send(request(4, "echo", { value: values }));
    const reply = await peer.reply();
    const back = JSON.stringify(reply.result?.["value"]);
    return back === JSON.stringify(values) ? null : `expected ${JSON.stringify(values)}, got ${back}`;
  }),
  check("a batch is answered in order", async (peer) => {
    const count = 96;
    peer.send(Array.from({ length: count }, (_, k) => request(k + 10, k % 7 === 3 ? "no such thing" : "echo", { value: k })));
    for (let k = 0; k < count; k++) {
      const reply = await peer.reply();
      const right = reply.id === k + 10 && (k % 7 === 3 ? reply.error?.code === -32601 : reply.result?.["value"] === k);
      if (!right) return `expected the answer to request ${k + 10}, got ${shown(reply)}`;
    }
    return null;
  }),
  check("several frames at once, and one in pieces", async (peer) => {
    const second = frame(request(2, "echo", { value: { $t: ["u8", [3], 0] } }), hex("010203"));
    peer.write(Buffer.concat([frame(request(1, "echo", { value: 1 })), second.subarray(0, 5)]));
    const first = await peer.reply();
    if (first.result?.["value"] !== 1) return `expected 1, got ${shown(first)}`;
    for (const byte of second.subarray(5)) {
      peer.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const reply = await peer.reply();
    const { bytes } = rawTensor(reply.result?.["value"], reply.payload);
    return bytes.equals(hex("010203")) ? null : `expected 010203, got ${bytes.toString("hex")}`;
  }),
  check("an unknown method, missing parameters, a message that is none", async (peer) => {
    peer.send(request(1, "Describe"));
    peer.send(request(2, "ask", { unit: "x" }));
    peer.send(request(3, "echo", [1]));
    peer.send(7);
    peer.send(request(4, "echo", { value: 4 }));
    const wrong =
      mismatch(await peer.reply(), 1, -32601) ??
      mismatch(await peer.reply(), 2, -32602) ??
      mismatch(await peer.reply(), 3, -32602) ??
      mismatch(await peer.reply(), null, -32600);
    if (wrong !== null) return wrong;
    const last = await peer.reply();
    return last.result?.["value"] === 4 ? null : `expected it to go on, got ${shown(last)}`;
  }),
  broken("a frame that is too large", () => lengths(2, frameLimit + 1), false),
  broken("a header that is too large", () => lengths(0xffff_ffff, 0), false),
  broken("a header that is no JSON", () => Buffer.concat([lengths(4, 0), Buffer.from("{nul")]), false),
  broken("a tensor outside the payload", () => frame(request(2, "echo", { value: { $t: ["f64", [2], 0] } }), Buffer.alloc(8)), false),
  broken("a tensor of no type", () => frame(request(2, "echo", { value: { $t: ["f128", [1], 0] } }), Buffer.alloc(16)), false),
  broken("an end inside a frame", () => frame(request(2, "echo", { value: 1 })).subarray(0, 20), true),
  check("an end between frames", async (peer) => {
    peer.send(request(1, "echo", { value: 1 }));
    peer.end();
    const reply = await peer.reply();
    const ending = await peer.ended();
    return reply.id === 1 && ending === 0 ? null : `expected an answer and status 0, got ${shown(reply)} and ${ending}`;
  }),
  check("shutdown answers what came before and leaves", async (peer) => {
    peer.send([request(1, "echo", { value: 1 }), request(2, "shutdown"), request(3, "echo", { value: 3 })]);
    const reply = await peer.reply();
    const [after, ending] = [await peer.next(), await peer.ended()];
    return reply.id === 1 && after === null && ending === 0
      ? null
      : `expected one answer and status 0, got ${shown(reply)}, ${JSON.stringify(after)} and ${ending}`;
  }),
];
