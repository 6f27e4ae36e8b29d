"""What the source of a class says of it: its parameters, and which texts its code has."""

import functools
import inspect


@functools.lru_cache(maxsize=None)
def parameters_of(function):
    return inspect.signature(function).parameters


def takes_lists(parameter):
    """Whether a parameter that is annotated takes lists; early releases name arrays only."""
    return parameter.annotation is inspect.Parameter.empty or "list" in str(parameter.annotation).lower()


@functools.lru_cache(maxsize=None)
def reads(code, text):
    """Whether the source of a function, or of a class and its bases, has this text."""
    for part in code.__mro__[:-1] if isinstance(code, type) else [code]:
        try:
            if text in inspect.getsource(part):
                return True
        except (OSError, TypeError):
            continue
    return False
