"""Hugging Face diffusers: its scheduler classes, of Gaussian states and of tokens, and the weights of training_utils.

A class is assigned to a family by name; a user's class by what it inherits from, else by the class it most
resembles (diffusers_user).
"""

import functools
import importlib
import inspect
import pkgutil
import warnings

from ..adapter import Families, Unit
from . import diffusers_shims

warnings.filterwarnings("ignore")
diffusers = diffusers_shims.load()

from . import diffusers_consistency as consistency  # noqa: E402
from . import diffusers_ddim as ddim  # noqa: E402
from . import diffusers_discrete as discrete  # noqa: E402
from . import diffusers_dpm as dpm  # noqa: E402
from . import diffusers_edm as edm  # noqa: E402
from . import diffusers_flows as flows  # noqa: E402
from . import diffusers_heun as heun  # noqa: E402
from . import diffusers_other as other  # noqa: E402
from . import diffusers_score as score  # noqa: E402
from . import diffusers_sigmas as sigmas  # noqa: E402
from . import diffusers_tables as tables  # noqa: E402
from . import diffusers_user as user  # noqa: E402
from .diffusers_results import copied  # noqa: E402
from .diffusers_source import warm  # noqa: E402
from .diffusers_training import Training  # noqa: E402

FAMILIES = {
    "DDPMScheduler": tables.Ancestral,
    "DDPMParallelScheduler": tables.Ancestral,
    "DDIMScheduler": ddim.Ddim,
    "DDIMParallelScheduler": ddim.Ddim,
    "DDIMInverseScheduler": ddim.DdimInverse,
    "CogVideoXDDIMScheduler": ddim.CogVideoXDdim,
    "CogVideoXDPMScheduler": ddim.CogVideoXDpm,
    "PNDMScheduler": tables.Pndm,
    "UnCLIPScheduler": tables.Unclip,
    "RePaintScheduler": tables.RePaint,
    "LCMScheduler": tables.Lcm,
    "TCDScheduler": tables.Tcd,
    "EulerDiscreteScheduler": sigmas.SigmaGrid,
    "EulerAncestralDiscreteScheduler": sigmas.EulerAncestral,
    "HeunDiscreteScheduler": heun.Heun,
    "KDPM2DiscreteScheduler": heun.Kdpm2,
    "KDPM2AncestralDiscreteScheduler": heun.Kdpm2Ancestral,
    "LMSDiscreteScheduler": sigmas.Lms,
    "DPMSolverMultistepScheduler": dpm.DpmMultistep,
    "DPMSolverMultistepInverseScheduler": dpm.DpmInverse,
    "DPMSolverSinglestepScheduler": dpm.Singlestep,
    "DPMSolverSDEScheduler": heun.DpmSde,
    "DEISMultistepScheduler": dpm.Deis,
    "UniPCMultistepScheduler": dpm.UniPc,
    "SASolverScheduler": dpm.Sa,
    "EDMEulerScheduler": edm.Edm,
    "EDMDPMSolverMultistepScheduler": edm.Edm,
    "CosineDPMSolverMultistepScheduler": edm.EdmCosine,
    "FlowMatchEulerDiscreteScheduler": flows.FlowEuler,
    "FlowMatchHeunDiscreteScheduler": flows.FlowHeun,
    "FlowMatchLCMScheduler": flows.FlowLcm,
    "FlowMapEulerDiscreteScheduler": flows.FlowMap,
    "LTXEulerAncestralRFScheduler": flows.LtxAncestral,
    "MiniMaxH3Scheduler": flows.MiniMax,
    "HeliosScheduler": flows.Helios,
    "HeliosDMDScheduler": flows.HeliosDmd,
    "PiflowScheduler": flows.Piflow,
    "CMStochasticIterativeScheduler": consistency.ConsistencyModel,
    "ConsistencyDecoderScheduler": consistency.ConsistencyDecoder,
    "SCMScheduler": consistency.TrigFlow,
    "IPNDMScheduler": other.Ipndm,
    "DDPMWuerstchenScheduler": other.Wuerstchen,
    "ScoreSdeVeScheduler": score.ScoreSdeVe,
    "ScoreSdeVpScheduler": score.ScoreSdeVp,
    "KarrasVeScheduler": score.KarrasVe,
    "RFD4ProteinaScheduler": other.Proteina,
    "BlockRefinementScheduler": other.BlockRefinement,
    "EntropyBoundScheduler": other.EntropyBound,
    "VQDiffusionScheduler": discrete.VqDiffusion,
    "DiscreteDDIMScheduler": discrete.DiscreteDdim,
    "AmusedScheduler": discrete.Amused,
}


def scheduler_classes():
    """Every class of diffusers.schedulers that can be set up and stepped, by name. Modules that do not import are skipped."""
    package = importlib.import_module("diffusers.schedulers")
    found = {}
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if info.name.endswith("_flax"):
            continue
        try:
            with diffusers_shims.light():
                module = importlib.import_module(info.name)
        except Exception:
            continue
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == module.__name__ and hasattr(value, "set_timesteps"):
                found[name] = value
    return found


class Diffusers(Families):
    name = "diffusers"
    module = "diffusers"
    arithmetics = ("promoted", "intercepted", "f32", "f64", "f16", "bf16")

    def __init__(self):
        super().__init__()
        self.taken = None
        self.like = None

    def take(self, module, names, like=None):
        """Verify a user's classes instead of the library's; `like` names the library's class whose conventions they follow."""
        self.taken = user.classes_of(module, names)
        self.like = like

    def units(self):
        if self.taken is not None:
            return self.users_units()
        made = []
        for name, cls in sorted(scheduler_classes().items()):
            family = self.family_of(cls)
            if family is not None:
                made.append(self.unit(name, cls, family, "as " + type(family).__name__))
        training = Training()
        unit = training.unit()
        if unit is not None:
            self.families[unit.name] = training
            made.append(unit)
        return made

    def users_units(self):
        known = {name: cls for name, cls in scheduler_classes().items() if name in FAMILIES}
        made = []
        for name, cls in sorted(self.taken.items()):
            followed, why = user.followed(cls, known, self.like)
            family = FAMILIES[followed]()
            family.call_options = user.accepted(family.call_options, cls)
            user.complete_signature(cls)
            user.know_defaults(family, cls)
            # What an inherited parameter may be is said where it is used.
            said_by = known[followed] if issubclass(cls, known[followed]) else cls
            unit = self.unit(name, cls, family, "as %s, %s" % (followed, why), source_of=said_by)
            family.methods, notes = user.answerable(family, unit)
            unit.notes += notes
            made.append(unit)
        return made

    def unit(self, name, cls, family, note, source_of=None):
        self.families[name] = family
        options, left = family.options(cls, functools.partial(self.introspect, source_of=source_of))
        unit = Unit(name, cls, options, left, notes=[note])
        unit.excluded = family.excluded(options)
        warm(cls)
        return unit

    def family_of(self, cls):
        for base in cls.__mro__:
            if base.__name__ in FAMILIES:
                return FAMILIES[base.__name__]()
        return None

    def copy(self, handle):
        return handle.family.copy(handle)

    def construction(self, unit, config, arithmetic):
        return self.families[unit.name].construction(config, arithmetic)

    def construct(self, unit, config, arithmetic):
        return self.families[unit.name].construct(unit, config, arithmetic)

    def prepare(self, unit, config, arithmetic, constructed):
        family = self.families[unit.name]
        own = copied(constructed)
        return family.prepare(unit, config, arithmetic, family.construct(unit, config, arithmetic) if own is None else own)

    def script(self, unit, config, method, args):
        from .diffusers_script import script

        return script(self.families[unit.name], unit, config, method, args)


VERSION = getattr(diffusers, "__version__", "")
