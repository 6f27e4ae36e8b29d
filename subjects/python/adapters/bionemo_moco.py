"""bionemo-moco: interpolants of tokens and of real numbers, diffusion and flow matching, with their noise schedules.

Diffusion interpolants have data at 0 and noise at the other end; flow matchers have noise at 0 and data at 1. Both are declared.
"""

from ..adapter import Families, Unit
from .moco_common import interpolants
from .moco_discrete import D3pm, Dfm, Mdlm
from .moco_flow import Cfm
from .moco_gaussian import Ddpm, Vdm

#: The family of every interpolant, and the ways to step that are units of their own.
FAMILIES = {
    "D3PM": (D3pm, ()),
    "MDLM": (Mdlm, ()),
    "DiscreteFlowMatcher": (Dfm, ()),
    "DDPM": (Ddpm, ("step_noise", "step_ddim")),
    "VDM": (Vdm, ("step_ddim", "step_ode", "step_hybrid_sde")),
    "ContinuousFlowMatcher": (Cfm, ("step_score_stochastic",)),
}


class BionemoMoco(Families):
    name = "bionemo-moco"
    module = "bionemo.moco"
    arithmetics = ("promoted", "intercepted", "f32")

    def units(self):
        made = []
        for name, (family, steps) in FAMILIES.items():
            cls = getattr(interpolants, name, None)
            if cls is None:
                continue
            made.append(self.unit(name, cls, family()))
            made += [self.unit("%s.%s" % (name, step), getattr(cls, step), family(step)) for step in steps if hasattr(cls, step)]
        return made

    def unit(self, name, target, family):
        self.families[name] = family
        unit = Unit(name, target, list(family.options))
        unit.excluded = list(family.excluded)
        return unit

    def copy(self, handle):
        # Interpolants keep nothing between calls.
        return handle
