"""What an adapter file imports: `from lawbook import Adapter, Option, numbers`."""

from .adapter import Absent, Adapter, Refused, Unit
from .options import Option, choices, numbers
from .tensors import Tensor, as_numpy, as_torch

__all__ = ["Absent", "Adapter", "Option", "Refused", "Tensor", "Unit", "as_numpy", "as_torch", "choices", "numbers"]
