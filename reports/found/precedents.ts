/**
 * Public mistakes that controls repeat, by the ids that controls name. Each was fixed or confirmed in public.
 */
import type { Precedent } from "#reports/law-page";

const precedent = (id: string, project: string, what: string): Precedent => ({ id, project, what });

export const precedents: readonly Precedent[] = [
  precedent("AZ-02", "azula", "the Gaussian denoiser leaves the covariance of its noise unscaled"),
  precedent("AZ-03", "azula", "the Langevin corrector settles at another variance than the marginal's"),
  precedent("CF-01", "ComfyUI", "the noise of the steps comes from a generator seeded like that of the start"),
  precedent("DD-02", "BernoulliDiffusion", "one branch of the binary posterior has a wrong factor, and the two do not add up to one"),
  precedent("DD-06", "d3pm, a re-implementation", "in training the network is shown the clean data"),
  precedent("DD-08", "VQ-Diffusion", "the schedule counts the mask among the tokens"),
  precedent("DD-10", "DiffuLLaMA", "the loss is weighted by t where 1/t belongs"),
  precedent(
    "DD-14",
    "a molecular diffusion code",
    "the corrector reads rates one index off, and its greedy step unmasks what was not masked",
  ),
  precedent("DD-15", "a molecular diffusion code", "β and 1 − β change places in the absorbing matrix"),
  precedent("DD-17", "bionemo-moco", "the confidence step compares with a threshold, so that ties unmask too many tokens"),
  precedent("DF-01", "diffusers", "the DDPM posterior is that of neighbouring indices, although the sampler leaps over several"),
  precedent("DF-02", "diffusers", "learned_range mixes variances where their logarithms are to be mixed"),
  precedent("DF-05", "diffusers", "DDPM computes the time before by subtraction, whatever the spacing of the grid"),
  precedent("DF-07", "diffusers", "a number of steps that does not divide T gives a longer grid"),
  precedent("DF-08", "diffusers", "the Karras VE schedule forgets to square σ_max"),
  precedent("DF-11", "diffusers", "add_noise of DPM-Solver, UniPC and DEIS adds σ/α times the noise to unscaled data"),
  precedent("DF-12", "diffusers", "add_noise of the VE scheduler draws its own noise and ignores the one it is given"),
  precedent("DF-14", "diffusers", "scale_noise of flow matching takes no batch of different times"),
  precedent("DF-16", "diffusers", "DDIM that predicts x₀ uses it as noise in the direction term"),
  precedent("DF-17", "diffusers", "Heun evaluates its second stage at the level of the first, which v-prediction shows"),
  precedent("DF-18", "diffusers", "RePaint noises the known part to the level before the step, not after it"),
  precedent("DF-20", "diffusers", "DDIM inversion is one index off and ends at a wrong level"),
  precedent("DF-22", "diffusers", "DPM-Solver++ on the Karras grid repeats its last level and stops above zero"),
  precedent("DF-26", "diffusers", "PNDM keeps its accumulated outputs when it is set up again"),
  precedent("DF-28", "diffusers", "LCM adds noise on its last step"),
  precedent("DF-29", "diffusers", "flow matching with given times shifts the levels and keeps the times"),
  precedent("DF-36", "diffusers (training scripts)", "the min-SNR weight of v-prediction, wrong in several ways in turn"),
  precedent("DF-38", "diffusers (pipelines)", "guidance is switched off for weights at which it should act"),
  precedent("DF-40", "diffusers", "block refinement does not end a row whose first generated token is the end token"),
  precedent("DS-01", "dpm-solver", "the single-step solver of order 1 runs on a grid of one step"),
  precedent("JX-01", "diffusionjax", "log σ is taken for σ"),
  precedent("KD-01", "k-diffusion", "the maps between σ and t of a discrete schedule do not invert each other"),
  precedent("KO-01", "kohya sd-scripts", "min-SNR with a ratio estimated from the latents, not that of the schedule"),
  precedent("KO-03", "kohya sd-scripts", "a flow target of the wrong sign, with time reversed and clean latents as input"),
  precedent("LR-11", "imagen-pytorch", "continuous time is stored as an integer, so that every level becomes that of clean data"),
  precedent("LR-13", "dalle2-pytorch", "the quadratic β schedule squares its ends where it should take roots"),
  precedent("LR-14", "rectified-flow-pytorch", "a variance is handed over as a standard deviation"),
  precedent("LR-17", "muse-maskgit-pytorch", "the order of a sort is taken for the ranks when tokens are chosen to be masked"),
  precedent("MX-01", "mlx-examples", "the time shift is applied to the model that has none"),
  precedent("TQ-01", "ddpm-torch", "the prior term takes a standard deviation for a log-variance"),
];
