import { type Property, property } from "#properties/engine/property";
import { bothKinds } from "#properties/generator/duality.property";
import { wrongTilts } from "#properties/generator/tilted";
import { chained, line } from "#properties/textbook/generator";
import { type Process, randomProcess } from "#properties/textbook/process";
import { bridge } from "#spec/generator/doob";

/** The textbook's chain with other kernels than its rates have. */
const withKernel = (change: (transition: Process["transition"]) => Process["transition"]): Process => {
  const right = randomProcess();
  return { ...right, transition: change(right.transition) };
};

export const bridgeProperty: Property = property(bridge, {
  accepts: bothKinds,
  rejects: [
    {
      name: "g for g²",
      because: "the pull towards the end is weighted by the diffusion coefficient, not its square",
      plausible: false,
      methods: () => line({ formulas: { tilted: ({ d1, d2 }, h, { b, g2 }) => (b + (Math.sqrt(g2) * h.d1) / h.f) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "guidance weight 1.01",
      because: "the pull towards the end counts one per cent more",
      plausible: true,
      methods: () => line({ formulas: { tilted: ({ d1, d2 }, h, { b, g2 }) => (b + (1.01 * g2 * h.d1) / h.f) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "half the pull",
      because: "½g²∇log h, as in a probability flow, with the noise of the process",
      plausible: false,
      methods: () => line({ formulas: { tilted: ({ d1, d2 }, h, { b, g2 }) => (b + (0.5 * g2 * h.d1) / h.f) * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "drift forgotten",
      because: "the bridge of Brownian motion stands for that of the process: no drift but the pull",
      plausible: false,
      methods: () => line({ formulas: { tilted: ({ d1, d2 }, h, { g2 }) => ((g2 * h.d1) / h.f) * d1 + 0.5 * g2 * d2 } }),
    },
    ...wrongTilts,
    {
      name: "kernel of elapsed time",
      because: "the kernel between two times is that of a process that starts at 0 and runs as long",
      plausible: false,
      methods: () => chained({ process: withKernel((right) => (s, t) => right(null, s === null ? t : t - s)) }),
      beside: "chain",
    },
  ],
});
