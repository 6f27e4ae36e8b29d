import { type Property, property } from "#properties/engine/property";
import { chained, line } from "#properties/textbook/generator";
import { linearClock, rateProcess, rates, uniformProcess } from "#properties/textbook/process";
import { hermite } from "#spec/generator/ou";

/** Rates that are all alike but for one pair of states. */
const lopsided = (share: number) =>
  rateProcess(
    rates(5, (x, y) => (x === 1 && y === 3 ? 1 + share : 1) / 5),
    5,
    { clock: linearClock(), family: "uniform" },
  );

export const hermiteProperty: Property = property(hermite, {
  accepts: [
    { name: "diffusion", methods: () => line() },
    { name: "uniform chain", methods: () => chained({ process: uniformProcess() }) },
    { name: "uniform chain of nine states", methods: () => chained({ process: uniformProcess(9) }) },
    { name: "two states", methods: () => chained({ process: uniformProcess(2) }) },
  ],
  rejects: [
    {
      name: "Itô term missing",
      because: "b·f′ alone: noise never enters",
      plausible: false,
      methods: () => line({ formulas: { apply: ({ d1 }, { b }) => b * d1 } }),
    },
    {
      name: "stationary variance 1.01",
      because: "g² is one per cent too large for the drift",
      plausible: true,
      methods: () => line({ formulas: { apply: ({ d1, d2 }, { b, g2 }) => b * d1 + 0.505 * g2 * d2 } }),
    },
    {
      name: "drift without its half",
      because: "b = −βx with g² = β: the stationary variance is ½",
      plausible: false,
      methods: () => line({ formulas: { apply: ({ d1, d2 }, { b, g2 }) => 2 * b * d1 + 0.5 * g2 * d2 } }),
    },
    {
      name: "one rate too large",
      because: "one of twenty rates is two per cent larger than the others",
      plausible: true,
      methods: () => chained({ process: lopsided(0.02) }),
      beside: "uniform chain",
    },
    {
      name: "neighbours only",
      because: "jumps to neighbouring states alone, declared to be uniform",
      plausible: false,
      methods: () =>
        chained({
          process: rateProcess(
            rates(5, (x, y) => (Math.abs(x - y) === 1 ? 0.4 : 0)),
            5,
            { family: "uniform" },
          ),
        }),
      beside: "uniform chain",
    },
  ],
});
