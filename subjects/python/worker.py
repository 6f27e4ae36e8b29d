"""Starts the worker: `python worker.py`, frames on stdin and stdout. Standard library only until an adapter is named.

This folder is loaded as the package `lawbook` from its own path, so that nothing is added to sys.path and an adapter file
called diffusers.py cannot shadow the library it adapts.
"""

import faulthandler
import importlib.util
import os
import signal
import sys


def load_package():
    folder = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        "lawbook", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["lawbook"] = package
    spec.loader.exec_module(package)


def binary(*descriptors):
    """Windows translates line ends in pipes unless told not to."""
    if os.name == "nt":
        import msvcrt

        for descriptor in descriptors:
            msvcrt.setmode(descriptor, os.O_BINARY)


def main():
    if sys.version_info < (3, 9):
        sys.stderr.write("lawbook: the worker needs Python 3.9 or newer, this is %s\n" % sys.version.split()[0])
        return 78
    # Descriptors 0 and 1 belong to the frames. What the subject prints goes to stderr instead, and what it reads is empty.
    binary(0, 1)
    frames_out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    frames_in = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # The client decides when the worker ends: Ctrl-C in a terminal reaches both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A fault in native code leaves the Python line where it came on stderr.
    faulthandler.enable()
    # Python puts the script's folder first; here it holds our modules, which must not shadow anybody's.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "DISABLE_TELEMETRY"):
        os.environ[switch] = "1"
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    load_package()
    from lawbook.server import serve

    return serve(frames_in, frames_out)


if __name__ == "__main__":
    sys.exit(main())
