/**
 * Units that take tokens to latents and back, and the terms of their bounds.
 */
import * as tf from "@tensorflow/tfjs-core";
import { bitsFor, decodeBits, encodeBits } from "#impl/latent/bits";
import { bitsPerDim, dequantisedGaussian, latentBound } from "#impl/latent/bounds";
import { embed, round } from "#impl/latent/embed";
import { computed, constant, table, word } from "#impl/subject/answers";
import { real, whole } from "#impl/subject/settings";
import { type Unit, unit } from "#impl/subject/unit";
import { SpecError } from "#spec/error";
import { normals } from "#spec/stream";
import { type Fields, number, record, vector } from "#spec/tensor";

const time: Fields = { kind: "interval", first: 0, last: 1, clean: "first" };
const tokensOf = (args: Fields): tf.Tensor1D => tf.tensor1d(Int32Array.from(vector(args, "tokens")), "int32");
const rowsOf = (args: Fields, width: number): tf.Tensor2D => {
  const values = Float32Array.from(vector(args, "latents"));
  return tf.tensor2d(values, [values.length / width, width]);
};

export const latentUnits: readonly Unit[] = [
  unit(
    "latent-bits",
    { classes: whole("construct", 200, 2, 3, 256, 50257), scale: real([0.1, 2, "log"], 1, 0.5) },
    ({ classes, scale }) => {
      // What is stored is the scale in binary32.
      const b = Math.fround(scale);
      return {
        facts: constant(() => ({
          time,
          discrete: { classes },
          form: { family: "analog-bits", bits: bitsFor(classes), scale: b, first: 1 },
        })),
        encode: computed((args) => ({ latents: encodeBits(tokensOf(args), classes, b) })),
        decode: computed((args) => ({ tokens: decodeBits(rowsOf(args, bitsFor(classes)), classes) })),
      };
    },
  ),
  unit("latent-embedding", { classes: whole("construct", 12, 2, 64, 256), width: whole("construct", 3, 1, 16) }, ({ classes, width }) => {
    const points = Float32Array.from(normals(5, 0, classes * width));
    const embedding = (): tf.Tensor2D => tf.tensor2d(points, [classes, width]);
    return {
      facts: constant(() => ({ time, discrete: { classes }, form: { family: "embedding" } })),
      encode: computed((args) => ({ latents: embed(tokensOf(args), embedding()) })),
      decode: computed((args) => ({ tokens: tf.cast(round(rowsOf(args, width), embedding()), "float32") })),
    };
  }),
  unit("latent-losses", {}, () => ({
    facts: constant(() => ({ time })),
    term: table((args) => ({ value: Float64Array.of(termOf(word(args, "name"), record(args, "inputs"))) })),
  })),
];

function termOf(name: string, inputs: Fields): number {
  const at = (field: string): number => number(inputs, field);
  switch (name) {
    case "bits-per-dim":
      return bitsPerDim(at("nats"), at("dims"), { levels: at("levels"), low: at("low"), high: at("high") });
    case "dequantised-gaussian":
      return dequantisedGaussian(at("x"), at("mean"), at("std"));
    case "latent-bound":
      return latentBound({
        reconstruction: at("reconstruction"),
        encoder: at("encoder"),
        model: at("model"),
        scale: at("scale"),
        dims: at("dims"),
      });
    default:
      throw new SpecError("unknown-name", `term: expected bits-per-dim, dequantised-gaussian or latent-bound, got ${name}`);
  }
}
