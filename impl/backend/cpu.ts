/**
 * tfjs's cpu backend, loaded when it is first needed.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Registers and starts the backend and answers its name. Greetings and hints are switched off. */
export async function cpu(): Promise<string> {
  tf.enableProdMode();
  await import("@tensorflow/tfjs-backend-cpu");
  // tfjs starts the best backend it knows when it is first asked for one; this one starts at once.
  tf.backend();
  return tf.getBackend();
}
