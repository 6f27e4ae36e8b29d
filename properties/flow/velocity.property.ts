import { type Property, property, type RawMethods } from "#properties/engine/property";
import { type Chain, straight, veSde, vpSde } from "#properties/textbook/chain";
import { drifting, shifted, subvpSde } from "#properties/textbook/dynamics";
import { book } from "#properties/textbook/methods";
import { asked, borrowed } from "#properties/textbook/wrong";
import { velocityIsPfode } from "#spec/flow/velocity";
import { predict } from "#spec/oracle";
import { number } from "#spec/tensor";

const chain = straight();

/** A drift put together from the model's data and noise. */
const velocity = (of: Chain, v: (x0: number, eps: number, t: number) => number) => (): RawMethods =>
  drifting(of, ({ model, x, j, t, level }) => {
    const { x0, eps } = predict(model, x, level.alpha, level.sigma, j);
    return v(x0, eps, t);
  });

const vp = vpSde();

export const velocityIsPfodeProperty: Property = property(velocityIsPfode, {
  accepts: [
    { name: "textbook", methods: () => book({ chain }) },
    {
      name: "noise minus data",
      methods: () =>
        book(
          { chain },
          velocity(chain, (x0, eps) => eps - x0),
        ),
    },
    { name: "VP SDE", methods: () => book({ chain: vp }) },
    {
      name: "rates of the VP SDE",
      methods: () =>
        book(
          { chain: vp },
          velocity(vp, (x0, eps, t) => (vp.rates?.(t).alphaRate ?? 0) * x0 + (vp.rates?.(t).sigmaRate ?? 0) * eps),
        ),
    },
    { name: "exploding SDE", methods: () => book({ chain: veSde() }) },
    { name: "sub-VP SDE", methods: () => book({ chain: subvpSde() }) },
  ],
  rejects: [
    {
      name: "data minus noise",
      because: "the velocity of a path that runs towards data, on one that runs towards noise",
      precedent: "KO-03",
      plausible: false,
      methods: () =>
        book(
          { chain },
          velocity(chain, (x0, eps) => x0 - eps),
        ),
    },
    {
      name: "time reversed",
      because: "the velocity at 1 − t",
      precedent: "KO-03",
      plausible: false,
      methods: () =>
        book(
          { chain },
          asked("drift", (args) => ({ t: 1 - number(args, "t") })),
        ),
    },
    {
      name: "one index late",
      because: "the velocity at the next of a thousand times",
      plausible: true,
      methods: () => book({ chain }, borrowed(book({ chain: shifted(chain, 1e-3) }), "drift")),
    },
    {
      name: "target of another path",
      because: "(1 − σ_min)ε̂ − x̂₀ belongs to the path that ends at σ_min = 0.01",
      plausible: true,
      methods: () =>
        book(
          { chain },
          velocity(chain, (x0, eps) => 0.99 * eps - x0),
        ),
    },
    {
      name: "drift of the reverse SDE",
      because: "the whole g²·score where half belongs to the ODE",
      plausible: false,
      methods: () =>
        book(
          { chain },
          asked("drift", () => ({ lambda: 1 })),
        ),
    },
  ],
});
