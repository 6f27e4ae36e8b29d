import { type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook } from "#properties/textbook/elbo";
import { others } from "#properties/textbook/elbo-row";
import { campbellEquivalent } from "#spec/elbo/campbell-equiv";

const { log } = Math;
const objective = (f: (forward: number, back: number, out: number) => number) => (): RawMethods =>
  lossBook(
    { classes: 4 },
    {
      "reverse-rate-objective": ({ at, whole }) => {
        const [rate, reverse, x] = [whole("rate"), whole("reverse"), at("xt")];
        const k = Math.sqrt(rate.length);
        return others(k, x, (y) => f(rate[x * k + y] ?? 0, reverse[y * k + x] ?? 0, reverse[x * k + y] ?? 0));
      },
    },
  );

export const campbellEquivalentProperty: Property = property(campbellEquivalent, {
  accepts: [
    { name: "textbook", methods: () => lossBook({ classes: 4 }) },
    { name: "two states", methods: () => lossBook({ classes: 2 }) },
    {
      name: "logarithm of the quotient",
      methods: objective((forward, back, out) => out - (forward === 0 ? 0 : forward * (log(back / forward) + log(forward)))),
    },
  ],
  rejects: [
    {
      name: "way out for the way back",
      because: "log of the reverse rate out of x where the one back into x belongs",
      plausible: false,
      methods: objective((forward, _, out) => out - (forward === 0 ? 0 : forward * log(out || 1))),
    },
    {
      name: "exit rate of the next state",
      because: "one forward pass for both terms: the first is taken where the process jumps to",
      plausible: false,
      methods: objective((forward, back) => back - (forward === 0 ? 0 : forward * log(back))),
    },
    {
      name: "floor in the logarithm",
      because: "0.001 is added to the reverse rate before its logarithm",
      plausible: true,
      methods: objective((forward, back, out) => out - forward * log(back + 1e-3)),
    },
    {
      name: "floor of rates",
      because: "0.0001 is added to every reverse rate, also where none leads",
      plausible: true,
      methods: objective((forward, back, out) => out + 1e-4 - (forward === 0 ? 0 : forward * log(back + 1e-4))),
    },
    {
      name: "rates without their logarithm's weight",
      because: "the logarithm is not weighed by the forward rate",
      plausible: false,
      methods: objective((forward, back, out) => out - (forward === 0 ? 0 : log(back))),
    },
  ],
});
