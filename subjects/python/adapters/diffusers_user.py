"""A user's classes with the interface of diffusers: whose conventions they follow, and what their constructors take.

A class follows the library's class that it inherits from, else the one that it resembles most: shared names of methods,
parameters and attributes and shared lines count, each the more the fewer classes of the library have it.
"""

import ast
import difflib
import functools
import inspect
import math
import textwrap

from ..adapter import Absent, SubjectRaised

#: What every scheduler has; laws ask for the rest where it is there.
NEEDED = ("set_timesteps", "step")
#: Below this share of common features the likeness says nothing: classes that have nothing to do with diffusion reach 0.12, a
#: short DDIM of one's own 0.25, a step and little else 0.18.
LEAST = 0.15
#: From the one that never draws to the one that always does.
TEXTBOOK = ("FlowMatchEulerDiscreteScheduler", "EulerDiscreteScheduler", "DDIMScheduler", "EulerAncestralDiscreteScheduler", "DDPMScheduler")
NEARLY = 0.85


def classes_of(module, names):
    """The classes of a user's module that were named; without names all that look like a scheduler."""
    own = {name: value for name, value in vars(module).items() if inspect.isclass(value)}
    if not names:
        found = {name: cls for name, cls in own.items() if cls.__module__ == module.__name__ and all(hasattr(cls, needed) for needed in NEEDED)}
        if not found:
            raise TypeError("%s has no class with %s" % (module.__file__, " and ".join(NEEDED)))
        return found
    for name in names:
        if name not in own:
            near = difflib.get_close_matches(name, own, 1)
            raise NameError("no class %s in %s%s" % (name, module.__file__, ", did you mean %s?" % near[0] if near else ""))
        missing = [needed for needed in NEEDED if not hasattr(own[name], needed)]
        if missing:
            raise TypeError("%s has no %s: it has not the interface of a scheduler; an adapter can say how it is called" % (name, " and no ".join(missing)))
    return {name: own[name] for name in names}


def followed(cls, known, like=None):
    """(name of the library's class, why) for a user's class. `known` maps names to classes that have a family."""
    if like is not None:
        if like not in known:
            near = difflib.get_close_matches(like, known, 1)
            raise NameError("diffusers has no class %s to compare with%s" % (like, ", did you mean %s?" % near[0] if near else ""))
        return like, "as was asked"
    for base in cls.__mro__[1:]:
        if base.__name__ in known:
            return base.__name__, "from which it inherits"
    name, likeness = nearest(cls, known)
    if likeness < LEAST:
        raise TypeError(
            "%s resembles no scheduler of diffusers (nearest %s, %.2f of 1): inherit from one, name one with --like diffusers:CLASS, or write an adapter"
            % (cls.__name__, name, likeness)
        )
    return name, "which it resembles most; --like diffusers:CLASS names another"


def nearest(cls, known):
    """The library's class whose features a class shares most, and how much any has in common with it: 1 for a copy. What no class of the library has says nothing.

    Short classes share little but what many have. Among nearly equal ones the textbook's is meant, one that draws where they draw.
    """
    features = {name: _features(value) for name, value in known.items()}
    spread = {}
    for found in features.values():
        for feature in found:
            spread[feature] = spread.get(feature, 0) + 1
    size = lambda found: sum(math.log((1 + len(features)) / spread[feature]) for feature in found) or 1.0
    mine = {feature for feature in _features(cls) if feature in spread}
    shared = {name: size(mine & found) if mine & found else 0.0 for name, found in features.items()}
    likeness = {name: shared[name] / math.sqrt(size(mine) * size(found)) for name, found in features.items()}
    # What a class of the library has beyond one's own is mostly options, and hardly counts.
    scores = {name: shared[name] / (size(mine) ** 0.85 * size(found) ** 0.15) for name, found in features.items()}
    best = max(sorted(scores), key=scores.get)
    order = TEXTBOOK[::-1] if draws(cls) else TEXTBOOK
    chosen = next((name for name in order if scores.get(name, 0.0) >= NEARLY * scores[best]), best)
    return chosen, max(likeness.values())


def draws(cls):
    """Whether the code of a class calls anything that draws."""
    calls = [node.func for base in cls.__mro__ if base.__module__ == cls.__module__ for node in ast.walk(_tree(base)) if isinstance(node, ast.Call)]
    return any("rand" in str(getattr(call, "attr", getattr(call, "id", ""))) for call in calls)


@functools.lru_cache(maxsize=None)
def _features(cls):
    """Names of methods, parameters, attributes and calls, and statements, of a class and what it inherits in its own module."""
    found = set()
    for base in cls.__mro__:
        if base.__module__ != cls.__module__:
            continue
        for node in ast.walk(_tree(base)):
            if isinstance(node, ast.FunctionDef):
                found.add(("method", node.name))
                arguments = [*node.args.args, *node.args.kwonlyargs]
                found.update(("parameter", node.name, argument.arg) for argument in arguments)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                found.add(("attribute", node.attr))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40:
                found.add(("text", node.value))
            elif isinstance(node, (ast.Assign, ast.Return, ast.AugAssign)):
                found.add(("statement", ast.dump(node)))
    return frozenset(found)


def _tree(cls):
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module(body=[], type_ignores=[])


def complete_signature(cls):
    """Where a constructor hands **kwargs on, what it can be given is what the next class takes, less what it passes itself."""
    signature = inspect.signature(cls.__init__)
    parameters = dict(signature.parameters)
    rest = [name for name, parameter in parameters.items() if parameter.kind is parameter.VAR_KEYWORD]
    own = cls.__dict__.get("__init__")
    if not rest or own is None:
        return
    passed = _passed_on(own)
    for name in [name for name, p in parameters.items() if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]:
        del parameters[name]
    for base in cls.__mro__[1:]:
        if "__init__" not in base.__dict__ or base is object:
            continue
        inherited = inspect.signature(base.__init__).parameters
        for name, parameter in list(inherited.items())[1:]:
            if name not in parameters and name not in passed and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                parameters[name] = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in inherited.values()):
            break
    ordered = sorted(parameters.values(), key=lambda parameter: parameter.kind)
    own.__signature__ = signature.replace(parameters=ordered)


def _passed_on(function):
    """Keywords with which a constructor calls the next one: its user cannot give them."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return set()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"]
    return {keyword.arg for call in calls for keyword in call.keywords if keyword.arg}


def defaults_of(cls, given=None):
    """What an object made without arguments but those given says of its configuration; empty for classes that keep none."""
    try:
        config = getattr(cls(**(given or {})), "config", None)
    except TypeError as error:
        raise TypeError("%s cannot be made without arguments: %s; give its parameters defaults" % (cls.__name__, error)) from error
    try:
        return {name: value for name, value in dict(config or {}).items() if not name.startswith("_")}
    except (TypeError, ValueError):
        return {}


def know_defaults(family, cls):
    """Lets a family read the defaults that a user's class fixes for itself, beside those in its signature."""
    known, declared = defaults_of(cls, family.arguments(cls, {})), family.default
    family.default = lambda target, name, fallback: known[name] if target is cls and name in known else declared(target, name, fallback)


def accepted(options, cls):
    """Those of a family's options of calls that this class's `step` takes."""
    parameters = inspect.signature(cls.step).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return tuple(options)
    return tuple(option for option in options if option.stage != "step" or {"noise": "variance_noise"}.get(option.name, option.name) in parameters)


def answerable(family, unit):
    """(methods that a user's class has the parts for, notes on the others): a copy may leave out what it does not need."""
    methods, notes = [], []
    for method in family.methods:
        missing = _missing(family, unit, method)
        if missing is None:
            methods.append(method)
        else:
            notes.append("%s is not asked: %s" % (method, missing))
    return methods, notes


def _missing(family, unit, method):
    """The attribute without which a method cannot be asked; None where nothing is missing."""
    if method == "sample":
        cls = unit.target
        return None if hasattr(cls, "add_noise") or hasattr(cls, "scale_noise") else "no add_noise"
    if method not in ("facts", "tables", "grid"):
        return None
    try:
        handle = family.make(unit, {}, "f32")
        getattr(family, method)(handle)
    except (Absent, SubjectRaised):
        return None
    except AttributeError as error:
        return str(error)
    return None
