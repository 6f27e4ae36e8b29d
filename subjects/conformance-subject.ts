/**
 * Checks of what a server says of its subject: that declarations can be read, that answers have the lengths they should, that errors
 * say whose they are. PROTOCOL.md, sections 5 to 9. Whether the numbers are right is for the laws.
 */
import { type TimeDomain, timesAt } from "#spec/convention";
import { factsFrom } from "#spec/facts";
import { roleMethods } from "#spec/roles";
import { type Fields, isTensor, tensor, type Value } from "#spec/tensor";
import type { SubjectSpec, UnitSpec } from "#subjects/answerer";
import { protocolVersion, specFrom } from "#subjects/bridge/description";
import { encodeFrame, FrameReader } from "#subjects/bridge/frames";
import { type Check, check, greeted, mismatch, request, type ServerUnderTest } from "#subjects/conformance-check";
import type { Peer } from "#subjects/conformance-peer";

interface Question {
  readonly unit: string;
  readonly method: string;
  readonly args?: Fields;
  readonly config?: Fields;
  readonly arithmetic?: string;
  readonly fresh?: boolean;
}

/** What came back for a question: fields, or an error with its kind. */
type Answer = { readonly fields: Fields } | { readonly kind: string; readonly text: string };

interface Talk {
  readonly spec: SubjectSpec;
  ask(question: Question): Promise<Answer>;
  /** The fields; throws what came instead. */
  answer(question: Question): Promise<Fields>;
}

async function talk(peer: Peer, server: ServerUnderTest): Promise<Talk> {
  const spec = specFrom(await greeted(peer, server));
  const reader = new FrameReader();
  let id = 100;
  async function ask({
    unit,
    method,
    args = {},
    config = {},
    arithmetic = spec.arithmetics[0] ?? "f64",
    fresh = false,
  }: Question): Promise<Answer> {
    id += 1;
    const params = { unit, config, method, args, arithmetic, fresh, seconds: 10 };
    peer.write(encodeFrame({ jsonrpc: "2.0", id, method: "ask", params }));
    const frame = await peer.next();
    if (frame === null) throw new Error(`${unit}.${method}: expected an answer, got the end of the output; stderr: ${peer.stderr}`);
    // Through the client's own reader: what it cannot read is wrong.
    const [message] = reader.push(encoded(frame.header, frame.payload));
    const reply = (Array.isArray(message) ? message[0] : message) as Fields;
    if (reply["id"] !== id) throw new Error(`${unit}.${method}: expected the answer to request ${id}, got one to ${String(reply["id"])}`);
    const error = reply["error"] as
      | { readonly code: number; readonly message: string; readonly data?: { readonly kind?: string } }
      | undefined;
    if (error === undefined) return { fields: reply["result"] as Fields };
    return { kind: error.data?.kind ?? String(error.code), text: error.message };
  }
  return {
    spec,
    ask,
    async answer(question) {
      const got = await ask(question);
      if ("fields" in got) return got.fields;
      throw new Error(
        `${question.unit}.${question.method} with ${JSON.stringify(question.config ?? {})}: expected an answer, got ${got.kind}: ${got.text}`,
      );
    },
  };
}

function encoded(header: unknown, payload: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(header), "utf8");
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(payload.length, 4);
  return Buffer.concat([lengths, text, payload]);
}

/** A check of every unit in turn. */
function ofUnits(name: string, method: string, body: (talk: Talk, unit: UnitSpec) => Promise<string | null>): Check {
  return check(name, async (peer, server) => {
    const talking = await talk(peer, server);
    for (const unit of talking.spec.units.filter(({ methods }) => methods.includes(method))) {
      const wrong = await body(talking, unit);
      if (wrong !== null) return `${unit.name}: ${wrong}`;
    }
    return null;
  });
}

const timeOf = async (talking: Talk, unit: UnitSpec): Promise<TimeDomain> =>
  factsFrom(await talking.answer({ unit: unit.name, method: "facts" })).time;

/** That a field has so many elements; a number counts as one. */
function length(fields: Fields, name: string, expected: number): string | null {
  const value = fields[name];
  const got = typeof value === "number" ? 1 : isTensor(value) ? value.data.length : undefined;
  return got === expected
    ? null
    : `${name}: expected an array of ${expected}, got ${got === undefined ? JSON.stringify(value) : `one of ${got}`}`;
}

const levels = (fields: Fields, expected: number): string | null =>
  "level" in fields ? length(fields, "level", expected) : (length(fields, "alpha", expected) ?? length(fields, "sigma", expected));

const array = (...values: readonly number[]): Value => tensor(Float64Array.from(values));
const numbers = (value: Value | undefined): readonly number[] => (isTensor(value) ? Array.from(value.data) : []);
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((x, k) => Object.is(x, b[k]));

const known: readonly string[] = ["facts", ...Object.values(roleMethods).flat()];

export const subjectChecks: readonly Check[] = [
  check("methods that exist, options whose default comes first", async (peer, server) => {
    const { units } = specFrom(await greeted(peer, server));
    for (const { name, methods, options } of units) {
      const unknown = methods.find((method) => !known.includes(method));
      if (unknown !== undefined) return `${name}: expected role methods of PROTOCOL.md, got ${unknown}`;
      const odd = options.find((option) => JSON.stringify(option.default) !== JSON.stringify(option.values[0] ?? option.default));
      if (odd !== undefined) return `${name}: option ${odd.name}: expected its default first, got ${JSON.stringify(odd.values)}`;
    }
    return units.length > 0 ? null : "expected a unit, got none";
  }),
  ofUnits("facts can be read, in every arithmetic", "facts", async (talking, unit) => {
    for (const arithmetic of talking.spec.arithmetics) {
      const found = await talking.ask({ unit: unit.name, method: "facts", arithmetic });
      if ("fields" in found) factsFrom(found.fields);
      else if (found.kind !== "absent") return `facts in ${arithmetic}: ${found.kind}: ${found.text}`;
    }
    return null;
  }),
  ofUnits("every option value is taken or refused", "facts", async (talking, unit) => {
    for (const option of unit.options)
      for (const value of option.values) {
        const found = await talking.ask({ unit: unit.name, method: "facts", config: { [option.name]: value as Value } });
        if ("fields" in found) factsFrom(found.fields);
        else if (found.kind !== "refused") return `${option.name} = ${JSON.stringify(value)}: ${found.kind}: ${found.text}`;
      }
    return null;
  }),
  ofUnits("levels: as many as times", "levels", async (talking, unit) => {
    const time = await timeOf(talking, unit);
    for (const u of [[0.5], [0, 0.25, 0.5, 1]]) {
      const found = await talking.answer({ unit: unit.name, method: "levels", args: { t: array(...timesAt(time, Float64Array.from(u))) } });
      const wrong = levels(found, u.length);
      if (wrong !== null) return wrong;
    }
    return null;
  }),
  ofUnits("sample: samples of one time and of several", "sample", async (talking, unit) => {
    const time = await timeOf(talking, unit);
    for (const [u, d] of [
      [[0.5], 6],
      [[0, 0.5, 1], 6],
    ] as const) {
      const many = Array.from({ length: u.length * d }, (_, k) => (k % 5) / 4 - 0.5);
      const args = { x0: array(...many), noise: array(...many), t: array(...timesAt(time, Float64Array.from(u))) };
      const found = await talking.answer({ unit: unit.name, method: "sample", args });
      const wrong = length(found, "xt", many.length);
      if (wrong !== null) return wrong;
    }
    return null;
  }),
  ofUnits("the same question has the same answer, fresh or not", "levels", async (talking, unit) => {
    const t = array(...timesAt(await timeOf(talking, unit), Float64Array.of(0.5, 1)));
    const question = { unit: unit.name, method: "levels", args: { t } };
    const [once, twice, anew] = [
      await talking.answer(question),
      await talking.answer(question),
      await talking.answer({ ...question, fresh: true }),
    ];
    const [a, b, c] = [once, twice, anew].map((found) => Object.values(found).flatMap(numbers));
    return same(a ?? [], b ?? []) && same(a ?? [], c ?? [])
      ? null
      : `expected ${JSON.stringify(a)} three times, got ${JSON.stringify(b)} and ${JSON.stringify(c)}`;
  }),
  ofUnits("a run: its states, and its model", "run", async (talking, unit) => {
    const grid = await talking.answer({ unit: unit.name, method: "grid" });
    const times = numbers(grid["times"]);
    const wrong = levels(grid, times.length + 1) ?? length(grid, "asked", 1);
    if (wrong !== null) return wrong;
    const [d, count] = [6, Math.min(2, times.length)];
    const start = [0.5, -1, 2, 0.25, 0, 1];
    const point = [1, 0.5, -0.5, 0.125, 0, -1];
    const level = array(...Array.from({ length: count }, () => 0.5));
    const ones = array(...Array.from({ length: count }, () => 1));
    const zeros = array(...Array.from({ length: count }, () => 0));
    const oracle = { name: "point", point: array(...point) };
    const plan = {
      start: array(...start),
      oracle,
      alpha: level,
      sigma: level,
      p: ones,
      q: zeros,
      first: 0,
      count,
      draws: { mode: "none" },
      state: "fresh",
    };
    const run = await talking.answer({ unit: unit.name, method: "run", args: plan });
    const off =
      length(run, "states", (count + 1) * d) ??
      length(run, "inputs", count * d) ??
      length(run, "outputs", count * d) ??
      length(run, "drawn", count) ??
      (run["data"] === null || run["data"] === undefined ? null : length(run, "data", count * d));
    if (off !== null) return off;
    if (!same(numbers(run["states"]).slice(0, d), start))
      return `expected the first state to be the start, got ${JSON.stringify(numbers(run["states"]).slice(0, d))}`;
    const expected = Array.from({ length: count }, () => point).flat();
    return same(numbers(run["outputs"]), expected) ? null : `expected the oracle's data, got ${JSON.stringify(numbers(run["outputs"]))}`;
  }),
  check("questions about what does not exist", async (peer, server) => {
    peer.send(request(1, "hello", { protocol: protocolVersion, client: "conformance" }));
    const ask = (id: number, unit: string, method: string, config: object = {}): object =>
      request(id, "ask", { unit, config, method, args: {}, fresh: false });
    await peer.reply();
    peer.send(ask(2, "anything", "facts"));
    const early = mismatch(await peer.reply(), 2, -32602);
    if (early !== null) return early;
    peer.send(request(3, "describe", server.describe));
    const { units } = specFrom((await peer.reply()).result as Fields);
    const name = units[0]?.name ?? "";
    peer.send([ask(4, `not ${name}`, "facts"), ask(5, name, "no such method"), ask(6, name, "facts", { "no such option": 1 })]);
    return (
      mismatch(await peer.reply(), 4, -32602) ??
      mismatch(await peer.reply(), 5, 1, "absent") ??
      mismatch(await peer.reply(), 6, 1, "absent")
    );
  }),
];
