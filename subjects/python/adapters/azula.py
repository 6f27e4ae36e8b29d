"""azula: noise schedules, denoisers and reverse samplers, whatever of them a release has.

Time runs from data at 0 to noise at 1. Schedules keep a little noise at 0 and a little signal at 1 by design, so none of them
claims that alpha² + sigma² is 1.
"""

from ..adapter import Families, Unit

import azula

from .azula_denoisers import families as denoiser_families
from .azula_guidance import families as guidance_families
from .azula_samplers import families as sampler_families
from .azula_schedules import NUMERIC, Schedule, schedule_classes


class Azula(Families):
    name = "azula"
    module = azula.__name__
    arithmetics = ("promoted", "intercepted", "f32", "f64")
    numeric = NUMERIC

    def units(self):
        made = [self.unit(Schedule(), name, cls) for name, cls in sorted(schedule_classes().items())]
        made += [self.unit(family, name, cls) for family, name, cls in denoiser_families() + guidance_families() + sampler_families()]
        return made

    def unit(self, family, name, target):
        self.families[name] = family
        found, left = self.introspect(target, skip=family.skip)
        options = [option for option in found if len(option.values) > 1 or option.drawn is not None]
        for option in options:
            # These numbers name a method; they do not measure anything.
            if option.name in ("order", "corrections", "iterations"):
                option.kind = "choice"
        return Unit(name, target, options + list(family.options(target)), [name for name in left if name not in family.skip])

    def methods(self, unit):
        return list(self.families[unit.name].methods(unit.target))

    def copy(self, handle):
        # Schedules, denoisers and samplers keep nothing between calls.
        return handle
