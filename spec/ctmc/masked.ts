/**
 * # How long a mask stays
 *
 * A masked token is still masked at s with probability (1 − a_s)/(1 − a_t), whatever the model says, and these telescope: how a grid
 * cuts time does not change when tokens appear. For a = 1 − t the first of n masked tokens appears at t·U^{1/n}, and by the same rule the
 * next of n − 1; how many are still masked at s is binomial.
 *
 * Convention: a is the survival probability of a token, s < t.
 */
import fc from "fast-check";
import { type Ask, eitherOf } from "#spec/ask";
import { drawnLaws } from "#spec/categorical/table";
import { isFamily } from "#spec/ctmc/families";
import { atLeast, balance, drawnFrom, type Evidence, enclosure, rankedFrom, unmet, wageredOn } from "#spec/evidence";
import type { Law } from "#spec/law";
import { binomialLaw } from "#spec/number/binomial";
import { equation, expression } from "#spec/number/expression";
import { leastExcluded, logWealth } from "#spec/number/wealth";
import type { Port } from "#spec/roles";
import { derived, zheng2024 } from "#spec/sources";

const stays = equation("p * (1 - a_t) == 1 - a_s");
const telescopes = equation("p == p_1 * p_2");

interface Step {
  readonly s: number;
  readonly h: number;
  readonly k: number;
  readonly stream: number;
}

const sixtyFourths = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((n) => n / 64);

export const maskSurvival: Law<"DiscreteStep" | "DiscreteKernel", Step> = {
  id: "ctmc.masked.first-hitting",
  title: "A mask outlasts a step with probability (1 − a_s)/(1 − a_t), and steps telescope.",
  statement: [stays, telescopes, String.raw`a_t = 1-t \;\Rightarrow\; \Pr(\text{none of } n \text{ appears before } s) = (s/t)^n`],
  roles: ["DiscreteStep", "DiscreteKernel"],
  kind: "theorem",
  source: [derived("Bayes for a chain that only masks")],
  restsOn: [],
  given: {
    "noise is absorbing": isFamily("absorbing"),
    "there is a mask": (_, { discrete }) => discrete?.mask !== null,
    "the step is exact": (_, { discrete }) => discrete?.reverse !== "euler" && discrete?.reverse !== null,
    "no floor is added": (_, { discrete }) => discrete?.floor === 0,
  },
  cases: { s: sixtyFourths(0, 32), h: sixtyFourths(1, 16), k: sixtyFourths(1, 16), stream: fc.integer({ min: 0, max: 2 ** 20 }) },
  *claim({ s, h, k, stream }, process) {
    const { discrete } = yield* process.facts();
    const [K, mask] = [discrete?.classes ?? Number.NaN, discrete?.mask ?? Number.NaN];
    const clean = drawnLaws(stream, 1, K, mask);
    const [r, t] = [s + h, s + h + k];
    const [a_s = Number.NaN, a_r = Number.NaN, a_t = Number.NaN] = yield* process.survival([s, r, t]);
    if (!(a_r < a_s && a_t < a_r)) return [unmet("nothing is masked between these times")];
    const stay = function* (from: number, to: number) {
      return (yield* process.stepLaw(Float64Array.of(mask), clean, to, from))[mask] ?? Number.NaN;
    };
    const p = yield* stay(t, s);
    const [p_1, p_2] = [yield* stay(t, r), yield* stay(r, s)];
    return [
      balance("stays", stays, { p, a_s, a_t }, { answer: "p", roundings: 16, via: 2 }),
      balance("telescopes", telescopes, { p, p_1, p_2 }, { answer: "p", roundings: 16, via: 2 / (1 - a_t) + 2 / (1 - a_r) }),
    ];
  },
  // 1 − a is formed from a, and is right to a rounding of 1.
  tolerance: String.raw`|\hat p(1-a_t) - (1-a_s)| \le \gamma_{16}(2 + \hat p(1+a_t) + 1 + a_s)`,
};

const reached = expression("(1 - a_t) * exp(log(p) / n)");

interface Hitting {
  readonly t: number;
  readonly masked: number;
  readonly p: number;
  readonly at: number;
  readonly stream: number;
}

type Hits = Port<"DiscreteSampler" | "DiscreteKernel">;

export const hittingTimes: Law<"DiscreteSampler" | "DiscreteKernel", Hitting> = {
  id: "ctmc.masked.hitting-times",
  title: "The next of n masked tokens appears where 1 − a has fallen by the factor U^{1/n}, and what stays masked is binomial.",
  statement: [
    String.raw`\Pr(\tau \le s) = \Bigl(\frac{1-a_s}{1-a_t}\Bigr)^n,\qquad 1-a_\tau = (1-a_t)\,U^{1/n}`,
    String.raw`\#\{\text{masked at } s\} \sim \mathrm{Bin}\Bigl(n, \frac{1-a_s}{1-a_t}\Bigr)`,
  ],
  roles: ["DiscreteSampler", "DiscreteKernel"],
  kind: "theorem",
  source: [zheng2024("unverified"), derived("the maximum of n independent times")],
  restsOn: ["ctmc.masked.first-hitting"],
  given: {
    "noise is absorbing": isFamily("absorbing"),
    "time is an interval": (_, { time }) => time.kind === "interval",
  },
  cases: {
    t: sixtyFourths(16, 64),
    masked: fc.constantFrom(2, 1, 3, 8, 64),
    p: fc.constantFrom(1 / 2, 1 / 16, 15 / 16, 1 / 4096, 4095 / 4096),
    at: sixtyFourths(8, 56),
    stream: fc.integer({ min: 0, max: 0x7fffffff }),
  },
  share: 4,
  *claim(c, sampler) {
    const [a_t = Number.NaN] = yield* sampler.survival([c.t]);
    if (!(a_t < 1)) return [unmet("nothing is masked yet")];
    // Whoever states the times is held to a closed form, whoever draws them to their law.
    const [stated, drawn] = yield* eitherOf(quantile(sampler, c, a_t), draws(sampler, c, a_t));
    return [...(stated ?? []), ...(drawn ?? [])];
  },
  // Stated times are read off a; 1 − a is right to a rounding of 1, and a rounding of the time moves it by its slope.
  tolerance: String.raw`|1-\hat a_\tau - (1-a_t)p^{1/n}| \le E + \gamma_8(2 + \tau|\dot a_\tau|);\quad \text{drawn ranks by DKW, counts by exact binomial tails, shares by Ville's inequality}`,
};

function* quantile(sampler: Hits, { t, masked, p }: Hitting, a_t: number): Ask<readonly Evidence[]> {
  const time = yield* sampler.hittingTime(masked, t, p);
  const [a = Number.NaN, before = Number.NaN, after = Number.NaN] = yield* sampler.survival([
    time,
    (time * 63) / 64,
    Math.min((time * 65) / 64, 1),
  ]);
  const slope = 64 * Math.abs(before - after);
  return [enclosure("quantile", reached, { a_t, p, n: masked }, Float64Array.of(1 - a), { roundings: 8, via: 2 + slope })];
}

/** Numbers drawn at a time. */
const total = 24_000;

/** How often at most: until an effect of this size on the share of masked tokens is excluded, or the law is beyond belief. */
const mostLooks = 8;
const enough = 1 / 32;
const beyond = 100;

function* draws(sampler: Hits, { t, masked, at, stream }: Hitting, a_t: number): Ask<readonly Evidence[]> {
  const count = Math.floor(total / masked);
  const times = yield* sampler.hittings(masked, t, count, stream);
  const s = t * at;
  const gone = (yield* sampler.survival(times)).map((a) => 1 - a);
  const [a_s = Number.NaN] = yield* sampler.survival([s]);
  const place = (k: number): number => k % masked;
  const before = times.map((_, k) => (place(k) === 0 ? t : (times[k - 1] ?? Number.NaN)));
  // Each time has the law of the first among those that are left, given the one before.
  const ranks = gone.map((g, k) => (g / (place(k) === 0 ? 1 - a_t : (gone[k - 1] ?? Number.NaN))) ** (masked - place(k)));
  const left = new Float64Array(count);
  times.forEach((time, k) => {
    if (time < s) left[Math.floor(k / masked)] = (left[Math.floor(k / masked)] ?? 0) + 1;
  });
  // Right times are done with after few looks; how many depends on what was drawn.
  const law = Float64Array.of(1 - (1 - a_s) / (1 - a_t), (1 - a_s) / (1 - a_t));
  const share = (drawn: Float64Array, before?: Float64Array): Float64Array => {
    let still = 0;
    for (const time of drawn) if (time < s) still += 1;
    return Float64Array.of((before?.[0] ?? 0) + drawn.length - still, (before?.[1] ?? 0) + still);
  };
  const looks = [share(times)];
  for (let look = 1; look < mostLooks; look++) {
    const last = looks[look - 1] ?? new Float64Array(2);
    if (leastExcluded(last, law) <= enough || logWealth(last, law) > beyond) break;
    looks.push(share(yield* sampler.hittings(masked, t, count, stream + look), last));
  }
  return [
    atLeast("order", before, times, { roundings: 4 }),
    rankedFrom(
      "first",
      ranks.filter((_, k) => place(k) === 0),
    ),
    rankedFrom("all", ranks),
    wageredOn("share", looks, law, { axes: [["still masked", 2]] }),
    drawnFrom("still masked", left, binomialLaw(masked, (1 - a_s) / (1 - a_t)), { axes: [["tokens", masked + 1]] }),
  ];
}
