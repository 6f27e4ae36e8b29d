"""Answers requests: hello, describe, ask, script, echo, stats, shutdown. One thread, answers in the order of the requests.

An array of requests is answered one message per request; small answers are gathered for a few milliseconds. Every failure
is an answer: refused, raised, absent, adapter, timeout or memory, with stage, type, message and traceback.
"""

import importlib
import importlib.util
import linecache
import os
import platform
import signal
import sys
import time
import traceback

from . import frames
from .adapter import Absent, Adapter, Clock, Refused, SubjectRaised
from .tensors import to_tensor

PROTOCOL = 1
GATHER_SECONDS = 0.01
GATHER_COUNT = 64


SILENT = object()


class TimeLimit(BaseException):
    """Raised by the alarm; not an Exception, so that a subject's `except Exception` does not swallow it."""


class Server:
    def __init__(self, source, sink):
        self.source = source
        self.sink = sink
        self.adapter = None
        self.units = {}
        self.made = {}
        self.started = time.perf_counter()
        self.imported = 0.0
        self.gathered = []
        self.gathered_since = 0.0
        self.ending = False

    # --- the loop -----------------------------------------------------------------------------------------------------

    def run(self):
        while True:
            try:
                message = frames.read(self.source)
            except frames.Broken as broken:
                frames.write(self.sink, {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": str(broken)}})
                return 74
            if message is None:
                return 0
            for request in message if isinstance(message, list) else [message]:
                if request.get("method") == "shutdown":
                    self.flush()
                    return 0
                self.answer(request)
            self.flush()
            if self.ending:
                # A forked child: leave without the parent's clean-up.
                os._exit(0)

    def answer(self, request):
        reply = {"jsonrpc": "2.0", "id": request.get("id")}
        try:
            handler = getattr(self, "on_" + str(request.get("method")), None)
            if handler is None:
                reply["error"] = {"code": -32601, "message": "no method %r" % request.get("method")}
            else:
                reply["result"] = handler(**request.get("params", {}))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            reply["error"] = failure(error)
        if reply.get("result") is not SILENT:
            self.gather(reply)

    def gather(self, reply):
        now = time.perf_counter()
        if not self.gathered:
            self.gathered_since = now
        self.gathered.append(reply)
        if len(self.gathered) >= GATHER_COUNT or now - self.gathered_since > GATHER_SECONDS:
            self.flush()

    def flush(self):
        replies, self.gathered = self.gathered, []
        if not replies:
            return
        try:
            frames.write(self.sink, replies if len(replies) > 1 else replies[0])
        except (TypeError, ValueError, MemoryError):
            for reply in replies:
                self.write_alone(reply)

    def write_alone(self, reply):
        try:
            frames.write(self.sink, reply)
        except (TypeError, ValueError, MemoryError) as error:
            described = {"code": 1, "message": str(error), "data": {"kind": "adapter", "stage": "convert", "type": type(error).__name__}}
            frames.write(self.sink, {"jsonrpc": "2.0", "id": reply["id"], "error": described})

    # --- requests -----------------------------------------------------------------------------------------------------

    def on_hello(self, **_):
        return {
            "protocol": PROTOCOL,
            "server": "lawbook-python",
            "python": platform.python_version(),
            "platform": platform.platform(),
            "executable": sys.executable,
            "pid": os.getpid(),
        }

    def on_echo(self, value=None):
        return {"value": value}

    def on_describe(self, adapter, target=None, paths=(), limits=None):
        for path in reversed(list(paths)):
            if path not in sys.path:
                sys.path.insert(0, path)
        started = time.perf_counter()
        self.adapter = load_adapter(adapter, target)
        found = self.adapter.units()
        self.imported = time.perf_counter() - started
        if limits and limits.get("memory"):
            limit_memory(int(limits["memory"]))
        self.units = {unit.name: unit for unit in found}
        return {
            "name": self.adapter.name,
            "version": version_of(self.adapter),
            "runtime": runtime(),
            "arithmetics": list(self.adapter.arithmetics),
            "units": [self.describe_unit(unit) for unit in found],
        }

    def describe_unit(self, unit):
        return {
            "name": unit.name,
            "methods": self.adapter.methods(unit),
            "options": [option.describe() for option in unit.options],
            "leftOut": list(unit.left_out),
            "excluded": [{"options": options, "because": why} for options, why in unit.excluded],
            "deviates": list(unit.deviates),
            "notes": list(unit.notes),
            "source": self.adapter.source(unit),
        }

    def on_ask(self, unit, config, method, args=None, arithmetic=None, fresh=False, seconds=None):
        chosen = self.units[unit]
        if method not in self.adapter.methods(chosen):
            raise Absent("%s has no %s" % (unit, method))
        with time_limit(seconds):
            handle = self.handle(chosen, config, arithmetic or self.adapter.arithmetics[0], fresh)
            answer = getattr(self.adapter, method)(handle, **(args or {}))
        return tensors_in(answer)

    def handle(self, unit, config, arithmetic, fresh):
        """A handle nobody has used. The last few are kept pristine and copied, because some cost a third of a second."""
        if fresh:
            return self.adapter.make(unit, config, arithmetic)
        key = (unit.name, arithmetic, repr(sorted(config.items())))
        kept = self.made.get(key)
        if kept is None:
            kept = self.adapter.make(unit, config, arithmetic)
            if self.adapter.copy(kept) is None:
                return kept
            if len(self.made) > 160:
                self.made.clear()
            self.made[key] = kept
        return self.adapter.copy(kept)

    def on_script(self, unit, config, method, args=None):
        return {"text": self.adapter.script(self.units[unit], config, method, args or {})}

    def on_fork(self):
        """From here on a child answers, one that has done nothing but import; `end` brings the parent back. Absent where fork is."""
        if not hasattr(os, "fork"):
            raise Absent("this platform has no fork")
        self.flush()
        child = os.fork()
        if child == 0:
            return {"pid": os.getpid()}
        _, status = os.waitpid(child, 0)
        return SILENT if status == 0 else {"died": status}

    def on_end(self):
        self.ending = True
        return {}

    def on_stats(self):
        return {
            "imported": self.imported,
            "inside": Clock.inside,
            "calls": Clock.calls,
            "total": time.perf_counter() - self.started,
            "cpu": time.process_time(),
        }



def tensors_in(answer):
    """Lists of floats at the top of an answer travel as tensors, so that adapters need not know of them."""
    if not isinstance(answer, dict):
        raise TypeError("a method answers a dict, got %s" % type(answer).__name__)
    return {key: to_tensor(value) or value if isinstance(value, (list, tuple)) else value for key, value in answer.items()}


def load_adapter(adapter, target=None):
    """`adapter` is the name of a built-in adapter or a path; `target` is a `file.py:Class` it should treat as the subject."""
    if adapter.endswith(".py"):
        return adapter_of(load_file(adapter))
    module = importlib.import_module("lawbook.adapters." + adapter.replace("-", "_"))
    made = adapter_of(module)
    if target is not None:
        path, _, names = target.partition(":")
        folder = os.path.dirname(os.path.abspath(path))
        if folder not in sys.path:
            sys.path.insert(0, folder)
        made.take(load_file(path), [name for name in names.split(",") if name])
    return made


def load_file(path):
    name = "lawbook_file_" + os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or not os.path.exists(path):
        raise FileNotFoundError("no file %s" % path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def adapter_of(module):
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Adapter) and value is not Adapter and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise TypeError("%s: expected one Adapter class, found %d" % (module.__name__, len(classes)))
    return classes[0]()


def version_of(adapter):
    """Version and distribution metadata of the module that the adapter names."""
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


def failure(error):
    """The JSON-RPC error for an exception."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))[-4000:]
    data = {"kind": "adapter", "stage": "call", "type": type(error).__name__, "traceback": text}
    if isinstance(error, Absent):
        data["kind"] = "absent"
    elif isinstance(error, Refused):
        data["kind"] = "refused"
    elif isinstance(error, SubjectRaised):
        cause = error.cause
        kind = "refused" if deliberate(cause) else "raised"
        data.update(kind=kind, stage=error.stage, type=type(cause).__name__, line=last_line(cause))
    elif isinstance(error, MemoryError):
        data["kind"] = "memory"
    elif isinstance(error, TimeLimit):
        data["kind"] = "timeout"
    elif isinstance(error, ImportError):
        data["stage"] = "import"
    return {"code": 1, "message": str(error) or type(error).__name__, "data": data}


def deliberate(cause):
    """Whether the subject's own code says no: a ValueError or NotImplementedError it raises, an assertion with a message."""
    frame = traceback.extract_tb(cause.__traceback__)[-1]
    line = linecache.getline(frame.filename, frame.lineno).strip()
    if isinstance(cause, (ValueError, NotImplementedError)):
        return line.startswith("raise ") or "raise " in statement(frame)
    return isinstance(cause, AssertionError) and bool(str(cause))


def statement(frame):
    """The statement around a traceback's line: a raise may span several lines."""
    lines = [linecache.getline(frame.filename, n) for n in range(max(1, frame.lineno - 3), frame.lineno + 1)]
    return "".join(lines)


def last_line(cause):
    frame = traceback.extract_tb(cause.__traceback__)[-1]
    return "%s:%d" % (frame.filename, frame.lineno)


class time_limit:
    """An alarm where the platform has one; elsewhere the client's own clock kills the process."""

    def __init__(self, seconds):
        self.seconds = seconds if hasattr(signal, "setitimer") else None

    def __enter__(self):
        if self.seconds:
            signal.signal(signal.SIGALRM, self.ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_):
        if self.seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False

    def ring(self, *_):
        raise TimeLimit("no answer within %g s" % self.seconds)


def limit_memory(extra):
    """At most `extra` bytes more address space than after the imports; only where the platform can limit it."""
    try:
        import resource

        with open("/proc/self/statm") as statm:
            now = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + extra, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError):
        pass


def serve(source, sink):
    return Server(source, sink).run()
