import { type Control, type Property, property, type RawMethods } from "#properties/engine/property";
import { lossBook, uniformNelbo } from "#properties/textbook/elbo";
import { others, type Term } from "#properties/textbook/elbo-row";
import { uniformJumpKl, uniformTight } from "#spec/elbo/udlm";

const { exp, expm1, log } = Math;
const loss =
  (term: Term, classes = 3): (() => RawMethods) =>
  () =>
    lossBook({ classes }, { "uniform-nelbo": term });

interface Changed {
  /** α of the ratios, where it is not the one handed in. */
  readonly survival?: (a: number) => number;
  readonly share?: (K: number) => number;
  /** Score entropy from log s and r. */
  readonly entropy?: (l: number, r: number) => number;
  /** Weight of a state in the sum. */
  readonly counts?: (y: number, x0: number) => number;
}

/** The sum over all states that one may have come from. */
const summed =
  ({ survival = (a) => a, share = (K) => K, entropy = divergence, counts = () => 1 }: Changed = {}): Term =>
  ({ at, all }) => {
    const [law, a, x0, z] = [all("law"), survival(at("survival")), at("x0"), at("xt")];
    const K = law.length;
    const token = (y: number): number => (y === x0 ? K * a : 0) + 1 - a;
    const model = (y: number): number => K * a * (law[y] ?? 0) + 1 - a;
    const sum = others(K, z, (y) => counts(y, x0) * entropy(log(model(y) / model(z)), token(y) / token(z)));
    return (-at("slope") / (share(K) * at("survival"))) * sum;
  };

const divergence = (l: number, r: number): number => exp(l) + r * (log(r) - 1 - l);
const stable = (l: number, r: number): number => r * (expm1(l - log(r)) - (l - log(r)));

const right = [
  { name: "textbook", methods: () => lossBook({ classes: 3 }) },
  { name: "sum over states", methods: loss(summed()) },
  { name: "from the quotient of ratios", methods: loss(summed({ entropy: stable }), 2) },
  { name: "five states", methods: () => lossBook({ classes: 5 }) },
];

const wrong: readonly Control[] = [
  {
    name: "share of K − 1",
    because: "the rate to each other state is taken as α̇/((K − 1)α)",
    plausible: false,
    methods: loss(summed({ share: (K) => K - 1 })),
  },
  {
    name: "another survival in the loss",
    because: "the loss knows α = 1 − t where the noise was drawn at 1 − (1 − ε)t, ε = 0.0001",
    plausible: true,
    methods: loss(summed({ survival: (a) => 1 - (1 - a) / 0.9999 })),
  },
  {
    name: "ratios only",
    because: "the constant r(log r − 1) is left out",
    plausible: false,
    methods: loss(summed({ entropy: (l, r) => exp(l) - r * l })),
  },
  {
    name: "floor in the logarithm",
    because: "0.0001 is added to the model's ratio before its logarithm",
    plausible: true,
    methods: loss(summed({ entropy: (l, r) => exp(l) + r * (log(r) - 1 - log(exp(l) + 1e-4)) })),
  },
  {
    name: "cross-entropy",
    because: "−log p of the token at the weight of masked noise",
    plausible: false,
    methods: loss(({ at, all }) => (at("slope") / (1 - at("survival"))) * log(all("law")[at("x0")] || 1)),
  },
];

export const uniformJumpKlProperty: Property = property(uniformJumpKl, {
  accepts: [...right, { name: "fifty thousand states", methods: () => lossBook({ classes: 50257 }) }],
  rejects: [
    ...wrong,
    {
      name: "sign of the slope",
      because: "the slope is taken for positive, so that the loss is negative",
      plausible: false,
      methods: loss((row) => -uniformNelbo(row)),
    },
    {
      name: "slope in bfloat16",
      because: "α passes through eight bits on its way to the weight",
      plausible: true,
      methods: loss((row) => {
        const far = row.at("survival") * (2 ** 45 + 1);
        return (uniformNelbo(row) * row.at("survival")) / (far - (far - row.at("survival")) || 1);
      }),
    },
  ],
});

export const uniformTightProperty: Property = property(uniformTight, {
  accepts: right,
  rejects: [
    ...wrong,
    {
      name: "terms of the token alone",
      because: "the sum keeps the data's token and weighs all others by 0.99, as a clipped ratio would",
      plausible: true,
      methods: loss(summed({ counts: (y, x0) => (y === x0 ? 1 : 0.99) })),
    },
  ],
});
