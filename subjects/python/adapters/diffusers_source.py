"""What the source of a class says of it: its parameters, and which texts its code has."""

import functools
import inspect

from ..adapter import definitions


@functools.lru_cache(maxsize=None)
def parameters_of(function):
    return inspect.signature(function).parameters


def takes_lists(parameter):
    """Whether a parameter that is annotated takes lists; early releases name arrays only."""
    return parameter.annotation is inspect.Parameter.empty or "list" in str(parameter.annotation).lower()


@functools.lru_cache(maxsize=None)
def text_of(code):
    """The source of a function or class, empty where there is none. Top-level classes come from what is read anyway of their file:
    `inspect` reads the tokens of each anew, and a process that has just been forked would read all of them again."""
    try:
        if isinstance(code, type) and code.__qualname__ == code.__name__:
            known = definitions(inspect.getsourcefile(code)).get(code.__name__)
            if known is not None:
                return "".join(known[0])
        return inspect.getsource(code)
    except (OSError, TypeError, SyntaxError):
        return ""


@functools.lru_cache(maxsize=None)
def reads(code, text):
    """Whether the source of a function, or of a class and its bases, has this text."""
    return any(text in text_of(part) for part in (code.__mro__[:-1] if isinstance(code, type) else [code]))


def warm(cls):
    """Reads the source of a class before anybody forks."""
    for code in (*cls.__mro__[:-1], *(getattr(cls, name, None) for name in ("step", "add_noise", "set_timesteps"))):
        text_of(code)
