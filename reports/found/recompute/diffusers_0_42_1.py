"""The findings in diffusers 0.42.1, each recomputed without lawbook: by the schedule's definition in numpy, or by making the call.

Run it with a Python that has diffusers 0.42.1: `python diffusers_0_42_1.py`. Each line says what was expected, what came, and where in
diffusers/schedulers the mistake stands. The last line counts those that still reproduce.
"""

import numpy
import torch
from diffusers import schedulers
from shown import X, Findings, abar, line_of, raised, walk

findings = Findings()
report = findings.report


def landing(cls, **options):
    """With a noise prediction of zero a step multiplies the state by √(ᾱ'/ᾱ): the level it lands on, against that of the next time."""
    s = cls(clip_sample=False, **options)
    s.set_timesteps(10)
    t, following = int(s.timesteps[0]), int(s.timesteps[1])
    made = s.step(torch.zeros_like(X), t, X)[0]
    table = s.alphas_cumprod.double().numpy()
    got = float((made / X).mean()) ** 2 * table[t]
    expected = table[following]
    report(
        "%s(timestep_spacing='linspace') lands between the times of its grid" % cls.__name__,
        line_of(cls.step, "prev_timestep = timestep - ") or "",
        "ᾱ = %.6f at t = %d" % (expected, following),
        "%.6f" % got,
        abs(got - expected) > 1e-4 * expected,
    )


for cls in (schedulers.DDIMScheduler, schedulers.DDIMParallelScheduler, schedulers.CogVideoXDDIMScheduler):
    landing(cls, timestep_spacing="linspace")

# Noising in float16: 1 - ᾱ is formed after ᾱ was rounded.
s = schedulers.DDIMScheduler()
x, noise = torch.zeros(1, 1, 1, 1, dtype=torch.float16), torch.ones(1, 1, 1, 1, dtype=torch.float16)
got = float(s.add_noise(x, noise, torch.tensor([0])))
expected = (1 - abar()[0]) ** 0.5
report("DDIMScheduler.add_noise in float16 adds no noise at t = 0", line_of(schedulers.DDIMScheduler.add_noise, "dtype=original_samples.dtype"), "%.6f" % expected, got, abs(got - expected) > 0.1 * expected)

# The variance type fixed_large_log is the logarithm of β, and its square root is taken.
s = schedulers.DDPMScheduler(variance_type="fixed_large_log")
s.set_timesteps(10)
got = walk(s)
report("DDPMScheduler(variance_type='fixed_large_log')", line_of(schedulers.DDPMScheduler._get_variance, "torch.log(current_beta_t)"), "numbers", "NaN" if torch.isnan(got).any() else "numbers", bool(torch.isnan(got).any()))

# Zero terminal SNR with noise prediction: x̂₀ = (x - ε)/0, and 0/0 for the exact prediction, since x is all noise there.
s = schedulers.DDIMScheduler(timestep_spacing="trailing", rescale_betas_zero_snr=True)
s.set_timesteps(10)
got = walk(s, output=lambda x, t: x)
report("DDIMScheduler(rescale_betas_zero_snr=True, timestep_spacing='trailing') with noise prediction, not refused", line_of(schedulers.DDIMScheduler.step, "alpha_prod_t ** (0.5)"), "numbers or a refusal", "NaN" if torch.isnan(got).any() else "numbers", bool(torch.isnan(got).any()))

# The velocity at a time of the grid, by its definition.
s = schedulers.EulerDiscreteScheduler()
s.set_timesteps(10)
t = s.timesteps[-2:-1]
table = abar()
data, noise = torch.zeros(1, 1, 1, 1, dtype=torch.float64), torch.ones(1, 1, 1, 1, dtype=torch.float64)
got = float(s.get_velocity(data, noise, t))
level = numpy.interp(float(t[0]), numpy.arange(1000), table)
report("EulerDiscreteScheduler.get_velocity looks ᾱ up by place in the grid", line_of(schedulers.EulerDiscreteScheduler.get_velocity, "sqrt_alpha_prod = "), "√ᾱ = %.6f" % level**0.5, "%.6f" % got, abs(got - level**0.5) > 1e-3)

# Log-linear interpolation of σ ends at 0 only by the appended level, and its levels are not those of its times.
s = schedulers.EulerDiscreteScheduler(interpolation_type="log_linear")
s.set_timesteps(10)
got, t = float(s.sigmas[3]), float(s.timesteps[3])
expected = numpy.interp(t, numpy.arange(1000), ((1 - table) / table) ** 0.5)
report("EulerDiscreteScheduler(interpolation_type='log_linear'): σ of the fourth time", line_of(schedulers.EulerDiscreteScheduler.set_timesteps, "log_linear"), "%.4f at t = %.1f" % (expected, t), "%.4f" % got, abs(got - expected) > 0.05 * expected)

# Thresholding of a noise-predicting solver multiplies by the whole table of levels.
s = schedulers.DPMSolverSinglestepScheduler(algorithm_type="dpmsolver", thresholding=True, final_sigmas_type="sigma_min")
s.set_timesteps(10)
got = raised(lambda: walk(s))
report("DPMSolverSinglestepScheduler(algorithm_type='dpmsolver', thresholding=True)", line_of(schedulers.DPMSolverSinglestepScheduler.convert_model_output, "alpha_t, sigma_t = self.alpha_t, self.sigma_t"), "numbers", got, got != "nothing")

s = schedulers.DPMSolverMultistepScheduler(use_flow_sigmas=True, prediction_type="flow_prediction")
got = raised(lambda: s.set_timesteps(timesteps=[999, 500, 10]))
report("DPMSolverMultistepScheduler(use_flow_sigmas=True).set_timesteps(timesteps=…)", line_of(schedulers.DPMSolverMultistepScheduler.set_timesteps, "num_inference_steps + 1"), "a grid or a refusal", got, got == "TypeError")

s = schedulers.UniPCMultistepScheduler(use_flow_sigmas=True, prediction_type="flow_prediction")
got = raised(lambda: s.set_timesteps(sigmas=[1.0, 0.5, 0.25]))
report("UniPCMultistepScheduler(use_flow_sigmas=True).set_timesteps(sigmas=[…]): a documented list", line_of(schedulers.UniPCMultistepScheduler.set_timesteps, "self.config.flow_shift * sigmas"), "a grid", got, got == "TypeError")

s = schedulers.UniPCMultistepScheduler(solver_type="bh1")
s.set_timesteps(10)
got = walk(s)
report("UniPCMultistepScheduler(solver_type='bh1'): the last step to σ = 0", line_of(schedulers.UniPCMultistepScheduler.multistep_uni_p_bh_update, "B_h = hh"), "numbers", "NaN" if torch.isnan(got).any() else "numbers", bool(torch.isnan(got).any()))

s = schedulers.UnCLIPScheduler()
got = raised(lambda: s.set_timesteps(1))
report("UnCLIPScheduler.set_timesteps(1)", line_of(schedulers.UnCLIPScheduler.set_timesteps, "num_inference_steps - 1"), "one time or a refusal", got, got == "ZeroDivisionError")

s = schedulers.FlowMatchEulerDiscreteScheduler(shift_terminal=0.1)
got = raised(lambda: (s.set_timesteps(1), walk(s)))
report("FlowMatchEulerDiscreteScheduler(shift_terminal=0.1) with one step: 0/0 in the stretch", line_of(schedulers.FlowMatchEulerDiscreteScheduler.stretch_shift_to_terminal, "scale_factor = "), "a step", got, got != "nothing")

s = schedulers.LCMScheduler(rescale_betas_zero_snr=True)
s.set_timesteps(4)
got = walk(s)
report("LCMScheduler(rescale_betas_zero_snr=True) with noise prediction, not refused", line_of(schedulers.LCMScheduler.step, "predicted_original_sample = (sample"), "numbers or a refusal", "NaN" if torch.isnan(got).any() else "numbers", bool(torch.isnan(got).any()))

# An end token in the prompt hides the one that was generated.
row = torch.tensor([[9, 1, 5, 9]])
got = schedulers.BlockRefinementScheduler.check_eos_finished(row, torch.tensor([[5, 9]]), torch.tensor([[True, True]]), torch.tensor([False]), 9, 8, 2)
report("BlockRefinementScheduler.check_eos_finished where the prompt holds an end token", line_of(schedulers.BlockRefinementScheduler.check_eos_finished, "eos_pos < prompt_length"), True, bool(got[0]), not bool(got[0]))

s = schedulers.DEISMultistepScheduler(use_karras_sigmas=True)
s.set_timesteps(10)
got = float(s.sigmas[-1]), float(s.sigmas[-2])
report("DEISMultistepScheduler(use_karras_sigmas=True): the last two levels", line_of(schedulers.DEISMultistepScheduler.set_timesteps, "sigmas[-1:]"), "σ_N = 0 after σ_min (Karras et al., Eq. 5)", "σ_N = σ_min = %.5f" % got[0], got[0] == got[1] > 0)

# Third order: x̂₀ = λ² is a parabola, which three predictions determine. The step is σ'/σ x + σ' ∫ eˡ l² dl, by quadrature.
s = schedulers.DPMSolverMultistepScheduler(solver_order=3, prediction_type="sample")
s.set_timesteps(10)
ratio = s.sigmas.double().numpy()
sigma, half = ratio / numpy.sqrt(1 + ratio**2), -numpy.log(numpy.maximum(ratio, 1e-30))
x, pairs = X, []
for k, t in enumerate(s.timesteps):
    before = float(x[0, 0, 0, 0])
    x = s.step(torch.full_like(x, half[k] ** 2), t, x)[0]
    if 2 <= k < 8:
        grid = numpy.linspace(half[k], half[k + 1], 200001)
        exact = sigma[k + 1] / sigma[k] * before + sigma[k + 1] * numpy.trapezoid(numpy.exp(grid) * grid**2, grid)
        pairs.append((exact, float(x[0, 0, 0, 0])))
expected, got = max(pairs, key=lambda pair: abs(pair[0] - pair[1]))
report("DPMSolverMultistepScheduler(solver_order=3) gives the curvature half its weight", line_of(schedulers.DPMSolverMultistepScheduler.multistep_dpm_solver_third_order_update, "- 0.5)) * D2"), "%.6f" % expected, "%.6f" % got, abs(expected - got) > 1e-3 * abs(expected))

# From the middle of a grid, as image-to-image runs begin: with a constant noise prediction ε̂ the state moves by (σ' - σ)ε̂.
s = schedulers.LMSDiscreteScheduler()
s.set_timesteps(10)
t = s.timesteps[3]
s.set_begin_index(3)
got = float((s.step(torch.ones_like(X), t, X)[0] - X).mean())
expected = float(s.sigmas[4] - s.sigmas[3])
report("LMSDiscreteScheduler begun at its fourth time", line_of(schedulers.LMSDiscreteScheduler.step, "order = min(self.step_index + 1, order)"), "%.4f" % expected, "%.4f" % got, abs(got - expected) > 1e-3 * abs(expected))

# At t = 1 the state is all noise and v = -x₀ is all data: the step should bring α'x₀ in.
s = schedulers.IPNDMScheduler()
s.set_timesteps(10)
data = torch.ones_like(X)
got = float(s.step(-data, s.timesteps[0], torch.zeros_like(X))[0].mean())
expected = float(s.alphas[1])
report("IPNDMScheduler loses the data prediction at its first time", line_of(schedulers.IPNDMScheduler._get_prev_sample, "max(alpha, 1e-8)"), "%.4f" % expected, "%.4f" % got, abs(got - expected) > 1e-3)

findings.close()
