import { type Property, property, type RawMethods } from "#properties/engine/property";
import { discreteBook } from "#properties/textbook/discrete";
import { closedForm } from "#properties/textbook/interpolating";
import { entry, inBinary32, inLogarithms, posteriors, right, ruled } from "#properties/textbook/posterior";
import {
  absorbingChain,
  absorbingProcess,
  gaussianChain,
  linearTokenBetas,
  type Process,
  randomChain,
  uniformChain,
  uniformProcess,
} from "#properties/textbook/process";
import { maskedVocabulary } from "#properties/textbook/vocabulary";
import { posteriorBayes, posteriorFloor, posteriorOrientation } from "#spec/categorical/posterior";
import { normalise } from "#spec/categorical/table";

const quiet = linearTokenBetas(20, 0.01, 0.02);
const base = (): Process => randomChain();
const masks = (): Process => absorbingChain(5, 2, quiet);

const nextIndex = (process: Process, s: number | null): number =>
  Math.min(s === null ? 0 : s + 1, process.time.kind === "index" ? process.time.last : 1);

export const posteriorBayesProperty: Property = property(posteriorBayes, {
  accepts: [
    { name: "absorbing", methods: () => discreteBook({ process: masks() }) },
    { name: "asymmetric", methods: () => discreteBook({ process: randomChain() }) },
    { name: "uniform", methods: () => discreteBook() },
    { name: "absorbing, over time", methods: () => discreteBook({ process: absorbingProcess() }) },
    { name: "two states", methods: () => discreteBook({ process: uniformChain(2) }) },
    { name: "discretised Gaussian", methods: () => discreteBook({ process: gaussianChain(40) }) },
    { name: "256 states", methods: () => closedForm({ process: uniformChain(256) }) },
    { name: "columns", methods: () => discreteBook({ process: masks(), orientation: "column" }) },
    { name: "closed form, masks over 50,257 tokens", methods: () => closedForm({ process: maskedVocabulary(50257) }) },
    { name: "in logarithms", methods: () => posteriors(uniformProcess(), inLogarithms(uniformProcess())) },
    { name: "kernels in binary32", methods: () => inBinary32(masks()) },
  ],
  rejects: [
    {
      name: "step back one too far",
      because: "the kernel from data reaches t where it should reach s",
      plausible: false,
      methods: () => {
        const at = entry(masks());
        return posteriors(
          masks(),
          ruled(
            (x0, k, _, t) => at(null, t, x0, k),
            (k, xt, s, t) => at(s, t, k, xt),
          )(masks().classes),
        );
      },
    },
    {
      name: "likelihood of the step before",
      because: "the matrix of the step is taken one index off from where it belongs",
      precedent: "DD-14",
      plausible: false,
      methods: () => {
        const at = entry(masks());
        return posteriors(
          masks(),
          ruled(
            (x0, k, s) => at(null, s, x0, k),
            (k, xt, s) => at(s, nextIndex(masks(), s), k, xt),
          )(masks().classes),
        );
      },
    },
    {
      name: "rows read as columns",
      because: "the step is read along the wrong axis",
      plausible: false,
      methods: () => {
        const at = entry(masks());
        return posteriors(
          masks(),
          ruled(
            (x0, k, s) => at(null, s, x0, k),
            (k, xt, s, t) => at(s, t, xt, k),
          )(masks().classes),
        );
      },
    },
    {
      name: "one and a half β in one branch",
      because: "the likelihood of a flipped bit is 3β/2 where β/2 belongs, and nothing divides by the evidence",
      precedent: "DD-02",
      plausible: false,
      methods: () => {
        const process = uniformChain(2);
        const at = entry(process);
        return posteriors(process, (x0, xt, s, t) =>
          Float64Array.from({ length: 2 }, (_, k) => at(null, s, x0, k) * at(s, t, k, xt) * (k === xt ? 1 : 3)),
        );
      },
    },
    {
      name: "wraps at the first step",
      because: "before the first index stands the last: the step to data takes the wrong matrix",
      plausible: false,
      methods: () => {
        const at = entry(masks());
        return posteriors(masks(), (x0, xt, s, t) =>
          s === null
            ? ruled(
                (x, k) => at(null, 19, x, k),
                (k, y) => at(null, t, k, y),
              )(masks().classes)(x0, xt, s, t)
            : right(masks())(x0, xt, s, t),
        );
      },
    },
    {
      name: "not normalised",
      because: "the product is divided by the evidence one index late",
      plausible: true,
      methods: () => posteriors(masks(), (x0, xt, s, t) => right(masks())(x0, xt, s, t).map((p) => 0.98 * p)),
    },
    {
      name: "floor",
      because: "10⁻⁴ stands under every entry before the logarithm is taken, and nobody says so",
      plausible: true,
      methods: () => posteriors(masks(), (x0, xt, s, t) => normalise(right(masks())(x0, xt, s, t).map((p) => p + 1e-4))),
    },
    {
      name: "mass outside the support",
      because: "the logarithm of nothing is replaced by −16, which is something",
      plausible: true,
      methods: () => posteriors(masks(), (x0, xt, s, t) => right(masks())(x0, xt, s, t).map((p) => (p === 0 ? Math.exp(-16) : p))),
    },
  ],
});

export const posteriorOrientationProperty: Property = property(posteriorOrientation, {
  accepts: [
    { name: "asymmetric", methods: () => discreteBook({ process: base() }) },
    { name: "absorbing", methods: () => discreteBook({ process: absorbingChain() }) },
    { name: "columns", methods: () => discreteBook({ process: base(), orientation: "column" }) },
    { name: "kernels in binary32", methods: () => inBinary32(base()) },
  ],
  rejects: [
    {
      name: "rows read as columns",
      because: "the step is read along the wrong axis, as a symmetric kernel lets one",
      plausible: false,
      methods: () => {
        const at = entry(base());
        return posteriors(
          base(),
          ruled(
            (x0, k, s) => at(null, s, x0, k),
            (k, xt, s, t) => at(s, t, xt, k),
          )(base().classes),
        );
      },
    },
    {
      name: "start read as end",
      because: "the kernel from data is read along the wrong axis",
      plausible: false,
      methods: () => {
        const at = entry(base());
        return posteriors(
          base(),
          ruled(
            (x0, k, s) => at(null, s, k, x0),
            (k, xt, s, t) => at(s, t, k, xt),
          )(base().classes),
        );
      },
    },
    {
      name: "half turned",
      because: "one step in a hundred is read along the wrong axis",
      plausible: true,
      methods: () => {
        const at = entry(base());
        return posteriors(
          base(),
          ruled(
            (x0, k, s) => at(null, s, x0, k),
            (k, xt, s, t) => 0.98 * at(s, t, k, xt) + 0.02 * at(s, t, xt, k),
          )(base().classes),
        );
      },
    },
    {
      name: "symmetrised",
      because: "the kernel of the step is mixed with its transpose before the rule is applied",
      plausible: true,
      methods: () => {
        const at = entry(base());
        return posteriors(
          base(),
          ruled(
            (x0, k, s) => at(null, s, x0, k),
            (k, xt, s, t) => 0.995 * at(s, t, k, xt) + 0.005 * at(s, t, xt, k),
          )(base().classes),
        );
      },
    },
  ],
});

const flooredBy = (process: Process, floor: number, declared: number): RawMethods => {
  const at = entry(process);
  return posteriors(
    process,
    ruled(
      (x0, k, s) => at(null, s, x0, k) + floor,
      (k, xt, s, t) => at(s, t, k, xt) + floor,
    )(process.classes),
    { floor: declared },
  );
};

export const posteriorFloorProperty: Property = property(posteriorFloor, {
  accepts: [
    { name: "under kernels", methods: () => flooredBy(base(), 1e-6, 1e-6) },
    { name: "declared and not added", methods: () => discreteBook({ process: base(), declares: { floor: 1e-6 } }) },
    { name: "under kernels, absorbing", methods: () => flooredBy(absorbingChain(), 1e-6, 1e-6) },
    {
      name: "under the one-hot token",
      methods: () => {
        const process = uniformChain(9);
        const at = entry(process);
        const raised = (x0: number, k: number, s: number | null): number => {
          let sum = at(null, s, x0, k);
          for (let x = 0; x < 9; x++) sum += 1e-6 * at(null, s, x, k);
          return sum;
        };
        return posteriors(process, ruled(raised, (k, xt, s, t) => at(s, t, k, xt))(9), { floor: 1e-6 });
      },
    },
  ],
  rejects: [
    {
      name: "ten times what is declared",
      because: "the floor is 10⁻⁵, the documentation says 10⁻⁶",
      plausible: true,
      methods: () => flooredBy(base(), 1e-5, 1e-6),
    },
    {
      name: "under the posterior",
      because: "a second floor of 10⁻³ is added to the law itself",
      plausible: true,
      methods: () => posteriors(base(), (x0, xt, s, t) => normalise(right(base())(x0, xt, s, t).map((p) => p + 1e-3)), { floor: 1e-6 }),
    },
    {
      name: "not normalised after it",
      because: "the law is raised by 10⁻⁴ and never divided by its new sum",
      plausible: true,
      methods: () => posteriors(base(), (x0, xt, s, t) => right(base())(x0, xt, s, t).map((p) => p + 1e-4), { floor: 1e-6 }),
    },
    {
      name: "another law",
      because: "behind the floor the kernel from data reaches t where it should reach s",
      plausible: false,
      methods: () => {
        const at = entry(base());
        return posteriors(
          base(),
          ruled(
            (x0, k, _, t) => at(null, t, x0, k),
            (k, xt, s, t) => at(s, t, k, xt),
          )(base().classes),
          { floor: 1e-6 },
        );
      },
    },
  ],
});
