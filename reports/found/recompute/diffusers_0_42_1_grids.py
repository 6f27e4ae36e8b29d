"""Grids in diffusers 0.42.1 that are not what their options say, each recomputed without lawbook: from the published lists, or by the call.

Run it with a Python that has diffusers 0.42.1 and scipy: `python diffusers_0_42_1_grids.py`. Each finding says what was expected, what
came, where in diffusers/schedulers the mistake stands, and why it is no matter of convention. The last line counts those that reproduce.
"""

import numpy
import torch
from diffusers import schedulers
from shown import Findings, abar, line_of, noised, raised, walk

findings = Findings()
report = findings.report
FLOW = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}

# On the straight path α = 1 − σ. The interpolated grids take the levels σ/α of the variance-preserving process, up to 157, as they are.
THREE = ("karras_sigmas", "exponential_sigmas", "beta_sigmas")
shares = []
for name, kinds in (
    ("DPMSolverMultistep", (*THREE, "lu_lambdas")),
    ("DPMSolverSinglestep", THREE),
    ("DPMSolverMultistepInverse", THREE),
    ("DEISMultistep", THREE),
    ("SASolver", THREE),
    ("UniPCMultistep", THREE[1:]),
):
    for kind in kinds:
        s = getattr(schedulers, name + "Scheduler")(**FLOW, **{"use_" + kind: True})
        s.set_timesteps(10)
        shares.append(("%s use_%s" % (name, kind), float(s._sigma_to_alpha_sigma_t(s.sigmas.max())[0])))
report(
    "use_flow_sigmas=True with an interpolated grid: " + "; ".join(name for name, _ in shares),
    line_of(schedulers.DPMSolverMultistepScheduler._sigma_to_alpha_sigma_t, "alpha_t = 1 - sigma") + " (the same in the other files)",
    "0 ≤ α ≤ 1",
    "α = %.1f at the first time of each" % max(alpha for _, alpha in shares),
    all(alpha < 0 for _, alpha in shares),
    "no constructor refuses it, UniPC divides its own Karras grid by σ + 1 for it, and no path has a negative share of data",
)

# The reverse scheduler runs from clean to noisy.
cls = schedulers.DPMSolverMultistepInverseScheduler
s = cls(**FLOW)
s.set_timesteps(5)
got = s.sigmas.numpy()
report(
    "DPMSolverMultistepInverseScheduler(use_flow_sigmas=True) runs from noisy to clean",
    line_of(cls.set_timesteps, "np.flip(self.config.flow_shift"),
    "rising levels, as on its other grids",
    "σ = " + ", ".join("%.2f" % level for level in got),
    got[0] > got[-1],
    "documented as the reverse scheduler of DPMSolverMultistepScheduler, and its list is that scheduler's own, down to the direction",
)

# Equal times are removed from one of two parallel lists.
s = cls(use_karras_sigmas=True)
s.set_timesteps(100)
table = ((1 - abar()) / abar()) ** 0.5
k = 50
t = numpy.interp(numpy.log(float(s.sigmas[k])), numpy.log(table), numpy.arange(1000))
report(
    "DPMSolverMultistepInverseScheduler(use_karras_sigmas=True).set_timesteps(100)",
    line_of(cls.set_timesteps, "np.unique"),
    "100 times, and time %.1f at the 51st level" % t,
    "%d times, and time %d" % (len(s.timesteps), int(s.timesteps[k])),
    len(s.timesteps) != 100 and abs(float(s.timesteps[k]) - t) > 1,
    "step() walks both lists by one index: from the removed time on, the model is told the time of the level after the state's",
)

s = schedulers.SASolverScheduler(use_karras_sigmas=True)
s.set_timesteps(10)
got = float(s.sigmas[-1]), float(s.sigmas[-2])
report(
    "SASolverScheduler(use_karras_sigmas=True): the last two levels",
    line_of(schedulers.SASolverScheduler.set_timesteps, "sigmas[-1:]"),
    "σ_N = 0 after σ_min (Karras et al., Eq. 5)",
    "σ_N = σ_min = %.5f" % got[0],
    got[0] == got[1] > 0,
    "the same list was a confirmed mistake in DPMSolverMultistepScheduler; the last model call moves the state nowhere",
)

s = schedulers.SASolverScheduler(**FLOW)
s.set_timesteps(10)
sigma, got = float(s.sigmas[-2]), noised(s, 0.0, 1.0, s.timesteps[-1])
report(
    "SASolverScheduler(use_flow_sigmas=True).add_noise",
    line_of(schedulers.SASolverScheduler.add_noise, "(1 - alphas_cumprod"),
    "σ = %.4f, where its step from this time begins" % sigma,
    "%.4f" % got,
    abs(got - sigma) > 0.1 * sigma,
    "noise is added on the variance-preserving process and removed on the straight path",
)

# 1 − 10⁻⁶ is the first level, its time is cut to 999, and so is that of the second: a fresh object takes the second of two equal times.
cls = schedulers.UniPCMultistepScheduler
s = cls(flow_shift=5.0, **FLOW)
s.set_timesteps(300)
got = raised(lambda: walk(s))
report(
    "UniPCMultistepScheduler(use_flow_sigmas=True, flow_shift=5).set_timesteps(300), then the loop over its times",
    line_of(cls.set_timesteps, "dtype=torch.int64"),
    "two times for σ = 1 − 10⁻⁶ and 0.9993, and numbers",
    "times %d and %d, and %s" % (s.timesteps[0], s.timesteps[1], got),
    int(s.timesteps[0]) == int(s.timesteps[1]) and got == "AssertionError",
    "times are cut, not rounded, and the loop of the documentation fails at its end because it began one level late",
)

s = cls(use_beta_sigmas=True, **FLOW)
s.set_timesteps(sigmas=numpy.array([0.9, 0.6, 0.3, 0.1]))
got = s.sigmas.numpy()
report(
    "UniPCMultistepScheduler(use_beta_sigmas=True, use_flow_sigmas=True).set_timesteps(sigmas=[0.9, 0.6, 0.3, 0.1])",
    line_of(cls.set_timesteps, "sigmas = np.flip(sigmas)"),
    "falling levels from 0.9",
    "σ = " + ", ".join("%.2f" % level for level in got),
    got[0] < got[-2],
    "the flip is meant for the training table, which rises; a list of levels for each step falls, and the sampler adds noise from call to call",
)

# The first time of a grid with an offset is T, one beyond the table.
raising = []
for name in ("DDIM", "DDIMParallel", "DDIMInverse", "CogVideoXDDIM", "CogVideoXDPM", "DDPM", "PNDM"):
    cls = getattr(schedulers, name + "Scheduler")
    s = cls(num_train_timesteps=25, steps_offset=1, timestep_spacing="leading")
    s.set_timesteps(25)
    x, t = torch.ones(1, 1, 1, 3), max(s.timesteps)
    got = raised((lambda: s.step(x, None, t, None, x)) if name == "CogVideoXDPM" else (lambda: s.step(x, t, x)))
    raising.append((name, int(t), got))
report(
    "steps_offset=1 with as many steps as times, num_train_timesteps=25: %s; the step at their greatest time" % ", ".join(name for name, _, _ in raising),
    line_of(schedulers.DDIMScheduler.set_timesteps, "timesteps += self.config.steps_offset") + " (the same in the other files)",
    "times up to 24, or a refusal",
    "times %s and %s" % (sorted({t for _, t, _ in raising}), sorted({got for _, _, got in raising})),
    all(t == 25 and got == "IndexError" for _, t, got in raising),
    "set_timesteps refuses more steps than trained times, and then publishes a time that its own step cannot look up",
)

s = schedulers.DEISMultistepScheduler(num_train_timesteps=25, steps_offset=1, timestep_spacing="leading")
s.set_timesteps(24)
report(
    "DEISMultistepScheduler(num_train_timesteps=25, steps_offset=1, timestep_spacing='leading').set_timesteps(24)",
    line_of(schedulers.DEISMultistepScheduler.set_timesteps, "timesteps += self.config.steps_offset"),
    "times up to 24, and two levels",
    "times %d and %d with σ/α = %.4f and %.4f" % (s.timesteps[0], s.timesteps[1], s.sigmas[0], s.sigmas[1]),
    int(s.timesteps[0]) == 25 and float(s.sigmas[0]) == float(s.sigmas[1]),
    "the model is asked at a time it was never trained at, and the first step moves the state nowhere",
)

s = schedulers.FlowMatchLCMScheduler(shift=3.0)
s.set_timesteps(timesteps=[1000.0, 500.0, 100.0])
got = (s.sigmas[:-1] * 1000).tolist()
report(
    "FlowMatchLCMScheduler(shift=3).set_timesteps(timesteps=[1000, 500, 100])",
    line_of(schedulers.FlowMatchLCMScheduler.set_timesteps, "self.shift * sigmas"),
    "1000 σ = the times that it publishes",
    "times %s with 1000 σ = %s" % (s.timesteps.tolist(), [round(v, 1) for v in got]),
    abs(got[1] - float(s.timesteps[1])) > 1,
    "on all its other grids t = 1000 σ: here the model is told t = 500 for a state that has three quarters of noise",
)

findings.close()
