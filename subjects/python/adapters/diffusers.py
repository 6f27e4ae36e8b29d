"""Hugging Face diffusers: every Gaussian scheduler class it has, and the weights of training_utils.

A class is assigned to a family by name; a user's class by what it inherits from, else by the class it most resembles.
"""

import difflib
import importlib
import inspect
import pkgutil
import warnings

from ..adapter import Adapter, Refused, Unit
from . import diffusers_shims

diffusers_shims.prepare()
warnings.filterwarnings("ignore")

import diffusers  # noqa: E402

from . import diffusers_flows as flows  # noqa: E402
from . import diffusers_other as other  # noqa: E402
from . import diffusers_sigmas as sigmas  # noqa: E402
from . import diffusers_tables as tables  # noqa: E402
from .diffusers_training import Training  # noqa: E402

FAMILIES = {
    "DDPMScheduler": tables.Ancestral,
    "DDPMParallelScheduler": tables.Ancestral,
    "DDIMScheduler": tables.Ddim,
    "DDIMParallelScheduler": tables.Ddim,
    "DDIMInverseScheduler": tables.DdimInverse,
    "CogVideoXDDIMScheduler": tables.CogVideoXDdim,
    "CogVideoXDPMScheduler": tables.CogVideoXDpm,
    "PNDMScheduler": tables.Pndm,
    "UnCLIPScheduler": tables.Unclip,
    "RePaintScheduler": tables.RePaint,
    "LCMScheduler": tables.Lcm,
    "TCDScheduler": tables.Tcd,
    "EulerDiscreteScheduler": sigmas.SigmaGrid,
    "EulerAncestralDiscreteScheduler": sigmas.EulerAncestral,
    "HeunDiscreteScheduler": sigmas.Heun,
    "KDPM2DiscreteScheduler": sigmas.Kdpm2,
    "KDPM2AncestralDiscreteScheduler": sigmas.Kdpm2Ancestral,
    "LMSDiscreteScheduler": sigmas.Lms,
    "DPMSolverMultistepScheduler": sigmas.DpmMultistep,
    "DPMSolverMultistepInverseScheduler": sigmas.DpmInverse,
    "DPMSolverSinglestepScheduler": sigmas.Singlestep,
    "DPMSolverSDEScheduler": sigmas.DpmSde,
    "DEISMultistepScheduler": sigmas.Deis,
    "UniPCMultistepScheduler": sigmas.UniPc,
    "SASolverScheduler": sigmas.Sa,
    "EDMEulerScheduler": sigmas.Edm,
    "EDMDPMSolverMultistepScheduler": sigmas.Edm,
    "CosineDPMSolverMultistepScheduler": sigmas.EdmCosine,
    "FlowMatchEulerDiscreteScheduler": flows.FlowEuler,
    "FlowMatchHeunDiscreteScheduler": flows.FlowHeun,
    "FlowMatchLCMScheduler": flows.FlowLcm,
    "FlowMapEulerDiscreteScheduler": flows.FlowMap,
    "LTXEulerAncestralRFScheduler": flows.LtxAncestral,
    "MiniMaxH3Scheduler": flows.MiniMax,
    "HeliosScheduler": flows.Helios,
    "HeliosDMDScheduler": flows.HeliosDmd,
    "PiflowScheduler": flows.Piflow,
    "CMStochasticIterativeScheduler": other.ConsistencyModel,
    "ConsistencyDecoderScheduler": other.ConsistencyDecoder,
    "SCMScheduler": other.TrigFlow,
    "IPNDMScheduler": other.Ipndm,
    "DDPMWuerstchenScheduler": other.Wuerstchen,
    "ScoreSdeVeScheduler": other.ScoreSdeVe,
    "ScoreSdeVpScheduler": other.ScoreSdeVp,
    "KarrasVeScheduler": other.KarrasVe,
    "RFD4ProteinaScheduler": other.Proteina,
    "BlockRefinementScheduler": other.BlockRefinement,
}

#: Discrete schedulers: no Gaussian state.
DISCRETE = ("VQDiffusionScheduler", "AmusedScheduler", "DiscreteDDIMScheduler", "EntropyBoundScheduler")


def scheduler_classes():
    """Every class of diffusers.schedulers that can be set up and stepped, by name. Modules that do not import are skipped."""
    package = importlib.import_module("diffusers.schedulers")
    found = {}
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if info.name.endswith("_flax"):
            continue
        try:
            module = importlib.import_module(info.name)
        except Exception:
            continue
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == module.__name__ and hasattr(value, "set_timesteps"):
                found[name] = value
    return found


class Diffusers(Adapter):
    name = "diffusers"
    module = "diffusers"
    arithmetics = ("promoted", "intercepted", "f32", "f64", "f16", "bf16")

    def __init__(self):
        self.taken = None
        self.families = {}

    def take(self, module, names):
        """Verify a user's classes instead of the library's."""
        chosen = {}
        for name in names or [n for n, v in vars(module).items() if inspect.isclass(v) and v.__module__ == module.__name__ and hasattr(v, "step")]:
            if not inspect.isclass(getattr(module, name, None)):
                near = difflib.get_close_matches(name, [n for n, v in vars(module).items() if inspect.isclass(v)], 1)
                raise NameError("no class %s in %s%s" % (name, module.__file__, ", did you mean %s?" % near[0] if near else ""))
            chosen[name] = getattr(module, name)
        self.taken = chosen

    def units(self):
        classes = scheduler_classes()
        made = []
        for name, cls in sorted((self.taken if self.taken is not None else classes).items()):
            family = self.family_of(cls, classes)
            if family is None:
                continue
            self.families[name] = family
            options, left = family.options(cls, self.introspect)
            unit = Unit(name, cls, options, left, notes=["as " + type(family).__name__])
            unit.excluded = family.excluded(options)
            made.append(unit)
        if self.taken is None:
            training = Training()
            unit = training.unit()
            if unit is not None:
                self.families[unit.name] = training
                made.append(unit)
        return made

    def family_of(self, cls, classes):
        for base in cls.__mro__:
            if base.__name__ in DISCRETE:
                return None
            if base.__name__ in FAMILIES:
                return FAMILIES[base.__name__]()
        return FAMILIES[nearest(cls, classes)]() if self.taken is not None else None

    def methods(self, unit):
        return list(self.families[unit.name].methods)

    def make(self, unit, config, arithmetic):
        return self.families[unit.name].make(unit, config, arithmetic)

    def copy(self, handle):
        return handle.family.copy(handle)

    def script(self, unit, config, method, args):
        from .diffusers_script import script

        return script(self.families[unit.name], unit, config, method, args)

    def __getattr__(self, name):
        from ..adapter import ROLE_METHODS

        if name not in ROLE_METHODS:
            raise AttributeError(name)
        return lambda handle, **args: getattr(handle.family, name)(handle, **args)


def nearest(cls, classes):
    """The library class whose source a copied class resembles most."""
    text = _text(cls)
    scores = {name: difflib.SequenceMatcher(None, text, _text(known)).quick_ratio() for name, known in classes.items() if name in FAMILIES}
    best = max(scores, key=scores.get, default=None)
    if best is None or scores[best] < 0.5:
        raise Refused("%s resembles no scheduler of diffusers; inherit from one, or write an adapter" % cls.__name__)
    return best


def _text(cls):
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return " ".join(dir(cls))


VERSION = getattr(diffusers, "__version__", "")
