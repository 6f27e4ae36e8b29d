"""Where diffusers 0.42.1 takes documented options and answers NaN, or dies of something else than a refusal, each recomputed without lawbook.

Run it with a Python that has diffusers 0.42.1, scipy and torchsde: `python diffusers_0_42_1_finite.py`. A cause is one mistake and the
lines where it stands; below it the configurations it explains: a class, its options, what set_timesteps is given, and how the loop runs.
Each is run as it is. The last line counts those that still come out as said.
"""

import functools
import logging

import numpy
import torch
from diffusers import schedulers
from shown import X, Findings, line_of, outcome, same, tenth, walk

logging.disable(logging.WARNING)
findings = Findings()
RAMP = [1e-4 + (0.03 - 1e-4) * (k / 999) ** 1.5 for k in range(1000)]


def cause(why, text, *cases):
    """Why it is a defect and no convention; text of the line at fault; the cases it explains."""
    print("\n%s" % why)
    for name, gives, call, words in cases:
        cls = getattr(schedulers, name + "Scheduler")
        torch.manual_seed(0)
        got = outcome(functools.partial(call, cls))
        findings.report("%s(%s" % (cls.__name__, words), line_of(cls, text), "numbers or a refusal", got, got == gives)


def case(name, gives="NaN", grid=10, call=None, output=tenth, first=0, step=None, **options):
    """One configuration, what comes of it, and the call: the sampling loop unless another is given."""
    setup = grid if isinstance(grid, dict) else {"num_inference_steps": grid}

    def run(cls):
        s = cls(**options)
        s.set_timesteps(**setup)
        return (call or functools.partial(walk, output=output, first=first, **(step or {})))(s)

    words = ", ".join("%s=%s" % (k, "…" if isinstance(v, (list, numpy.ndarray)) else repr(v)) for k, v in options.items())
    given = ", ".join("%s=%s" % pair for pair in setup.items())
    return name, gives, run, "%s).set_timesteps(%s)%s" % (words, given, " from step %d" % first if first else "")


def each(names, **options):
    return [case(name, **options) for name in names.split()]


def remembering(s, output=tenth):
    """The loop of a class whose step is handed the last data prediction and its time."""
    x, data = X, None
    for k, t in enumerate(s.timesteps):
        x, data = s.step(output(x, t), data, t, s.timesteps[k - 1] if k else None, x, return_dict=False)
    return x


# --- the straight path -----------------------------------------------------------------------------------------------------------------------

SOLVERS = "DEISMultistep DPMSolverMultistep DPMSolverMultistepInverse DPMSolverSinglestep SASolver"
FLOW = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
cause(
    "With use_flow_sigmas α = 1 - σ, but the interpolated grids stay σ/α of the other chain, up to 157: α is negative and log α is NaN. "
    "The three grids refuse one another and not this; UniPC alone maps its Karras grid to σ/(1 + σ).",
    "alpha_t = 1 - sigma",
    *each(SOLVERS, use_karras_sigmas=True, **FLOW),
    *each(SOLVERS + " UniPCMultistep", use_exponential_sigmas=True, **FLOW),
    *each(SOLVERS + " UniPCMultistep", use_beta_sigmas=True, **FLOW),
    case("DPMSolverMultistep", use_lu_lambdas=True, **FLOW),
)
COSINE = {"beta_schedule": "squaredcos_cap_v2"}
cause(
    "final_sigmas_type='sigma_min' takes the last level from the variance-preserving chain, also on the straight path: the last step goes up, "
    "and the noise of the SDE is the root of a negative number.",
    "sigma_last = ((1 - self.alphas_cumprod[0]) / self.alphas_cumprod[0]) ** 0.5",
    case("DPMSolverMultistep", grid=24, num_train_timesteps=25, algorithm_type="sde-dpmsolver++", final_sigmas_type="sigma_min", **COSINE, **FLOW),
)
cause(
    "The docstring lets sigmas be a list of floats; a list is multiplied by a float.",
    "sigmas = self.config.flow_shift * sigmas / (1 + (self.config.flow_shift - 1) * sigmas)",
    case("UniPCMultistep", "TypeError", grid={"sigmas": [1.0, 0.5, 0.25]}, **FLOW),
)
cause(
    "Explicit timesteps are documented and leave num_inference_steps None; the straight path adds 1 to it.",
    "alphas = np.linspace(1, 1 / self.config.num_train_timesteps",
    case("DPMSolverMultistep", "TypeError", grid={"timesteps": [999, 500, 10]}, **FLOW),
)
cause(
    "The first level is σ = 1, where log α = -∞; a third-order predictor needs the slope there. UniPC itself takes 10⁻⁶ off.",
    "lambda_si = torch.log(alpha_si) - torch.log(sigma_si)",
    case("Helios", solver_order=3, stages=1, stage_range=[0, 1], call=lambda s: walk(s, start=X[:, :, None])),
)
cause(
    "One step is a grid of σ = 1 alone, and the stretch to shift_terminal divides 0 by 0: the one time is NaN, which no lookup finds.",
    "scale_factor = ",
    *each("FlowMatchEulerDiscrete FlowMatchLCM", gives="IndexError", grid=1, shift_terminal=0.1),
    *each("FlowMatchEulerDiscrete FlowMatchLCM", grid=1, shift_terminal=0.1, call=lambda s: s.sigmas),
)
cause(
    "A batch noised at mixed times is looked up as if it were one time. In FlowMatchEulerDiscreteScheduler that was mended (pull request 8678), not in its twin.",
    "indices = (schedule_timesteps == timestep).nonzero()",
    case("FlowMatchHeunDiscrete", "RuntimeError", call=lambda s: s.scale_noise(torch.zeros(2, 1, 1, 1), s.timesteps[[0, 5]], torch.ones(2, 1, 1, 1))),
)

# --- the place in the grid -------------------------------------------------------------------------------------------------------------------

cause(
    "Times are rounded to integers, so that neighbours coincide; of equal times the second counts as the first step's place. The loop over the "
    "published times then runs beyond the last level, or steps where no order is left.",
    "step_index = index_candidates[1].item()",
    case("DEISMultistep", "IndexError", num_train_timesteps=25, beta_schedule="squaredcos_cap_v2", use_beta_sigmas=True),
    case("DEISMultistep", "IndexError", num_train_timesteps=25, flow_shift=4.35, **FLOW),
    case("DPMSolverMultistep", "IndexError", num_train_timesteps=25, rescale_betas_zero_snr=True, use_beta_sigmas=True),
    case("DPMSolverMultistepInverse", "IndexError", grid=24, num_train_timesteps=25, use_beta_sigmas=True),
    case("DPMSolverMultistepInverse", "IndexError", num_train_timesteps=25, use_exponential_sigmas=True),
    case("UniPCMultistep", "AssertionError", grid=24, num_train_timesteps=25, **FLOW),
    case("UniPCMultistep", "IndexError", grid=25, num_train_timesteps=25, lower_order_final=False, **FLOW),
)
cause(
    "Karras levels are given rounded times, which the inserted ones do not share: a time that is published twice stands for two levels, and a run "
    "that starts there, as image-to-image does, takes the later one, σ = 0 at the end.",
    "pos = 1 if len(indices) > 1 else 0",
    *each("KDPM2Discrete KDPM2AncestralDiscrete", grid=50, first=94, use_karras_sigmas=True),
)
cause(
    "As many steps as the chain is long are accepted; with steps_offset=1 the first time is then T, and the tables end at T - 1.",
    "timesteps += self.config.steps_offset",
    case("CogVideoXDPM", "IndexError", grid=25, call=remembering, num_train_timesteps=25, steps_offset=1, timestep_spacing="leading"),
    *each("CogVideoXDDIM DDIM DDIMParallel PNDM", gives="IndexError", grid=25, num_train_timesteps=25, steps_offset=1, timestep_spacing="leading"),
    case("DDIMInverse", "IndexError", grid=25, num_train_timesteps=25, steps_offset=1),
    case("DEISMultistep", grid=24, num_train_timesteps=25, steps_offset=1, timestep_spacing="leading"),
)

# --- what a prediction leaves open ----------------------------------------------------------------------------------------------------------

ZERO, V = {"rescale_betas_zero_snr": True}, {"prediction_type": "v_prediction"}
cause(
    "At zero terminal SNR the state is all noise and ε̂ = x says nothing of the data: x̂₀ = (x - ε̂)/0. Four other classes set ᾱ to 2⁻²⁴ there; "
    "Lin et al., who propose the rescaling, ask for another prediction. These take noise prediction, their default, without a word.",
    "rescale_zero_terminal_snr(self.",
    *each("DDIM DDIMParallel DDPM DDPMParallel CogVideoXDDIM", output=same, timestep_spacing="trailing", prediction_type="epsilon", **ZERO),
    case("CogVideoXDPM", call=functools.partial(remembering, output=same), timestep_spacing="trailing", prediction_type="epsilon", **ZERO),
    *each("LCM TCD", output=same, grid=4, prediction_type="epsilon", **ZERO),
)
cause(
    "At zero terminal SNR and η = 1 all noise is fresh: 1 - ᾱ' - ς² is 0, and where it is rounded below 0 its root is NaN. v-prediction, as the "
    "paper asks for.",
    "(1 - alpha_prod_t_prev - std_dev_t**2) ** (0.5)",
    *each("DDIM DDIMParallel", grid=5, step={"eta": 1.0}, beta_schedule="scaled_linear", timestep_spacing="trailing", **V, **ZERO),
)
cause(
    "Inversion starts from clean data, where x̂₀ says nothing of the noise: ε̂ = (x - x̂₀)/0. The prediction type is documented and not refused.",
    "pred_epsilon = (sample - alpha_prod_t",
    case("DDIMInverse", output=same, prediction_type="sample"),
)
cause(
    "fixed_large_log is the logarithm of β, which is negative, and its root is taken; fixed_small_log is exponentiated first.",
    "torch.log(current_beta_t)",
    *each("DDPM DDPMParallel", variance_type="fixed_large_log"),
)

# --- steps of no length, and steps to σ = 0 --------------------------------------------------------------------------------------------------

cause(
    "The step to σ = 0 is infinitely long in λ: differences over its length are 0/0. DPMSolverMultistepScheduler steps to 0 at first order whatever "
    "the options say; UniPC multiplies by h, or by slopes over it.",
    "rk = (lambda_si - lambda_s0) / h",
    case("UniPCMultistep", solver_type="bh1"),
    case("UniPCMultistep", predict_x0=False),
    case("UniPCMultistep", lower_order_final=False),
    case("UniPCMultistep", "_LinAlgError", lower_order_final=False, solver_order=3, use_karras_sigmas=True, **FLOW),
)
cause(
    "With trailing spacing the last time is the noisiest, whose level is appended once more: the step has no length, and Heun's weight is (e⁻ʰ - 1)/h.",
    "((torch.exp(-h) - 1.0) / h + 1.0)",
    case("DPMSolverMultistepInverse", lower_order_final=False, solver_type="heun", timestep_spacing="trailing"),
)
cause(
    "final_sigmas_type='sigma_min' appends the level at which the grid ends anyway: the last step has no length, or that of a rounding. Heun's weight "
    "is then 0/0, and 1 - e⁻²ʰ may lie below 0, of which the SDE takes the root.",
    "sigma_last = self.config.sigma_min",
    case("EDMDPMSolverMultistep", lower_order_final=False, solver_type="heun", final_sigmas_type="sigma_min"),
    case("EDMDPMSolverMultistep", algorithm_type="sde-dpmsolver++", sigma_min=0.0659, final_sigmas_type="sigma_min"),
    case("CosineDPMSolverMultistep", sigma_min=0.5, final_sigmas_type="sigma_min"),
    case("CosineDPMSolverMultistep", "RecursionError", final_sigmas_type="sigma_min"),
)
SCALED = {"beta_schedule": "scaled_linear", "beta_start": 0.000772, "beta_end": 0.0176}
cause(
    "The same of an interpolated grid: e to the logarithm of σ_min is not σ_min, and the last step goes up by a rounding.",
    "sigma_last = ((1 - self.alphas_cumprod[0]) / self.alphas_cumprod[0]) ** 0.5",
    case("DPMSolverMultistep", algorithm_type="sde-dpmsolver++", use_lu_lambdas=True, final_sigmas_type="sigma_min", **SCALED),
)
cause(
    "The Brownian path runs from σ_min to σ_max as they were given, the grid from where rounding puts them: a time outside the path is halved for ever.",
    "sigma_min=self.config.sigma_min",
    case("CosineDPMSolverMultistep", "RecursionError", sigma_min=0.0671),
)
cause(
    "Noise is scaled by the root of σ̂² - σ_min², and the level that stands for σ_min was rounded below it.",
    "(sigma_hat**2 - sigma_min**2) ** 0.5",
    case("CMStochasticIterative", sigma_min=0.019),
)
cause(
    "σ_down is the root of a difference of nearly equal squares, rounded below 0 between far levels; it equals σ'²/σ, which never is.",
    "sigmas_down = (sigmas_next**2 - sigmas_up**2) ** 0.5",
    case("KDPM2AncestralDiscrete", grid=2, trained_betas=numpy.array(RAMP)),
)
cause(
    "One step is accepted, and the spacing divides by the number of steps less one.",
    "num_inference_steps - 1)",
    case("UnCLIP", "ZeroDivisionError", grid=1),
)

# --- options of solvers ----------------------------------------------------------------------------------------------------------------------

cause(
    "Inversion goes towards noise, so λ falls and h < 0: the noise of the reversed SDE is the root of a negative number. Both algorithms are documented.",
    "torch.sqrt(1.0 - torch.exp(-2 * h)) * noise",
    *[case("DPMSolverMultistepInverse", algorithm_type=kind) for kind in ("sde-dpmsolver", "sde-dpmsolver++")],
)
cause(
    "Orders 1, 2 and 3 are documented and so is the SDE, but the step of order 3 is not handed its noise.",
    "self.multistep_dpm_solver_third_order_update(self.model_outputs, sample=sample)",
    case("DPMSolverMultistepInverse", "AssertionError", algorithm_type="sde-dpmsolver++", solver_order=3),
    case("EDMDPMSolverMultistep", "UnboundLocalError", algorithm_type="sde-dpmsolver++", solver_order=3),
)
cause(
    "Thresholding of a solver in ε̂ takes the whole tables of α and σ for the entry of its step.",
    "alpha_t, sigma_t = self.alpha_t",
    case("DPMSolverSinglestep", "RuntimeError", algorithm_type="dpmsolver", final_sigmas_type="sigma_min", thresholding=True),
    case("SASolver", "RuntimeError", algorithm_type="noise_prediction", thresholding=True),
)
MEAN = "model_output = model_output[:, :3]"
cause(
    "\"If set, the model's output contains the predicted Gaussian variance\": it is cut off for noise prediction alone, of the prediction types that are "
    "documented. DDPMScheduler cuts it off for all.",
    MEAN,
    *[
        case(name, "RuntimeError", variance_type=kind, prediction_type=prediction)
        for name in ("DPMSolverMultistep", "DPMSolverMultistepInverse", "DPMSolverSinglestep")
        for kind in ("learned", "learned_range")
        for prediction in ("sample", "v_prediction", "flow_prediction")
    ],
)
cause(
    "The variance is cut off the output, and noise is then drawn for as many channels as the output had.",
    "noise = randn_tensor(",
    *[case("SASolver", "RuntimeError", variance_type=kind) for kind in ("learned", "learned_range")],
)

findings.close()
