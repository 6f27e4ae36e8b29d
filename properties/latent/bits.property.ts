import { type Property, property } from "#properties/engine/property";
import { bitsBook } from "#properties/textbook/latent";
import { bitsRoundtrip } from "#spec/latent/bits";

export const bitsRoundtripProperty: Property = property(bitsRoundtrip, {
  accepts: [
    { name: "most significant first", methods: () => bitsBook() },
    { name: "least significant first", methods: () => bitsBook({ first: 0 }) },
    { name: "half scale, a power of two", methods: () => bitsBook({ classes: 256, scale: 0.5 }) },
    { name: "a vocabulary", methods: () => bitsBook({ classes: 50257 }) },
    { name: "two tokens", methods: () => bitsBook({ classes: 2 }) },
  ],
  rejects: [
    {
      name: "declared the other way round",
      because: "digits come least significant first, and are said to come most significant first",
      plausible: false,
      methods: () => bitsBook({ first: 0, said: 1 }),
    },
    {
      name: "threshold above zero",
      because: "a digit is read as 1 above a half, so that small scales read as 0",
      plausible: false,
      methods: () => bitsBook({ read: (z) => (z > 0.5 ? 1 : 0) }),
    },
    {
      name: "Gray code",
      because: "digits are those of k XOR k/2, and are read as plain ones",
      plausible: false,
      methods: () => bitsBook({ digit: (k, j) => (Math.floor(k / 2 ** j) + Math.floor(k / 2 ** (j + 1))) % 2 }),
    },
    {
      name: "lowest digit not read",
      because: "decoding stops one digit short of the end",
      plausible: true,
      methods: () => bitsBook({ read: (z, j) => (z > 0 && j > 0 ? 1 : 0) }),
    },
    {
      name: "counted from one",
      because: "token 0 is kept for padding in one of the two directions",
      plausible: true,
      methods: () => bitsBook({ from: 1 }),
    },
  ],
});
