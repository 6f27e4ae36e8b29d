"""Noising in diffusers 0.42.1 in half precision, recomputed without lawbook: against the level in binary64, which the type holds.

Run it with a Python that has diffusers 0.42.1: `python diffusers_0_42_1_types.py`. Each finding says what was expected, what came, where
in diffusers/schedulers the mistake stands, and why it is no matter of convention. The last line counts those that reproduce.
"""

import torch
from diffusers import schedulers
from shown import Findings, line_of, noised, raised

findings = Findings()
report = findings.report
HALF = {torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8}


def off(found, expected, dtype):
    """More than eight roundings of this type away from what the level says."""
    return abs(found - expected) > 8 * HALF[dtype] * abs(expected)


# 1 − ᾱ is formed after ᾱ was rounded to the type of the data: at the first times nothing, or one step of the type, is left of it.
copies = ("DDIM", "DDIMParallel", "DDPM", "DDPMParallel", "PNDM", "LCM", "TCD", "UnCLIP", "SASolver", "CogVideoXDDIM", "CogVideoXDPM")
wrong = []
for name in copies:
    s = getattr(schedulers, name + "Scheduler")()
    s.set_timesteps(4)
    for dtype in HALF:
        # ᾱ in binary64, and the time at which half precision does worst.
        level = (1 - s.alphas_cumprod.double()) ** 0.5
        found = [(abs(noised(s, 0.0, 1.0, t, dtype) / float(level[t]) - 1), t) for t in (0, 1, 2, 5, 10, 20)]
        error, t = max(found)
        wrong.append((name, dtype, t, error, error > 8 * HALF[dtype]))
report(
    "add_noise in float16 and bfloat16: " + ", ".join(copies),
    line_of(schedulers.DDIMScheduler.add_noise, "dtype=original_samples.dtype") + " (copied to the other files)",
    "√(1 − ᾱ) to a few roundings of the type, which holds numbers near 0.01 as well as numbers near 1",
    "the noise off by " + ", ".join("%.0f %% (%s, t = %d)" % (100 * error, name, t) for name, dtype, t, error, _ in wrong if dtype is torch.float16),
    all(bad for *_, bad in wrong),
    "data that are trained on in half precision get no noise at the first times and are told that they have some; the subtraction before the cast "
    "costs nothing",
)

# σ/α is squared in the type of the data: beyond 255 the square leaves float16, α becomes 1/∞ and σ·α 0.
cosine, zero = {"beta_schedule": "squaredcos_cap_v2"}, {"rescale_betas_zero_snr": True}
emptied = []
for name, options in (
    ("DEISMultistep", cosine),
    ("DPMSolverMultistep", cosine),
    ("DPMSolverMultistep", zero),
    ("DPMSolverSinglestep", cosine),
    ("UniPCMultistep", cosine),
    ("UniPCMultistep", zero),
):
    s = getattr(schedulers, name + "Scheduler")(**options)
    s.set_timesteps(10)
    both = noised(s, 0.5, 1.0, s.timesteps[0]), noised(s, 0.5, 1.0, s.timesteps[0], torch.float16)
    emptied.append(("%s with %s" % (name, next(iter(options))), *both))
report(
    "add_noise in float16 at the first time, data 0.5 and noise 1: " + ", ".join(name for name, _, _ in emptied),
    line_of(schedulers.DPMSolverMultistepScheduler._sigma_to_alpha_sigma_t, "sigma**2 + 1") + ", of sigmas cast in add_noise (the same in the other files)",
    ", ".join("%.4f" % expected for _, expected, _ in emptied),
    ", ".join("%.4f" % got for _, _, got in emptied),
    all(off(got, expected, torch.float16) for _, expected, got in emptied),
    "where image-to-image runs begin at full strength the latents become 0 instead of noise",
)

# The same on the straight path: 1 − σ after σ was rounded.
s = schedulers.DPMSolverMultistepScheduler(use_flow_sigmas=True, prediction_type="flow_prediction")
s.set_timesteps(2)
expected, got = 1 - float(s.sigmas[0]), noised(s, 1.0, 0.0, s.timesteps[0], torch.bfloat16)
report(
    "DPMSolverMultistepScheduler(use_flow_sigmas=True).add_noise in bfloat16 at its first time: the share of data",
    line_of(schedulers.DPMSolverMultistepScheduler._sigma_to_alpha_sigma_t, "alpha_t = 1 - sigma"),
    "%.6f" % expected,
    "%.6f" % got,
    off(got, expected, torch.bfloat16),
    "bfloat16 holds 0.001 to three digits",
)
s = schedulers.RFD4ProteinaScheduler("log", "1/t", 1.0, 1.0)
s.set_timesteps(40)
one = torch.ones(1, 1, 1, dtype=torch.bfloat16)
time = max(t for t in s.timesteps if t < 0.9975)
expected, got = 1 - float(time), float(s.add_noise(0 * one, one, time))
refused = raised(lambda: s.add_noise(0 * one, one, s.timesteps[-1]))
report(
    "RFD4ProteinaScheduler.add_noise in bfloat16 at its time %.5f, and at its last, %.5f" % (float(time), float(s.timesteps[-1])),
    line_of(schedulers.RFD4ProteinaScheduler.add_noise, "dtype=original_samples.dtype"),
    "1 − t = %.6f, and as little trouble" % expected,
    "%.6f, and %s" % (got, refused),
    off(got, expected, torch.bfloat16),
    "the times are published in binary32 and rounded before they are subtracted; the last becomes 1, which add_noise refuses",
)

s = schedulers.ScoreSdeVeScheduler()
s.set_timesteps(10)
s.set_sigmas(10)
half = torch.ones(1, 1, 1, 1, dtype=torch.float16)
got = s.add_noise(half, half, torch.tensor([3])).dtype
others = [getattr(schedulers, name + "Scheduler")() for name in copies]
kept = {other.add_noise(half, half, torch.tensor([3])).dtype for other in others}
report(
    "ScoreSdeVeScheduler.add_noise of float16",
    line_of(schedulers.ScoreSdeVeScheduler.add_noise, "sigmas = self.discrete_sigmas"),
    "torch.float16, as from the other classes (%s)" % ", ".join(str(dtype) for dtype in kept),
    got,
    got != torch.float16 and kept == {torch.float16},
    "a model in half precision refuses what comes out",
)

findings.close()
