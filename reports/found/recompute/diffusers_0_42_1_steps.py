"""Steps in diffusers 0.42.1 that do not lead where their grid says, or take what they were not given, recomputed without lawbook.

Run it with a Python that has diffusers 0.42.1: `python diffusers_0_42_1_steps.py`. Each finding says what was expected, what came, where
in diffusers/schedulers the mistake stands, and why it is no matter of convention. The last line counts those that reproduce.
"""

import numpy
import torch
from diffusers import schedulers
from shown import Findings, line_of, raised

findings = Findings()
report = findings.report
ONE = torch.ones(1, 1, 1, 1, dtype=torch.float64)
DATA = 0.3


def met(cls, count, **options):
    """A model that knows the one data point is asked at every published time: the share of noise it meets there, beside the table's.

    The run starts with noise 1, so the noise found in a state by its published time should be 1 at every call."""
    s = cls(clip_sample=False, **options)
    s.set_timesteps(count)
    table = s.alphas_cumprod.double().numpy()
    t = int(s.timesteps[0])
    x, seen, old = table[t] ** 0.5 * DATA * ONE + (1 - table[t]) ** 0.5 * ONE, [], None
    randn, torch.randn = torch.randn, lambda size, *_, dtype=None, **__: torch.zeros(size, dtype=dtype)
    for k, t in enumerate(s.timesteps):
        noise = (x - table[int(t)] ** 0.5 * DATA) / (1 - table[int(t)]) ** 0.5
        seen.append(float(noise))
        if cls is schedulers.CogVideoXDPMScheduler:
            x, old = s.step(noise, old, int(t), None if k == 0 else int(s.timesteps[k - 1]), x, return_dict=False)
        else:
            x = s.step(noise, int(t), x)[0]
    torch.randn = randn
    return seen, float(x)


for name, count, options in (
    ("DDIM", 7, {"timestep_spacing": "trailing"}),
    ("DDIMParallel", 7, {"timestep_spacing": "trailing"}),
    ("CogVideoXDDIM", 7, {"timestep_spacing": "trailing"}),
):
    cls = getattr(schedulers, name + "Scheduler")
    seen, _ = met(cls, count, **options)
    worst = max(seen, key=lambda noise: abs(noise - 1))
    report(
        "%sScheduler(timestep_spacing='trailing').set_timesteps(7)" % name,
        line_of(cls.step, "prev_timestep = timestep - "),
        "1 of the noise at every call",
        "%.4f" % worst,
        abs(worst - 1) > 1e-3,
        "the published times are 142 or 143 apart, every step goes 142 back, and the model is asked at a time that the state is not at; mended "
        "in DDPMScheduler as a bug",
    )


def pndm(count, **options):
    """PNDM with a model that knows data and noise: times, and the share of noise that it meets at each, which should be 1."""
    s = schedulers.PNDMScheduler(**options)
    s.set_timesteps(count)
    table = s.alphas_cumprod.double().numpy()
    a, b = (table[int(s.timesteps[0])] ** 0.5, (1 - table[int(s.timesteps[0])]) ** 0.5)
    x, seen = (a * DATA + b) * ONE, []
    for t in s.timesteps:
        a, b = table[int(t)] ** 0.5, (1 - table[int(t)]) ** 0.5
        seen.append((float((x - a * DATA) / b), int(t)))
        x = s.step((a - b * DATA if options.get("prediction_type") == "v_prediction" else 1.0) * ONE, int(t), x)[0]
    return seen


right, wrong = (max(pndm(20, **kind), key=lambda pair: abs(pair[0] - 1))[0] for kind in ({}, {"prediction_type": "v_prediction"}))
report(
    "PNDMScheduler(prediction_type='v_prediction'), 20 steps, exact data and noise: the noise met",
    line_of(schedulers.PNDMScheduler._get_prev_sample, "model_output = (alpha_prod_t**0.5)"),
    "1 at every call, as with noise prediction (%.3f at worst)" % right,
    "%.3f at worst" % wrong,
    abs(right - 1) < 1e-2 < abs(wrong - 1),
    "velocities of different times are mixed first and then read as noise at one of them; Heun's second stage had the same mistake, in "
    "this prediction only, and was mended",
)
for spacing, count in (("trailing", 7), ("linspace", 10)):
    worst, t = max(pndm(count, skip_prk_steps=True, timestep_spacing=spacing), key=lambda pair: abs(pair[0] - 1))
    report(
        "PNDMScheduler(skip_prk_steps=True, timestep_spacing='%s').set_timesteps(%d): the noise met" % (spacing, count),
        line_of(schedulers.PNDMScheduler.step_plms, "prev_timestep = timestep - "),
        "1 at every call",
        "%.4f at t = %d" % (worst, t),
        abs(worst - 1) > 1e-3,
        "the step goes ⌊T/n⌋ back whatever the spacing is: the option is documented, and these times are not ⌊T/n⌋ apart",
    )
(first, _), (half, t) = pndm(25, num_train_timesteps=25)[:2]
report(
    "PNDMScheduler(num_train_timesteps=25).set_timesteps(25): the noise met at the second stage, t = %d" % t,
    line_of(schedulers.PNDMScheduler.step_prk, "diff_to_prev = "),
    "1",
    "%.4f" % half,
    abs(half - 1) > 1e-2 > abs(first - 1),
    "half of an odd stride is rounded one way for the published times and the other way in the step",
)

# The data part of a stochastic step, with its noise answered by zero: α of the level that it lands on, after which the next time is asked.
cls = schedulers.CogVideoXDPMScheduler
s = cls(timestep_spacing="linspace", clip_sample=False)
s.set_timesteps(10)
table = s.alphas_cumprod.double().numpy()
t, following = int(s.timesteps[0]), int(s.timesteps[1])
randn, torch.randn = torch.randn, lambda size, *_, dtype=None, **__: torch.zeros(size, dtype=dtype)
got = float(s.step(0 * ONE, None, t, None, table[t] ** 0.5 * ONE, return_dict=False)[0])
torch.randn = randn
report(
    "CogVideoXDPMScheduler(timestep_spacing='linspace'): the share of data after the first step, at t = %d" % following,
    line_of(cls.step, "prev_timestep = timestep - "),
    "%.6f" % table[following] ** 0.5,
    "%.6f" % got,
    abs(got - table[following] ** 0.5) > 0.01 * got,
    "its times are 111 apart and the step goes 100 back, so the next model call is told another level than the state's",
)

cls = schedulers.DDIMInverseScheduler
s = cls(num_train_timesteps=25, timestep_spacing="trailing", clip_sample=False)
s.set_timesteps(10)
table, x = s.alphas_cumprod.double().numpy(), ONE
for t in s.timesteps:
    x = s.step(0 * ONE, t, x)[0]
got, expected = float(x), table[int(s.timesteps[-1])] ** 0.5
report(
    "DDIMInverseScheduler(num_train_timesteps=25, timestep_spacing='trailing').set_timesteps(10): the share of data at the end",
    line_of(cls.step, "timestep = min("),
    "%.6f, the level of its last time" % expected,
    "%.6f" % got,
    abs(got - expected) > 0.01 * expected,
    "its times are 2 or 3 apart and each step assumes 2: the noise put in between is never put in",
)

# With an offset the last published time is 1. A stride of 1 leads to index 0, and there the run stops.
for name in ("DDIM", "DDIMParallel", "CogVideoXDDIM"):
    cls = getattr(schedulers, name + "Scheduler")
    _, got = met(cls, 600, timestep_spacing="leading", steps_offset=1, set_alpha_to_one=True)
    report(
        "%sScheduler(steps_offset=1, set_alpha_to_one=True).set_timesteps(600): the end of a run to one data point" % name,
        line_of(cls.step, "self.final_alpha_cumprod"),
        "the data, %.6f" % DATA,
        "%.6f" % got,
        abs(got - DATA) > 1e-3,
        "the option is documented to make ᾱ = 1 after the final step, and does so for 500 steps",
    )

# Begun in the middle, as image-to-image runs are: with velocity 1 a step moves the state by the difference of two levels.
x = torch.ones(1, 1, 1, 1, 1, dtype=torch.float64)
for kind in ("unipc", "euler"):
    s = schedulers.HeliosScheduler(stages=1, stage_range=[0, 1], scheduler_type=kind, shift=4.0, time_shift_type="linear")
    s.set_timesteps(10)
    s.set_begin_index(8)
    got = float(s.step(x, s.timesteps[8], 0 * x)[0])
    expected = float(s.sigmas[9] - s.sigmas[8])
    report(
        "HeliosScheduler(scheduler_type='%s', shift=4) begun at its ninth time; what velocity 1 moves the state by" % kind,
        line_of(getattr(schedulers.HeliosScheduler, "step_" + kind), "self._step_index = 0"),
        "%.6f" % expected,
        "%.6f" % got,
        abs(got - expected) > 1e-3,
        "set_begin_index is documented to be called before a run, _init_step_index reads it, and nothing calls that: whatever begin index and "
        "time are given, the first step is that of index 0",
    )

# A published time is made an integer before its level is looked up: the nearest time to 999 is not always the one that was given.
s = schedulers.HeliosDMDScheduler(stages=1, stage_range=[0, 1], shift=6.0, time_shift_type="exponential")
s.set_timesteps(10)
k = 1
sigma = float(s.sigmas[k])
given = {"dmd_noisy_tensor": 0 * x, "dmd_sigmas": s.sigmas, "dmd_timesteps": s.timesteps, "all_timesteps": s.timesteps}
last = len(s.timesteps) - 1
got = float(s.step(x, s.timesteps[k], 0 * x, cur_sampling_step=last, **given)[0])
report(
    "HeliosDMDScheduler(shift=6, time_shift_type='exponential'): x̂₀ of state 0 and velocity 1 at its second time, %.3f" % float(s.timesteps[k]),
    line_of(schedulers.HeliosDMDScheduler.step, "dtype=torch.long"),
    "-σ = %.6f" % -sigma,
    "%.6f" % got,
    abs(got + sigma) > 1e-4,
    "the time is one of its own timesteps, and its level stands beside it in its own list",
)

# Third order in λ = −log σ: x̂₀ = λ² is a parabola, which three predictions determine; by quadrature.
s = schedulers.EDMDPMSolverMultistepScheduler(solver_order=3)
s.set_timesteps(10)
sigmas = s.sigmas.double().numpy()
half = -numpy.log(numpy.maximum(sigmas, 1e-30))
x, pairs = sigmas[0] * ONE, []
for k, t in enumerate(s.timesteps):
    before, own = float(x), 0.5 / numpy.hypot(sigmas[k], 0.5)
    output = (half[k] ** 2 - own**2 * before) / (sigmas[k] * own)
    s.scale_model_input(x, t)
    x = s.step(output * ONE, t, x)[0]
    if 2 <= k < 8:
        grid = numpy.linspace(half[k], half[k + 1], 200001)
        exact = sigmas[k + 1] / sigmas[k] * before + sigmas[k + 1] * numpy.trapezoid(numpy.exp(grid) * grid**2, grid)
        pairs.append((exact, float(x)))
expected, got = max(pairs, key=lambda pair: abs(pair[0] - pair[1]))
report(
    "EDMDPMSolverMultistepScheduler(solver_order=3) gives the curvature half its weight",
    line_of(schedulers.EDMDPMSolverMultistepScheduler.multistep_dpm_solver_third_order_update, "- 0.5)) * D2"),
    "%.6f" % expected,
    "%.6f" % got,
    abs(expected - got) > 1e-3 * abs(expected),
    "the second divided difference is half the second derivative: with this weight the solver is of second order",
)

# One time per sample, as training batches have them.
s = schedulers.FlowMatchHeunDiscreteScheduler()
s.set_timesteps(1)
two = torch.ones(2, 1, 1, 1)
got = s.scale_noise(0 * two, s.timesteps[[0, 0]], two).flatten().tolist()
t = schedulers.FlowMatchHeunDiscreteScheduler()
t.set_timesteps(10)
other = raised(lambda: t.scale_noise(0 * two, t.timesteps[[0, 5]], two))
report(
    "FlowMatchHeunDiscreteScheduler.scale_noise of two samples at t = 1000 with noise 1",
    line_of(schedulers.FlowMatchHeunDiscreteScheduler.scale_noise, "self._init_step_index(timestep)"),
    "1 and 1, and at two different times numbers",
    "%s, and at two different times %s" % (got, other),
    got != [1.0, 1.0] and other == "RuntimeError",
    "the batch of times is compared with the grid as one list: two equal times are taken for a time that the grid repeats; mended in "
    "FlowMatchEulerDiscreteScheduler as a bug",
)

findings.close()
