"""What azula's samplers claim, by class. Each function takes a handle and gives the `sampler` member of its facts."""

import math

DETERMINISTIC = {"noise": "none", "eta": None, "posterior": False, "endsClean": False}


def log_snr(prediction, degree):
    return {"prediction": prediction, "variable": "log-snr", "degree": float(degree)}


def ddpm(handle):
    return {"noise": "marginal", "eta": 1.0, "posterior": True}


def ddim(handle):
    # What the library calls η multiplies the variance: it is the square of the DDIM paper's, which multiplies the deviation.
    eta = float(handle.option("eta"))
    if eta == 0:
        return {**DETERMINISTIC, "eta": 0.0, "order": 1.0, "exactOn": log_snr("x0", 0)}
    return {"noise": "marginal", "eta": math.sqrt(eta), "posterior": eta == 1}


def repaint(handle):
    """With nothing known, a DDIM step; repeated from a state that is noised again, it still keeps the marginal."""
    return ddim(handle) if int(handle.option("iterations")) == 1 else {"noise": "marginal"}


def euler(handle):
    return {**DETERMINISTIC, "order": 1.0, "exactOn": log_snr("x0", 0)}


def heun(handle):
    return {**DETERMINISTIC, "order": 2.0, "evaluations": 2.0, "exactOn": {"prediction": "eps", "variable": "sigma", "degree": 1.0}}


def ito(handle):
    """A discretised SDE: noise of the SDE is exact, the drift is frozen over a step, so marginals are kept to first order only. A
    temperature other than 1 changes the distribution on purpose."""
    tempered = float(handle.option("temperature") or 1.0) != 1
    if float(handle.option("eta")) != 0:
        return {"noise": "other", "exactOnConstants": False}
    return {**DETERMINISTIC, "exactOnConstants": False} if tempered else {**DETERMINISTIC, "order": 1.0}


def multistep(exact):
    """Adams–Bashforth of order n: what it interpolates, with history of its own. The first step is of order one."""

    def claims(handle):
        n = int(handle.option("order"))
        return {**DETERMINISTIC, "order": float(min(n, 2)), "exactOn": exact(n - 1)}

    return claims


def rosenbrock(handle):
    """Interpolates a prediction that is not constant on one-point data, so it is exact on none; the order remains."""
    return {**DETERMINISTIC, "order": float(min(int(handle.option("order")), 2)), "exactOnConstants": False}


def corrected(handle):
    return {"noise": "marginal", "eta": None, "posterior": False, "exactCorrector": True}


in_sigma = multistep(lambda degree: {"prediction": "eps", "variable": "sigma", "degree": float(degree)})

CLAIMS = {
    "DDPMSampler": ddpm,
    "DDIMSampler": ddim,
    "EulerSampler": euler,
    "HeunSampler": heun,
    "ItoSampler": ito,
    "LMSSampler": in_sigma,
    "ABSampler": in_sigma,
    "zABSampler": in_sigma,
    "vABSampler": multistep(lambda degree: None),
    "EABSampler": multistep(lambda degree: log_snr("eps", degree)),
    "zEABSampler": multistep(lambda degree: log_snr("eps", degree)),
    "xEABSampler": multistep(lambda degree: log_snr("x0", degree)),
    "REABSampler": rosenbrock,
    "PCSampler": corrected,
    "RePaintSampler": repaint,
}
