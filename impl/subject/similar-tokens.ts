/**
 * A unit on tokens with places: noise between neighbours, at a constant rate.
 */
import { hot } from "#impl/categorical/noise";
import { isConnected, nearestNeighbours, sinkhornRates, symmetricRates } from "#impl/categorical/similarity";
import { pushedBy, uniformise } from "#impl/ctmc/expm";
import { computed, constant, type Methods, table } from "#impl/subject/answers";
import { choice, type Settings, whole } from "#impl/subject/settings";
import { statesOf } from "#impl/subject/token-arguments";
import { jumpPathMethods } from "#impl/subject/token-paths";
import { type Unit, unit } from "#impl/subject/unit";
import { SpecError } from "#spec/error";
import { uniforms } from "#spec/stream";
import { type Fields, number } from "#spec/tensor";

const options = {
  classes: whole("construct", 7, 2, 3, 27),
  neighbours: choice("two", "one", "all"),
  places: choice("scattered", "repeated", "apart"),
  scaling: choice("symmetric", "sinkhorn"),
};

/** Jumps to be expected over all of time where the exit rate is 1. */
const speed = 4;
/** By how much columns of kernels may miss 1 under Sinkhorn's scaling. */
const columns = 2 ** -10;

/** Two coordinates per token: anywhere, at half as many places as tokens, or in two halves far from each other. */
function placesOf({ classes, places }: Settings<typeof options>): Float64Array {
  const free = uniforms(71, 0, 2 * classes);
  const half = Math.ceil(classes / 2);
  return free.map((value, k) => {
    const token = Math.floor(k / 2);
    if (places === "repeated") return free[2 * (token % half) + (k % 2)] ?? value;
    return places === "apart" && token >= half ? value + 64 : value;
  });
}

function similarMethods(settings: Settings<typeof options>): Methods {
  const { classes: K, neighbours, scaling } = settings;
  const k = Math.min(neighbours === "all" ? K - 1 : neighbours === "two" ? 2 : 1, K - 1);
  const graph = symmetricRates(nearestNeighbours(placesOf(settings), K, k), K, k);
  // Over time τ, columns of exp(τR) miss 1 by at most e^{ετ} − 1 where those of R miss 0 by ε.
  const rates = (scaling === "symmetric" ? graph : sinkhornRates(graph, K, Math.log1p(columns) / speed)).map((rate) => rate * speed);
  const row = (x: number): Float64Array => rates.subarray(x * K, (x + 1) * K);
  const time = (args: Fields, name: string): number => {
    const t = args[name] === null ? 0 : number(args, name);
    if (!(t >= 0 && t <= 1)) throw new SpecError("outside-domain", `similar tokens: expected a time in [0, 1], got ${t}`);
    return t;
  };
  return {
    facts: constant(() => ({
      time: { kind: "interval", first: 0, last: 1, clean: "first" },
      discrete: {
        classes: K,
        mask: null,
        orientation: "row",
        family: "token-similarity",
        parameters: scaling === "sinkhorn" ? { columns } : {},
      },
    })),
    stationary: table(() => {
      if (scaling === "sinkhorn")
        throw new SpecError("outside-domain", "similar tokens: a stationary law is known for symmetric rates alone");
      if (!isConnected(rates, K)) throw new SpecError("outside-domain", "similar tokens: a graph in parts has no one stationary law");
      return { law: new Float64Array(K).fill(1 / K) };
    }),
    transition: computed((args) => {
      const states = hot(statesOf(args, K), K);
      return { matrix: pushedBy(states, time(args, "t") - time(args, "s"), uniformise(rates, K)) };
    }),
    rate: table((args) => {
      const states = args["states"] === null ? Array.from({ length: K }, (_, x) => x) : statesOf(args, K).dataSync();
      time(args, "t");
      return { matrix: Float64Array.from(Array.from(states, (x) => [...row(x)]).flat()) };
    }),
    ...jumpPathMethods(row),
  };
}

export const similarTokenUnits: readonly Unit[] = [unit("tokens-similar", options, similarMethods)];
