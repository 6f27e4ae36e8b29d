/**
 * The times at which masked tokens appear, stated and drawn.
 */
import type { Noise } from "#impl/categorical/noise";
import type { Clock } from "#impl/categorical/schedule";
import { hittingTime, hittingTimes } from "#impl/sampler/first-hitting";
import { type Methods, table } from "#impl/subject/answers";
import { uniforms } from "#spec/stream";
import { number, record } from "#spec/tensor";

export function hittingMethods({ mask }: Noise, clock: Clock): Methods {
  if (mask === null) return {};
  return {
    hittingtime: table((args) => ({ time: hittingTime(number(args, "masked"), number(args, "t"), number(args, "p"), clock) })),
    hittings: table((args) => {
      const [masked, count, t] = [number(args, "masked"), number(args, "count"), number(args, "t")];
      const drawn = uniforms(number(record(args, "draws"), "number"), 0, masked * count);
      let used = 0;
      const times = new Float64Array(masked * count);
      for (let i = 0; i < count; i++)
        times.set(
          hittingTimes(masked, t, clock, () => drawn[used++] ?? Number.NaN),
          i * masked,
        );
      return { times };
    }),
  };
}
