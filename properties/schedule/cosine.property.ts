import { type Property, property, type RawMethods } from "#properties/engine/property";
import type { Chain } from "#properties/textbook/chain";
import { book } from "#properties/textbook/methods";
import { cappedBetas, cosineChain, squaredCosine, table } from "#properties/textbook/tables";
import { cosine } from "#spec/schedule/cosine";

const count = 100;

/** A chain that claims to be the cosine and has β of its own. */
const having =
  (betas: () => Float64Array): (() => RawMethods) =>
  () =>
    book({ chain: cosineChain(betas()) });
const surviving = (survival: (t: number) => number, cap?: number): (() => RawMethods) => having(() => cappedBetas(count, survival, cap));

/** The table read one index further on, its last value twice. */
const shifted = (betas: Float64Array): Float64Array => table(betas.length, (k) => betas[Math.min(k + 1, betas.length - 1)] ?? Number.NaN);

/** Continuous time with ᾱ clamped away from 0 and 1, as Würstchen has it. */
function clamped(s: number, power: number): Chain {
  const abar = (u: number): number => {
    const t = power > 1 ? 1 - (1 - u) ** power : u ** power;
    return Math.min(Math.max(squaredCosine(t, s) / squaredCosine(0, s), 1e-4), 1 - 1e-4);
  };
  return {
    time: { kind: "interval", first: 0, last: 1, clean: "first" },
    levels: (t) => ({ alpha: Math.sqrt(abar(t)), sigma: Math.sqrt(1 - abar(t)) }),
    form: { family: "abar-cosine-clamped", s, power },
  };
}

export const cosineProperty: Property = property(cosine, {
  accepts: [
    { name: "textbook", methods: surviving(squaredCosine) },
    { name: "double angle", methods: surviving((t) => (1 + Math.cos(((t + 0.008) / 1.008) * Math.PI)) / 2) },
    { name: "normalised by f(0)", methods: surviving((t) => squaredCosine(t) / squaredCosine(0)) },
    { name: "β in binary32", methods: having(() => cappedBetas(count, squaredCosine).map(Math.fround)) },
    { name: "ten steps", methods: having(() => cappedBetas(10, squaredCosine)) },
    { name: "one step", methods: having(() => cappedBetas(1, squaredCosine)) },
    { name: "clamped in continuous time", methods: () => book({ chain: clamped(0.008, 1) }) },
    { name: "clamped, other exponents", methods: () => book({ chain: clamped(0.008, 2) }) },
  ],
  rejects: [
    {
      name: "no offset",
      because: "s = 0: the first steps hold hardly any noise",
      plausible: true,
      methods: surviving((t) => squaredCosine(t, 0)),
    },
    { name: "no cap", because: "the last β is not capped at 0.999", plausible: true, methods: surviving(squaredCosine, 1) },
    {
      name: "one index late",
      because: "β of i + 1 stands at index i",
      plausible: true,
      methods: having(() => shifted(cappedBetas(count, squaredCosine))),
    },
    {
      name: "cosine not squared",
      because: "the cosine of discrete diffusion, whose survival is not squared",
      plausible: false,
      methods: surviving((t) => Math.sqrt(squaredCosine(t))),
    },
    {
      name: "cosine squared twice",
      because: "the square of a survival that is squared already",
      plausible: false,
      methods: surviving((t) => squaredCosine(t) ** 2),
    },
    { name: "offset 0.08", because: "a zero of the offset is lost", plausible: false, methods: surviving((t) => squaredCosine(t, 0.08)) },
  ],
});
