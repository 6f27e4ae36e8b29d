/**
 * A subject in another language, served over subjects/PROTOCOL.md without any library: `lawbook verify node:examples/server.js`. First the
 * subject, Gaussian paths and a DDIM sampler in binary64; then what the protocol asks of every server: oracles, draws, frames, messages.
 */

/* The subject. Arrays are Float64Arrays; where the protocol has one element, a number will do. */

const list = (value) => (typeof value === "number" ? [value] : value);
const map = (values, f) => Float64Array.from(list(values), f);
/** A term with a zero factor is left out, since the other factor may be infinite. */
const combine = (p, a, q, b) => (p === 0 ? q * b : q === 0 ? p * a : p * a + q * b);

const quarter = Math.PI / 2;
const [slow, fast] = [0.1, 20];
const spent = (t) => slow * t + ((fast - slow) * t * t) / 2;

// Both ends are cut off: dσ/dt of the linear schedule is infinite at 0, σ/α of the cosine at 1.
const time = { kind: "interval", first: 1e-5, last: 0.999, clean: "first" };

/** Levels, and β of dx = −½βx dt + √β dw. `gained` is 1 − (αₜ/αₛ)², so written that nothing cancels where s is close to t. */
const schedules = {
  straight: {
    declared: { time: { ...time, first: 0, last: 1 }, scale: "flow", output: "noise-minus-data" },
    level: (t) => ({ t, alpha: 1 - t, sigma: t }),
    rate: () => ({ alpha: -1, sigma: 1 }),
  },
  cosine: {
    declared: { time, scale: "vp", output: "eps" },
    level: (t) => ({ t, alpha: Math.cos(quarter * t), sigma: Math.sin(quarter * t) }),
    beta: (t) => 2 * quarter * Math.tan(quarter * t),
    gained: (s, t) => (Math.sin(quarter * (t - s)) * Math.sin(quarter * (t + s))) / Math.cos(quarter * s) ** 2,
  },
  linear: {
    declared: { time, scale: "vp", output: "eps", form: { family: "vp-sde", low: slow, high: fast } },
    level: (t) => ({ t, alpha: Math.exp(-spent(t) / 2), sigma: Math.sqrt(-Math.expm1(-spent(t))) }),
    beta: (t) => slow + (fast - slow) * t,
    gained: (s, t) => -Math.expm1(-(t - s) * (slow + ((fast - slow) * (t + s)) / 2)),
  },
};

/** The path x = αx₀ + σε of a schedule. The methods that `units` names below are role methods: section 8. */
class Path {
  constructor({ schedule = "straight", ...config }) {
    Object.assign(this, schedules[schedule], config);
  }
  facts() {
    return { level: "alpha-sigma", ...this.declared };
  }
  rate(t) {
    const [{ alpha, sigma }, beta] = [this.level(t), this.beta(t)];
    return { alpha: (-beta * alpha) / 2, sigma: (beta * alpha ** 2) / (2 * sigma) };
  }
  levels = ({ t }) => ({ alpha: map(t, (t) => this.level(t).alpha), sigma: map(t, (t) => this.level(t).sigma) });
  rates = ({ t }) => ({ alphaRate: map(t, (t) => this.rate(t).alpha), sigmaRate: map(t, (t) => this.rate(t).sigma) });
  snr = ({ t }) => ({ value: map(t, (t) => (this.level(t).alpha / this.level(t).sigma) ** 2) });
  sde = ({ t }) => ({ drift: map(t, (t) => -this.beta(t) / 2), diffusion2: map(t, this.beta) });
  kernel = ({ s, t }) => ({ scale: this.level(t).alpha / this.level(s).alpha, variance: this.gained(s, t) });
  sample = (args) => ({ xt: this.#mixed(args, (t) => [this.level(t).alpha, this.level(t).sigma]) });
  velocity = (args) => ({ value: this.#mixed(args, (t) => [this.rate(t).alpha, this.rate(t).sigma]) });
  /** n samples of d coordinates, one after the other, each with the factors of its own time. */
  #mixed({ x0, noise, t }, factors) {
    const pairs = Array.from(list(t), factors);
    const pair = (i) => pairs[Math.floor((i * pairs.length) / x0.length)];
    return map(x0, (value, i) => combine(pair(i)[0], value, pair(i)[1], noise[i]));
  }
}

/** The sampler of Song, Meng & Ermon (2021) at equal steps of time, with η² times the posterior's variance. */
class DDIM extends Path {
  facts() {
    const [noise, order] = this.eta === 0 ? ["none", 1] : ["marginal", null];
    return { ...super.facts(), sampler: { noise, eta: this.eta, posterior: this.eta === 1, order } };
  }
  /** The level of state k; the last is at time 0, where α = 1 and σ = 0 exactly. */
  state = (k) => this.level((time.last * (this.steps - k)) / this.steps);
  grid() {
    const path = Array.from({ length: this.steps + 1 }, (_, k) => this.state(k));
    const [times, alpha, sigma] = ["t", "alpha", "sigma"].map((name) => map(path, (level) => level[name]));
    return { times: times.slice(0, -1), alpha, sigma, asked: this.steps, clock: "exact" };
  }
  step(x, output, from, to, normal) {
    const added = this.eta * Math.sqrt((to.sigma ** 2 * this.gained(to.t, from.t)) / from.sigma ** 2);
    const kept = Math.sqrt(to.sigma ** 2 - added ** 2);
    const drawn = added > 0 ? [normal(x.length)] : [];
    const data = map(x, (x, i) => (x - from.sigma * output[i]) / from.alpha);
    const states = map(data, (x0, i) => drawn.reduce((sum, z) => sum + added * z[i], to.alpha * x0 + kept * output[i]));
    return { states, inputs: x, outputs: output, data, drawn: [drawn.length] };
  }
  run({ start, oracle, alpha, sigma, p, q, first, count = this.steps - first, draws = { mode: "none" } }) {
    const normal = normals(draws);
    const made = [{ states: start, inputs: [], outputs: [], data: [], drawn: [] }];
    for (let k = 0; k < count; k++) {
      const x = made[k].states;
      const output = predicted(oracle, x, { alpha: alpha[k], sigma: sigma[k] }, [p[k], q[k]], k);
      made.push(this.step(x, output, this.state(first + k), this.state(first + k + 1), normal));
    }
    return Object.fromEntries(Object.keys(made[0]).map((name) => [name, Float64Array.from(made.flatMap((step) => [...step[name]]))]));
  }
}

/* What there is to verify: section 6. */

const methods = ["facts", "levels", "rates", "snr", "sample", "velocity"];
const options = [{ name: "schedule", values: ["cosine", "linear"] }];
const eta = { name: "eta", kind: "number", values: [0, 1, 0.5], drawn: [0, 1, "linear"] };
const steps = { name: "steps", kind: "integer", stage: "setup", values: [10, 1, 25] };
const units = [
  { name: "StraightPath", methods, options: [] },
  { name: "Diffusion", methods: [...methods, "sde", "kernel"], options },
  { name: "DDIM", methods: [...methods, "grid", "run"], options: [...options, eta, steps] },
];

/* Oracles, models whose predictions are known, and draws: sections 9 and 10. */

const pick = (values, i) => (values.length === 1 ? values[0] : values[i]);

function mixture({ weights, means, variances }, x, { alpha, sigma }) {
  const w = map(variances, (variance) => alpha ** 2 * variance + sigma ** 2);
  const off = map(means, (mean) => x - alpha * mean);
  const logs = map(weights, (weight, k) => Math.log(weight) - Math.log(w[k]) / 2 - off[k] ** 2 / (2 * w[k]));
  const shares = map(logs, (log) => Math.exp(log - Math.max(...logs))); // against the largest, so that not all of them underflow
  const total = shares.reduce((a, b) => a + b);
  const mean = (f) => shares.reduce((sum, share, k) => sum + (share / total) * f(k), 0);
  return { x0: mean((k) => means[k] + (alpha * variances[k] * off[k]) / w[k]), eps: mean((k) => (sigma * off[k]) / w[k]) };
}

const oracles = {
  point: ({ point }, x, { alpha, sigma }, i) => ({ x0: pick(point, i), eps: (x - alpha * pick(point, i)) / sigma }),
  pair: ({ x0, eps }, _x, _level, i) => ({ x0: pick(x0, i), eps: pick(eps, i) }),
  gaussian: ({ mean, variance }, x, level, i) =>
    mixture({ weights: [1], means: [pick(mean, i)], variances: [pick(variance, i)] }, x, level),
  mixture,
};

/** What the oracle answers to the state x in a call, counted from 0. */
function predicted(oracle, x, level, [p, q], call) {
  if (oracle.name === "affine") return map(x, (x) => oracle.slope * x + oracle.intercept);
  if (oracle.name === "outputs") return oracle.outputs.slice(call * x.length, (call + 1) * x.length);
  if (!Object.hasOwn(oracles, oracle.name)) throw absent(`no oracle ${oracle.name}`);
  const parts = Array.from(x, (x, i) => oracles[oracle.name](oracle, x, level, i));
  return map(parts, ({ x0, eps }) => combine(p, x0, q, eps));
}

const halves = (wide) => [Number(wide >> 32n), Number(wide & 0xffffffffn)];

function philox([c0, c1, c2, c3], [k0, k1]) {
  for (let round = 0; round < 10; round++) {
    const [[h0, l0], [h1, l1]] = [halves(0xd2511f53n * BigInt(c0)), halves(0xcd9e8d57n * BigInt(c2))];
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    [k0, k1] = [(k0 + 0x9e3779b9) >>> 0, (k1 + 0xbb67ae85) >>> 0];
  }
  return [c0, c1, c2, c3];
}

function normalAt(stream, draw, i) {
  const words = [0, 1].flatMap((block) => philox([i, draw, block, 1], [stream, 0]).slice(0, 3));
  return (words.reduce((sum, word) => sum + (word & 0xffff) + (word >>> 16), 0) - 393210) / 65536;
}

/** A function that makes a run's normal draws, d values at a time. */
function normals({ mode, number }) {
  let made = 0;
  return (d) => {
    const draw = made++;
    if (mode === "basis" && draw >= d) throw new RangeError(`more draws than the ${d} coordinates`);
    const value = { none: () => 0, basis: (i) => (i === draw ? 1 : 0), feed: (i) => normalAt(number, draw, i) }[mode];
    return Float64Array.from({ length: d }, (_, i) => value(i));
  };
}

/* Frames and values: sections 1 and 2. Typed arrays are little-endian, as the protocol is, on nearly all machines. */

const limit = 2 ** 28;
const sizes = { f16: 2, bf16: 2, f32: 4, f64: 8, i32: 4, i64: 8, u8: 1, bool: 1 };
const types = { f64: Float64Array, f32: Float32Array, i64: BigInt64Array, i32: Int32Array, u8: Uint8Array };

/** A tensor stays bytes until its numbers are wanted, so that an echo returns even NaNs as they came. */
class Tensor {
  constructor([dtype, shape, offset], payload) {
    const end = offset + shape.reduce((product, n) => product * n, sizes[dtype]);
    if (!(end <= payload.length)) throw new RangeError(`no tensor ${dtype} of shape [${shape}] at ${offset}`);
    Object.assign(this, { dtype, shape, bytes: payload.slice(offset, end) });
  }
  static of = (array) => new Tensor(["f64", [array.length], 0], new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  numbers = () => Float64Array.from(new types[this.dtype](this.bytes.buffer), Number);
}

/** The value with its parts replaced by what f makes of them, wherever that is not undefined. */
function replaced(value, f) {
  const found = f(value);
  if (found !== undefined || typeof value !== "object" || value === null) return found ?? value;
  if (Array.isArray(value)) return value.map((part) => replaced(part, f));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, replaced(part, f)]));
}

function decoded(header, payload) {
  return replaced(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header)), (value) => {
    if (value?.$t !== undefined) return new Tensor(value.$t, payload);
    return value?.$n === undefined ? undefined : Number(value.$n);
  });
}

function frame(message) {
  const pieces = [];
  let length = 0;
  const header = replaced(message, (value) => {
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) return { $n: value === 0 ? "-0" : String(value) };
    if (value instanceof Float64Array) value = Tensor.of(value);
    if (!(value instanceof Tensor)) return undefined;
    const offset = length;
    length += Math.ceil(value.bytes.length / 8) * 8;
    pieces.push(value.bytes, new Uint8Array(length - offset - value.bytes.length));
    return { $t: [value.dtype, value.shape, offset] };
  });
  const text = Buffer.from(JSON.stringify(header));
  if (Math.max(text.length, length) > limit) throw new RangeError("the answer is longer than a frame may be");
  return Buffer.concat([new Uint8Array(Uint32Array.of(text.length, length).buffer), text, ...pieces]);
}

async function* frames(input) {
  let [pieces, size, wanted] = [[], 0, 8];
  for await (const piece of input) {
    pieces.push(piece);
    size += piece.length;
    while (size >= wanted) {
      const bytes = Buffer.concat(pieces);
      const [start, length] = [8 + bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
      if (Math.max(start - 8, length) > limit) throw new RangeError("a frame is too long");
      [pieces, wanted] = [[bytes], start + length];
      if (size < wanted) break;
      yield decoded(bytes.subarray(8, start), new Uint8Array(bytes.subarray(start, wanted)));
      [pieces, size, wanted] = [[bytes.subarray(wanted)], size - wanted, 8];
    }
  }
  if (size > 0) throw new RangeError("the input ends inside a frame");
}

/* Messages: sections 3 to 5. */

const problem = (code, message, data) => Object.assign(new Error(message), { answer: { code, message, data } });
const absent = (message) => problem(1, message, { kind: "absent", stage: "call" });
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What an option is set to; a value that it does not take is refused. */
function choice({ name, values, kind, drawn }, value = values[0]) {
  const whole = Number.isInteger(value) && value > 0;
  const fits = kind === "integer" ? whole : drawn ? drawn[0] <= value && value <= drawn[1] : values.includes(value);
  if (!fits) throw problem(1, `${name} cannot be ${value}`, { kind: "refused", stage: "construct" });
  return [name, value];
}

const requests = {
  hello: () => ({ protocol: 1, server: "examples/server.js" }),
  describe: () => ({ name: "the JavaScript example", version: null, runtime: { node: process.version }, units }),
  ask({ unit, config = {}, method, args = {}, arithmetic = "f64" }) {
    const found = units.find(({ name }) => name === unit);
    if (found === undefined || typeof method !== "string") throw problem(-32602, `no unit ${unit}, or no method`);
    const unknown = Object.keys(config).find((name) => !found.options.some((option) => option.name === name));
    if (unknown !== undefined || !found.methods.includes(method)) throw absent(`${unit} has no ${unknown ?? method}`);
    if (arithmetic !== "f64") throw absent(`nothing runs in ${arithmetic}`);
    const chosen = Object.fromEntries(found.options.map((option) => choice(option, config[option.name])));
    const object = unit === "DDIM" ? new DDIM(chosen) : new Path(chosen);
    return object[method](replaced(args, (value) => (value instanceof Tensor ? value.numbers() : undefined)));
  },
  echo({ value }) {
    if (value === undefined) throw problem(-32602, "echo without a value");
    return { value };
  },
};

/** A frame with the answer to one message. What is thrown without an answer of its own was raised by the subject. */
function answered(message) {
  const { id = null, method, params = {} } = isObject(message) ? message : {};
  try {
    if (!isObject(message)) throw problem(-32600, "a message is an object");
    if (!Object.hasOwn(requests, String(method))) throw problem(-32601, `no method '${method}'`);
    if (!isObject(params)) throw problem(-32602, "params are an object");
    return frame({ jsonrpc: "2.0", id, result: requests[method](params) });
  } catch (thrown) {
    const { name, message, stack } = thrown;
    const raised = { code: 1, message, data: { kind: "raised", stage: "call", type: name, traceback: stack } };
    return frame({ jsonrpc: "2.0", id, error: thrown.answer ?? raised });
  }
}

process.on("SIGINT", () => {}); // the client decides what Ctrl-C means
try {
  serving: for await (const header of frames(process.stdin)) {
    for (const message of [header].flat()) {
      if (message?.method === "shutdown") break serving;
      process.stdout.write(answered(message));
    }
  }
} catch ({ message }) {
  process.stdout.write(frame({ jsonrpc: "2.0", id: null, error: { code: -32700, message } }));
  process.exitCode = 1;
}
