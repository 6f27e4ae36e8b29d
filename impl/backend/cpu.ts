/**
 * tfjs's cpu backend, loaded when it is first needed.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Registers the backend, which tfjs then starts on its own, and answers its name. Greetings and hints are switched off. */
export async function cpu(): Promise<string> {
  tf.enableProdMode();
  await import("@tensorflow/tfjs-backend-cpu");
  return tf.getBackend();
}
