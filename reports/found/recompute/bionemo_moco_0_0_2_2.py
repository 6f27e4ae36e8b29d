"""What lawbook found in bionemo-moco 0.0.2.2, recomputed without it, and what was seen beside it.

Run it with a Python that has bionemo-moco 0.0.2.2: `python bionemo_moco_0_0_2_2.py`. Each finding says what was expected, what came, where
in bionemo/moco the mistake stands, and why it is no matter of convention. The last line counts those that reproduce.
"""

import inspect
import math

import torch
from bionemo.moco.interpolants import D3PM, DDPM, MDLM, VDM, DiscreteFlowMatcher
from bionemo.moco.distributions.prior.continuous.gaussian import GaussianPrior
from bionemo.moco.distributions.prior.discrete.mask import DiscreteMaskedPrior
from bionemo.moco.distributions.prior.discrete.uniform import DiscreteUniformPrior
from bionemo.moco.distributions.time.uniform import UniformTimeDistribution
from bionemo.moco.schedules import inference_time_schedules as grids
from bionemo.moco.schedules.noise.continuous_noise_transforms import LogLinearExpNoiseTransform
from bionemo.moco.schedules.noise.continuous_snr_transforms import CosineSNRTransform, LinearLogInterpolatedSNRTransform
from bionemo.moco.schedules.noise.discrete_noise_schedules import DiscreteCosineNoiseSchedule, DiscreteLinearNoiseSchedule
from shown import Findings, line_of

findings = Findings()
report = findings.report


def d3pm(prior, steps=10):
    return D3PM(UniformTimeDistribution(discrete_time=True, nsteps=steps), prior, DiscreteCosineNoiseSchedule(steps))


# --- found by laws ---------------------------------------------------------------------------------------------------------

# The prior's law is put on the last class, whatever mask_dim says; its samples and the mask of the other classes are at mask_dim.
prior = DiscreteMaskedPrior(num_classes=5, mask_dim=1)
row = d3pm(prior)._Qt_bar[-1][0]
report(
    "D3PM with DiscreteMaskedPrior(mask_dim=1): a token noised to the end",
    line_of(DiscreteMaskedPrior.__init__, "prior_dist[-1] = 1.0"),
    "the mask, class 1, which sample_prior() starts from (%d)" % int(prior.sample((1,))),
    "class %d with probability %.4f, class 1 with %.4f" % (int(row.argmax()), float(row.max()), float(row[1])),
    int(row.argmax()) != 1,
    "training sees tokens turn into class 4, a token of data; generation starts from class 1, which training never shows",
)

# The same of what it draws, and of one step between two indices: with the mass put at mask_dim all three are right.
chain, right = d3pm(prior), DiscreteMaskedPrior(num_classes=5, mask_dim=1)
right.prior_dist = torch.eye(5)[1]
mended = d3pm(right)
torch.manual_seed(0)
drawn, put_right = (one.interpolate(torch.zeros(1000, 1, dtype=torch.int64), torch.full((1000,), 9)) for one in (chain, mended))
report(
    "D3PM with DiscreteMaskedPrior(mask_dim=1): 1000 tokens 0 that interpolate() noises, and a step from index 4 to 5",
    line_of(DiscreteMaskedPrior.__init__, "prior_dist[-1] = 1.0"),
    "class 1 in nearly all, as in %d when the mass is put there; a step masks with %.4f" % (int((put_right == 1).sum()), float(mended._Qt[5][0, 1])),
    "class 4 in %d and class 1 in %d; a step masks with %.4f" % (int((drawn == 4).sum()), int((drawn == 1).sum()), float(chain._Qt[5][0, 1])),
    int((drawn == 1).sum()) == 0 and int((drawn == 4).sum()) > 900 and float(chain._Qt[5][0, 1]) == 0,
    "matrices, draws and sample_prior() belong to one process, and only the last knows where its mask is",
)

# Every variance is that of the index before: the padding that replaces the first entry shifts all others.
steps = 10
ddpm = DDPM(UniformTimeDistribution(discrete_time=True, nsteps=steps), GaussianPrior(), DiscreteLinearNoiseSchedule(steps, 0.05, 0.5))
alphas = 1 - torch.linspace(0.05, 0.5, steps, dtype=torch.float64)
abar = alphas.cumprod(0)
before = torch.cat([torch.ones(1, dtype=torch.float64), abar[:-1]])
variance = (1 - alphas) * (1 - before) / (1 - abar)
got = ddpm._log_var.double().exp()
report(
    "DDPM.step draws with the posterior variance of the index before",
    line_of(DDPM._initialize_schedules, "posterior_logvar = torch.log(") + " pad(posterior_variance[:-1], (1, 0))",
    "%s at the indices 1 to 3, as step_noise has them (%s)"
    % (["%.4f" % v for v in variance[1:4]], ["%.4f" % float(v) for v in ddpm._posterior_variance[1:4]]),
    "%s: nothing at all at index 1" % ["%.4f" % v for v in got[1:4]],
    bool((got[1:] - variance[:-1]).abs().max() < 1e-6) and bool((got[1:] - variance[1:]).abs().max() > 0.01),
    "the mean belongs to the index itself, and the class's own step_noise uses the variance of the index itself; the states of a run have too "
    "little variance",
)

# 1 − α² − σ² is formed by subtraction; where it is 0 but for rounding its root may be of a negative number.
empty = []
for k in range(200):
    s = 0.004 + 0.012 * k / 199
    for steps in (1, 2, 10):
        vdm = VDM(UniformTimeDistribution(), GaussianPrior(), CosineSNRTransform(s=s))
        state = vdm.step_ddim(torch.zeros(1, 1, 1), torch.ones(1), torch.ones(1, 1, 1), torch.tensor([1 / steps]), eta=1.0)
        if not torch.isfinite(state).all():
            empty.append((s, steps))
report(
    "VDM.step_ddim with eta = 1 at t = 1, cosine schedules with s between 0.004 and 0.016",
    line_of(VDM.step_ddim, "omega_r = torch.sqrt(1 - squared_alpha_prev"),
    "a number: the coefficient of the noise prediction is 0",
    "NaN in %d of 600 settings in float32, the first of them s = %.3f with %d steps" % (len(empty), *empty[0]) if empty else "numbers",
    len(empty) > 0,
    "σ⁴ₛα²ₜ/(σ²ₜα²ₛ) is the same number without the subtraction; with eta = 1 the step is the class's own step",
)

# The same for other exponents of the schedule and for more steps.
bad = []
for nu in (0.5, 1.0, 2.0):
    for steps in (2, 64):
        vdm = VDM(UniformTimeDistribution(), GaussianPrior(), CosineSNRTransform(nu=nu))
        if not torch.isfinite(vdm.step_ddim(torch.zeros(1, 1, 1), torch.ones(1), torch.ones(1, 1, 1), torch.tensor([1 / steps]), eta=1.0)).all():
            bad.append((nu, steps))
report(
    "VDM.step_ddim with eta = 1 at t = 1, cosine schedules with s = 0.008 and nu = 0.5, 1, 2, runs of 2 and 64 steps",
    line_of(VDM.step_ddim, "omega_r = torch.sqrt(1 - squared_alpha_prev"),
    "a number",
    "NaN for (nu, steps) = %s" % bad,
    len(bad) > 0,
    "the same difference, rounded below 0",
)

# The chance of the mask is 1 minus a sum of rounded numbers, also where the sum is 1.
dfm = DiscreteFlowMatcher(UniformTimeDistribution(), DiscreteMaskedPrior(5))
torch.manual_seed(0)
rows, times = 3 * torch.randn(100_000, 1, 5), torch.rand(100_000)
predicted = rows.clone()
predicted[..., 4] = -1.0e9
chances = dfm._regularize_step_probs((1 - times)[:, None, None] * predicted.softmax(-1) * (1 / (1 - times))[:, None, None], torch.full((100_000, 1), 4))[:, 0, 4]
worst, count = int(chances.argmax()), 1_000_000
left = 0
for _ in range(40):
    time = times[worst].expand(count)
    state = dfm.step(rows[worst].expand(count, 1, 5).clone(), time, torch.full((count, 1), 4), 1 - time, stochasticity=0.0)
    left += int((state == 4).sum())
report(
    "DiscreteFlowMatcher.step(stochasticity=0) with a mask, from t to 1: tokens that stay masked",
    line_of(DiscreteFlowMatcher._regularize_step_probs, "src=1 - torch.sum(step_prob"),
    "none: the prediction's classes, with dt/(1 - t) = 1, have all of the probability",
    "%d of %d million draws of one row, whose mask has a chance of %.1e; of 100,000 rows %.0f%% give it one, %.1e in the mean"
    % (left, 40 * count // 1_000_000, float(chances[worst]), 100 * float((chances > 0).float().mean()), float(chances.mean())),
    left > 0,
    "rare, but no matter of size: a finished sequence with a mask in it is no sequence of data. step_argmax and step_simple_sample never "
    "answer the mask",
)

# The infinite factor of masked tokens is multiplied by 0 for those that are not masked.
mdlm = MDLM(UniformTimeDistribution(), DiscreteMaskedPrior(5), LogLinearExpNoiseTransform())
score, near = (mdlm.calculate_score(torch.zeros(1, 1, 5), torch.tensor([[1]]), torch.tensor([t]))[0, 0] for t in (0.0, 1e-6))
report(
    "MDLM.calculate_score at t = 0 of a token that is not masked, class 1 of 5",
    line_of(MDLM.calculate_score, "log_score = masked_log_score * masked_indices"),
    "1 for itself and 0 for all others, which is its limit (%s at t = 1e-6)" % [float("%.1e" % x) for x in near],
    str(score.tolist()),
    int(score.isnan().sum()) == 4,
    "sigma is 0 at t = 0, the end of the times that the class is made for; the rows of masked tokens are infinite there, and 0 times "
    "infinity is NaN where torch.where would choose",
)

# --- seen beside them ------------------------------------------------------------------------------------------------------

# The variational term compares with the posterior of softmax(one-hot), which gives the true token e/(e + K − 1).
chain = d3pm(DiscreteUniformPrior(5))
target, noisy, time = torch.tensor([[2]]), torch.tensor([[3]]), torch.tensor([5])
exact = torch.log(torch.nn.functional.one_hot(target, 5).float().clamp(min=1e-30))
bound = float(chain.loss(exact, target, noisy, time, vb_scale=1.0) - chain.loss(exact, target, noisy, time))
blurred = torch.nn.functional.one_hot(target, 5).float()
least = float(chain.loss(blurred, target, noisy, time, vb_scale=1.0) - chain.loss(blurred, target, noisy, time))
report(
    "D3PM.loss(vb_scale=1): the variational term of a prediction that is certain and right",
    line_of(D3PM.loss, "true_q_posterior_logits = self._q_posterior_logits(target"),
    "0: the divergence of the true posterior from itself",
    "%.4f; it is %.4f for a prediction that gives the true token a probability of only %.2f" % (bound, least, float(blurred.softmax(-1).max())),
    bound > 0.01 and abs(least) < 1e-5,
    "the one-hot target is read as logits (model_out_is_logits stays True), so that the term is least at a blurred prediction and grows as the "
    "model becomes right",
)

# Data of indices whose rows have as many tokens as there are classes, and add up to 1, are taken for one-hot vectors.
shapes = [tuple(d3pm(DiscreteUniformPrior(2)).interpolate(torch.tensor(row), torch.tensor([3])).shape) for row in ([[1, 1]], [[0, 1]])]
report(
    "D3PM.interpolate of two tokens of two classes",
    line_of(inspect.getmodule(D3PM)._is_one_hot, "data.sum(dim=-1) == 1"),
    "two tokens, whatever they are",
    "%d for [1, 1] and %d for [0, 1], of shapes %s and %s" % (shapes[0][-1], len(shapes[1]), *shapes),
    shapes[0] == (1, 2) and shapes[1] == (1,),
    "a sequence as long as the number of classes is a legitimate one; the dtype would tell indices from vectors",
)

# Log-probabilities over the temperature are not normalised again, but the chance to stay masked is what it was.
mdlm = MDLM(UniformTimeDistribution(), DiscreteMaskedPrior(33), LogLinearExpNoiseTransform())
torch.manual_seed(0)
count = 200_000
stayed = mdlm.step(torch.zeros(count, 1, 33), torch.full((count,), 0.5), torch.full((count, 1), 32), torch.full((count,), 0.25), temperature=0.5)
rate = float((stayed != 32).double().mean())
report(
    "MDLM.step(temperature=0.5) from t = 0.5 to 0.25, 32 tokens that are equally likely",
    line_of(MDLM.step, "/ temperature"),
    "half of the masked tokens are unmasked, at any temperature of the softmax",
    "%.3f of them (half times %.3f, the sum of p²)" % (rate, 1 / 32),
    rate < 0.1,
    "log_p_x0 is normalised before it is divided by the temperature and not afterwards, so that low temperatures keep tokens masked; what is "
    "still masked at the end stays so",
)

# exp(γ_t − γ_s) − 1 with γ = −log SNR; the class has 1 − exp(γ_s − γ_t), the two differ by a factor exp(γ_t − γ_s).
vdm = VDM(UniformTimeDistribution(), GaussianPrior(), LinearLogInterpolatedSNRTransform())
weight = float(vdm.loss_weight(torch.zeros(1, 1), torch.tensor([0.5]), "variational_objective_discrete", dt=0.1)[0, 0])
early, late = (float(vdm.noise_schedule.calculate_log_snr(torch.tensor([t]))) for t in (0.4, 0.5))
report(
    "VDM.loss_weight('variational_objective_discrete') for a step from t = 0.5 to 0.4, log SNR linear in time",
    line_of(VDM.loss_weight, "schedule = -torch.expm1("),
    "exp(γ_t − γ_s) − 1 = SNR(s)/SNR(t) − 1 = %.3f, as the comment's equation has it for a noise prediction" % math.expm1(early - late),
    "%.3f = 1 − SNR(t)/SNR(s)" % weight,
    abs(weight - math.expm1(early - late)) > 1 and abs(weight + math.expm1(late - early)) < 1e-3,
    "for a data prediction the weight is SNR(s) − SNR(t) = %.3f, and no prediction has this one; a sum over steps with it is no bound"
    % (math.exp(early) - math.exp(late)),
)

# The number of steps is divided by dilation, where its own check and the linear schedule divide by dilation + 1.
lengths = {name: len(getattr(grids, name)(nsteps=12, dilation=1).generate_schedule()) for name in ("LinearInferenceSchedule", "DiscreteLinearInferenceSchedule", "LogInferenceSchedule")}
report(
    "DiscreteLinearInferenceSchedule and LogInferenceSchedule with nsteps = 12 and dilation = 1",
    line_of(grids.DiscreteLinearInferenceSchedule.generate_schedule, "int(nsteps / self.dilation)") + " (the same in LogInferenceSchedule)",
    "12 times, as LinearInferenceSchedule gives (%d)" % lengths["LinearInferenceSchedule"],
    "%d and %d" % (lengths["DiscreteLinearInferenceSchedule"], lengths["LogInferenceSchedule"]),
    lengths["DiscreteLinearInferenceSchedule"] == 24 and lengths["LogInferenceSchedule"] == 24,
    "dilation is said to be the number of replicates within nsteps; the check before demands that nsteps be divisible by dilation + 1",
)


def bound_by_enumeration():
    """elbo.d3pm: the loss against the divergence that is summed over all states, from matrices made here, for a model in between."""
    classes, steps, token, state, index = 5, 10, 2, 3, 5
    chain = d3pm(DiscreteUniformPrior(classes), steps)
    keep = DiscreteCosineNoiseSchedule(steps).generate_schedule().double()
    uniform = torch.full((classes, classes), 1 / classes, dtype=torch.float64)
    matrix = [a * torch.eye(classes, dtype=torch.float64) + (1 - a) * uniform for a in keep]
    early = torch.linalg.multi_dot(matrix[:index])
    model = torch.tensor([0.1, 0.1, 0.6, 0.1, 0.1], dtype=torch.float64)

    def back(law):
        joint = (law @ early) * matrix[index][:, state]
        return joint / joint.sum()

    one_hot = torch.eye(classes, dtype=torch.float64)[token]
    posterior, step, wrong = back(one_hot), back(model), back(one_hot.softmax(-1))
    expected = float((posterior * (posterior / step).log()).sum())
    blurred = float((wrong * (wrong / step).log()).sum())
    given = (model.log().float()[None, None], torch.tensor([[token]]), torch.tensor([[state]]), torch.tensor([index]))
    got = float(chain.loss(*given, vb_scale=1.0) - chain.loss(*given))
    report(
        "D3PM.loss(vb_scale=1): the bound at index 5 of 10, five classes, for a prediction of 0.6 for the true token",
        line_of(D3PM.loss, "true_q_posterior_logits = self._q_posterior_logits(target"),
        "%.5f, the divergence of q(x_s | x_t, x_0) from the model's step summed over the five states" % expected,
        "%.5f; with softmax(one-hot) in place of the token the sum is %.5f" % (got, blurred),
        abs(got - expected) > 0.01 and abs(got - blurred) < 1e-4,
        "both laws are made of the class's own matrices; model_out_is_logits=False for the target, as the method offers, gives the expected number",
    )


bound_by_enumeration()

findings.close()
