"""Finds the adapter: built in, or a user's file; and with it the classes of a user's file that it is to verify."""

import functools
import importlib
import importlib.util
import inspect
import os
import platform
import sys

from .adapter import ROLE_METHODS, Adapter


def load_adapter(adapter, file=None, classes=(), like=None):
    """`adapter` is the name of a built-in adapter or the path of a file that declares one. With `file`, the built-in adapter
    verifies that file's classes instead of its library's: those named, else all that look like it; `like` names the class
    of the library whose conventions they follow, where they do not inherit from it."""
    if adapter.endswith(".py"):
        return lenient(adapter_of(load_file(adapter), "%s: " % os.path.basename(adapter)))
    made = adapter_of(importlib.import_module("lawbook.adapters." + adapter.replace("-", "_")), "")
    if file is None:
        return made
    if not hasattr(made, "take"):
        raise TypeError("the adapter %s verifies its library only, not classes of a file" % adapter)
    extra = {}
    if like is not None:
        if "like" not in inspect.signature(made.take).parameters:
            raise TypeError("the adapter %s cannot be told which class to compare with" % adapter)
        extra["like"] = like
    made.take(load_file(file), list(classes), **extra)
    return made


def load_file(path):
    path = os.path.abspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError("no file %s" % path)
    # As for a script: files beside it can be imported.
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = "lawbook_file_" + os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def adapter_of(module, where):
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Adapter) and value.__module__ == module.__name__
    ]
    if len(found) == 1:
        return found[0]()
    if found:
        raise TypeError("%sexpected one Adapter class, found %s" % (where, ", ".join(cls.__name__ for cls in found)))
    raise TypeError(
        "%sexpected an Adapter class, found none; a class that a library could have written is verified with --like LIBRARY,"
        " and `lawbook init --python` writes an adapter to start from" % where
    )


def lenient(adapter):
    """The adapter, with methods that are handed only those arguments they name: later versions of the protocol may send more,
    and who has no state need not know of one."""
    for name in ROLE_METHODS:
        method = getattr(adapter, name, None)
        if callable(method):
            setattr(adapter, name, _handed_what_it_names(method))
    return adapter


def _handed_what_it_names(method):
    parameters = inspect.signature(method).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return method
    named = {parameter.name for parameter in parameters}

    @functools.wraps(method)
    def handed(handle, **arguments):
        return method(handle, **{name: value for name, value in arguments.items() if name in named})

    return handed


def version_of(adapter):
    """Version of the module that the adapter names, as the module or its distribution says."""
    if adapter.module is None:
        return None
    module = sys.modules.get(adapter.module)
    version = getattr(module, "__version__", None)
    if version is None:
        from importlib import metadata

        try:
            version = metadata.version(adapter.module.replace("_", "-"))
        except metadata.PackageNotFoundError:
            version = None
    return None if version is None else str(version)


def runtime():
    found = {"python": platform.python_version(), "platform": platform.system()}
    for name in ("torch", "numpy", "scipy", "jax", "torchsde"):
        module = sys.modules.get(name)
        if module is not None:
            found[name] = str(getattr(module, "__version__", "unknown"))
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        found["threads"] = str(torch.get_num_threads())
    return found
