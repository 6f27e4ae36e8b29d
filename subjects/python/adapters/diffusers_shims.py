"""Imports old releases of diffusers beside current torch, numpy and huggingface_hub. Release differences live here only."""

import contextlib
import importlib
import importlib.machinery
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


@contextlib.contextmanager
def _pretended(name):
    """A package that is asked for at import and not needed after: one release refuses to load without accelerate."""
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    module.__path__ = []
    module.__getattr__ = lambda attribute: _absent(attribute)
    # Asked at import, to choose defaults of model loading.
    module.is_torch_version = lambda *asked: True
    metadata = [found for found in (sys.modules.get("importlib_metadata"), sys.modules.get("importlib.metadata")) if found is not None]
    originals = [found.version for found in metadata]
    added = [name, name + ".utils", name + ".utils.versions"]
    for key in added:
        sys.modules[key] = module
    for found, original in zip(metadata, originals):
        found.version = lambda asked, original=original: "0" if asked == name else original(asked)
    try:
        yield
    finally:
        for found, original in zip(metadata, originals):
            found.version = original
        for key in added:
            del sys.modules[key]


@contextlib.contextmanager
def light(compiler=False):
    """Imports inside do without two things that take seconds and are never used here, in the ways that the library has for their
    absence: distributed training, and torch's compiler unless it is asked for."""
    torch = importlib.import_module("torch")
    name, available = "torch._dynamo", torch.distributed.is_available
    hidden = not compiler and name not in sys.modules
    if hidden:
        sys.modules[name] = None
    torch.distributed.is_available = lambda: False
    try:
        yield
    finally:
        torch.distributed.is_available = available
        if hidden:
            del sys.modules[name]


def load():
    """Imports diffusers and returns it."""
    prepare()
    try:
        with light():
            return importlib.import_module("diffusers")
    except ImportError as error:
        if "accelerate" not in str(error) or "accelerate" in sys.modules:
            raise
    for name in [name for name in sys.modules if name.split(".")[0] == "diffusers"]:
        del sys.modules[name]
    with _pretended("accelerate"):
        return importlib.import_module("diffusers")
