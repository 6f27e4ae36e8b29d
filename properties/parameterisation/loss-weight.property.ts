import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, cumulative, discrete, linearBetas } from "#properties/textbook/chain";
import { minSnr, snrAt } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { data } from "#properties/textbook/values";
import { answered, both, elementwise } from "#properties/textbook/wrong";
import type { OutputKind } from "#spec/convention";
import { bfloat16 } from "#spec/number/format";
import { lossWeight, sd3Weight } from "#spec/parameterisation/loss-weight";
import { normals } from "#spec/stream";
import { type Fields, number, tensor } from "#spec/tensor";

/** The SNR of a chain. */
type Snr = (chain: Chain, t: number) => number;

/** A book on a variance-preserving chain with these weights. */
function weighing(weight: (kind: OutputKind, snr: number, gamma: number) => number, snr: Snr = snrAt): RawMethods {
  const chain = discrete();
  const value = (args: Fields): Float64Array =>
    data(args["t"]).map((t) => weight(String(args["kind"]) as OutputKind, snr(chain, t), number(args, "gamma")));
  return book(
    { chain },
    both(
      answered("facts", () => ({ scale: "vp" })),
      () => ({ weight: (args) => ({ value: tensor(value(args)) }) }),
    ),
  );
}

/** Right but for predictions of v. */
const forV = (weight: (snr: number, gamma: number) => number): RawMethods =>
  weighing((kind, snr, gamma) => (kind === "v" ? weight(snr, gamma) : minSnr(kind, snr, gamma)));

/** ‖x₀‖²/‖xₜ − x₀‖² of a latent of 64 coordinates. */
const estimated: Snr = (chain, t) => {
  const { alpha, sigma } = chain.levels(t);
  const [x0, eps] = [normals(1, 0, 64), normals(1, 1, 64)];
  const added = x0.map((x, k) => (alpha - 1) * x + sigma * (eps[k] ?? 0));
  const square = (values: Float64Array): number => values.reduce((sum, x) => sum + x * x, 0);
  return square(x0) / square(added);
};

/** ᾱ over what is left of 1, from a table. */
const fromTable =
  (abar: Float64Array): Snr =>
  (_, t) =>
    (abar[t] ?? Number.NaN) / (1 - (abar[t] ?? Number.NaN));

export const lossWeightProperty: Property = property(lossWeight, {
  accepts: [
    { name: "textbook", methods: () => weighing(minSnr) },
    {
      name: "γ over SNR, cut at 1",
      methods: () =>
        weighing((kind, snr, gamma) => {
          const cut = Math.min(1, gamma / snr);
          return kind === "eps" ? cut : kind === "x0" ? cut * snr : cut / (1 + 1 / snr);
        }),
    },
    { name: "SNR from ᾱ", methods: () => weighing(minSnr, fromTable(cumulative(linearBetas()))) },
    { name: "SNR in binary32", methods: () => weighing(minSnr, (chain, t) => Math.fround(snrAt(chain, t))) },
  ],
  rejects: [
    {
      name: "weight of the noise for v",
      because: "min(SNR, γ)/SNR: the first of three published formulas",
      precedent: "DF-36",
      plausible: false,
      methods: () => forV((snr, gamma) => Math.min(snr, gamma) / snr),
    },
    {
      name: "weight of the noise plus one for v",
      because: "min(SNR, γ)/SNR + 1: the second of three published formulas",
      precedent: "DF-36",
      plausible: false,
      methods: () => forV((snr, gamma) => Math.min(snr, gamma) / snr + 1),
    },
    {
      name: "cap on SNR + 1 for v",
      because: "min(SNR + 1, γ)/(SNR + 1): the third of three published formulas",
      precedent: "DF-36",
      plausible: false,
      methods: () => forV((snr, gamma) => Math.min(snr + 1, gamma) / (snr + 1)),
    },
    {
      name: "SNR estimated from the latents",
      because: "‖x₀‖²/‖xₜ − x₀‖² changes with the picture",
      precedent: "KO-01",
      plausible: false,
      methods: () => weighing(minSnr, estimated),
    },
    {
      name: "one index late",
      because: "the SNR of t + 1",
      plausible: true,
      methods: () => weighing(minSnr, (chain, t) => snrAt(chain, Math.min(t + 1, 999))),
    },
    // Eight bits round the first ᾱ to 1: their SNR is taken from the largest number below.
    {
      name: "ᾱ in bfloat16",
      because: "the table of ᾱ keeps eight bits",
      plausible: true,
      methods: () => weighing(minSnr, fromTable(cumulative(linearBetas()).map((x) => Math.min(bfloat16.round(x), 1 - 2 ** -8)))),
    },
    {
      name: "another last β",
      because: "the SNR of a chain that ends at β = 0.021",
      plausible: false,
      methods: () => weighing(minSnr, fromTable(cumulative(linearBetas(1000, 1e-4, 0.021)))),
    },
    {
      name: "γ on the root",
      because: "α/σ where its square belongs",
      plausible: false,
      methods: () => weighing(minSnr, (chain, t) => Math.sqrt(snrAt(chain, t))),
    },
  ],
});

export const sd3WeightProperty: Property = property(sd3Weight, {
  accepts: [
    { name: "textbook", methods: () => book() },
    {
      name: "by the logarithm",
      methods: () =>
        book(
          {},
          elementwise("weight", "value", (_, k, { t }) => Math.exp(-2 * Math.log(data(t)[k] ?? Number.NaN))),
        ),
    },
    {
      name: "squared reciprocal",
      methods: () =>
        book(
          {},
          elementwise("weight", "value", (_, k, { t }) => (1 / (data(t)[k] ?? Number.NaN)) ** 2),
        ),
    },
    {
      name: "levels in binary32",
      methods: () =>
        book(
          {},
          elementwise("weight", "value", (_, k, { t }) => Math.fround(data(t)[k] ?? Number.NaN) ** -2),
        ),
    },
  ],
  rejects: [
    {
      name: "whole indices",
      because: "the level is looked up at the nearest of a thousand times",
      plausible: true,
      methods: () =>
        book(
          {},
          elementwise("weight", "value", (_, k, { t }) => (Math.round(1000 * (data(t)[k] ?? Number.NaN)) / 1000) ** -2),
        ),
    },
    {
      name: "level in bfloat16",
      because: "the level keeps eight bits",
      plausible: true,
      methods: () =>
        book(
          {},
          elementwise("weight", "value", (_, k, { t }) => bfloat16.round(data(t)[k] ?? Number.NaN) ** -2),
        ),
    },
    {
      name: "floor under the square",
      because: "10⁻⁴ is added against division by zero",
      plausible: true,
      methods: () =>
        book(
          {},
          elementwise("weight", "value", (_, k, { t }) => 1 / ((data(t)[k] ?? Number.NaN) ** 2 + 1e-4)),
        ),
    },
    {
      name: "root of the weight",
      because: "σ⁻¹: the name's root is taken once more",
      plausible: false,
      methods: () => book({}, elementwise("weight", "value", Math.sqrt)),
    },
    {
      name: "level for its inverse",
      because: "σ² where σ⁻² belongs",
      plausible: false,
      methods: () =>
        book(
          {},
          elementwise("weight", "value", (x) => 1 / x),
        ),
    },
  ],
});
