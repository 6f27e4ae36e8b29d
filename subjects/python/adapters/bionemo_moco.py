"""bionemo-moco: interpolants of tokens and of real numbers, diffusion and flow matching, with their noise schedules.

Diffusion interpolants have data at 0 and noise at the other end; flow matchers have noise at 0 and data at 1. Both are declared.
"""

from ..adapter import Families, Unit
from .moco_common import interpolants
from .moco_discrete import D3pm, Dfm, Mdlm
from .moco_gaussian import Cfm, Ddpm, Vdm

FAMILIES = {
    "D3PM": D3pm,
    "MDLM": Mdlm,
    "DiscreteFlowMatcher": Dfm,
    "DDPM": Ddpm,
    "VDM": Vdm,
    "ContinuousFlowMatcher": Cfm,
}


class BionemoMoco(Families):
    name = "bionemo-moco"
    module = "bionemo.moco"
    arithmetics = ("promoted", "intercepted", "f32")

    def units(self):
        made = []
        for name, made_family in FAMILIES.items():
            target = getattr(interpolants, name, None)
            if target is not None:
                family = self.families[name] = made_family()
                unit = Unit(name, target, list(family.options))
                unit.excluded = list(family.excluded)
                made.append(unit)
        return made

    def copy(self, handle):
        # Interpolants keep nothing between calls.
        return handle
