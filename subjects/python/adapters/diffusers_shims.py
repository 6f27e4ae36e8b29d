"""Imports old releases of diffusers beside current torch, numpy and huggingface_hub. Release differences live here only."""

import sys
import types


def _absent(name):
    def stub(*args, **kwargs):
        raise RuntimeError("lawbook stubs %s: it reaches the network" % name)

    stub.__name__ = name
    return stub


def _hub():
    """Names that huggingface_hub dropped and that old releases import at load time."""
    import huggingface_hub

    for name in ("cached_download", "HfFolder", "Repository", "hf_cache_home", "model_info", "ModelCard", "create_repo"):
        if not hasattr(huggingface_hub, name):
            setattr(huggingface_hub, name, _absent(name))
    constants = sys.modules.get("huggingface_hub.constants") or __import__("huggingface_hub.constants", fromlist=["x"])
    for name, value in (("HF_HUB_CACHE", "/nonexistent"), ("hf_cache_home", "/nonexistent"), ("HUGGINGFACE_HUB_CACHE", "/nonexistent")):
        if not hasattr(constants, name):
            setattr(constants, name, value)
    utils = __import__("huggingface_hub.utils", fromlist=["x"])
    for name in ("OfflineModeIsEnabled", "HfHubHTTPError", "EntryNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError"):
        if not hasattr(utils, name):
            setattr(utils, name, type(name, (Exception,), {}))
    for path in ("huggingface_hub.utils._errors", "huggingface_hub.file_download"):
        try:
            __import__(path)
        except ImportError:
            stub = types.ModuleType(path)
            stub.__dict__.update({k: v for k, v in vars(utils).items() if not k.startswith("__")})
            sys.modules[path] = stub


def _httpx():
    try:
        import httpx  # noqa: F401
    except ImportError:
        stub = types.ModuleType("httpx")
        stub.HTTPError = stub.HTTPStatusError = type("HTTPError", (Exception,), {})
        sys.modules["httpx"] = stub


def _linspace():
    """Releases 0.17 to 0.21 hand np.linspace a tensor of no dimension, which numpy 2 refuses as an end point."""
    import numpy

    original = numpy.linspace
    if getattr(original, "lawbook", False):
        return

    def linspace(start, stop, *args, **kwargs):
        plain = [value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value for value in (start, stop)]
        return original(*plain, *args, **kwargs)

    linspace.lawbook = True
    numpy.linspace = linspace


def prepare():
    _hub()
    _httpx()
    _linspace()
