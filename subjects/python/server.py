"""Answers requests: hello, describe, ask, script, echo, fork, stats, shutdown. One thread, in the order of the requests.

An array of requests is answered one message per request; small answers are gathered for a few milliseconds. Every failure
is an answer, and no request but `shutdown` ends the process.
"""

import functools
import inspect
import os
import platform
import sys
import time

from . import frames
from .adapter import Absent, Clock
from .failures import BAD_PARAMETERS, FAILED, INVALID, UNKNOWN_METHOD, UNREADABLE, failure
from .forks import Forks, can_fork
from .keeping import Keeping
from .limits import limit_memory, time_limit
from .loading import load_adapter, runtime, version_of
from .tensors import to_tensor

PROTOCOL = 1
GATHER_SECONDS = 0.01
GATHER_COUNT = 64


class Server:
    def __init__(self, source, sink):
        self.source = source
        self.sink = sink
        self.adapter = None
        self.units = {}
        self.options = {}
        self.kept = Keeping()
        self.started = time.perf_counter()
        self.imported = 0.0
        self.gathered = []
        self.gathered_since = 0.0
        self.forks = Forks()

    # --- the loop -----------------------------------------------------------------------------------------------------

    def run(self):
        while True:
            try:
                message = frames.read(self.source)
            except frames.Broken as broken:
                frames.write(self.sink, {"jsonrpc": "2.0", "id": None, "error": {"code": UNREADABLE, "message": str(broken)}})
                return 74
            if message is None:
                return 0
            for request in message if isinstance(message, list) else [message]:
                if isinstance(request, dict) and request.get("method") == "shutdown":
                    self.flush()
                    return 0
                self.answer(request)
            self.flush()

    def answer(self, request):
        if not isinstance(request, dict):
            return self.gather({"jsonrpc": "2.0", "id": None, "error": {"code": INVALID, "message": "a request is an object"}})
        reply = {"jsonrpc": "2.0", "id": request.get("id")}
        method, params = request.get("method"), request.get("params", {})
        handler = getattr(self, "on_%s" % method, None)
        if handler is None:
            reply["error"] = {"code": UNKNOWN_METHOD, "message": "no method %r" % method}
        elif not isinstance(params, dict):
            reply["error"] = {"code": BAD_PARAMETERS, "message": "%s: parameters are an object" % method}
        else:
            try:
                reply["result"] = handler(**accepted(handler, params))
            except BadParameters as error:
                reply["error"] = {"code": BAD_PARAMETERS, "message": "%s: %s" % (method, error)}
            except BaseException as error:
                reply["error"] = failure(error, "import" if method == "describe" else "call")
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
            described = {"code": FAILED, "message": str(error), "data": {"kind": "adapter", "stage": "convert", "type": type(error).__name__}}
            frames.write(self.sink, {"jsonrpc": "2.0", "id": reply["id"], "error": described})

    # --- requests -----------------------------------------------------------------------------------------------------

    def on_hello(self):
        return {
            "protocol": PROTOCOL,
            "server": "lawbook-python",
            "python": platform.python_version(),
            "platform": platform.platform(),
            "executable": sys.executable,
            "pid": os.getpid(),
            "forks": can_fork(),
        }

    def on_echo(self, value=None):
        return {"value": value}

    def on_describe(self, adapter, file=None, classes=(), like=None, limits=None):
        started = time.perf_counter()
        self.adapter = load_adapter(adapter, file, classes, like)
        found = self.adapter.units()
        self.imported = time.perf_counter() - started
        limited = {}
        if limits and limits.get("memory"):
            held = limit_memory(int(limits["memory"]))
            limited["memoryLimit"] = "%d MiB" % (limits["memory"] // 2**20) if held else "none on this platform"
        self.units = {unit.name: unit for unit in found}
        self.options = {unit.name: {option.name for option in unit.options} for unit in found}
        return {
            "name": self.adapter.name,
            "version": version_of(self.adapter),
            "runtime": {**runtime(), **limited},
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
        chosen = self.units.get(unit)
        if chosen is None:
            raise BadParameters("no unit %r" % unit)
        if method not in self.adapter.methods(chosen):
            raise Absent("%s has no %s" % (unit, method))
        self.known(chosen, config)
        with time_limit(seconds):
            handle = self.kept.handle(self.adapter, chosen, config, arithmetic or self.adapter.arithmetics[0], fresh)
            answer = getattr(self.adapter, method)(handle, **(args or {}))
        return tensors_in(answer)

    def known(self, unit, config):
        """Laws vary options by name; where a unit lacks one, they do not apply."""
        for name in config:
            if name not in self.options[unit.name]:
                raise Absent("%s has no option %s" % (unit.name, name))

    def on_script(self, unit, config, method, args=None):
        if unit not in self.units:
            raise BadParameters("no unit %r" % unit)
        return {"text": self.adapter.script(self.units[unit], config, method, args or {})}

    def on_fork(self, socket):
        """A further process in the state of this one, which serves at the other end of the socket."""
        self.flush()
        pid, streams = self.forks.start(socket)
        if pid != 0:
            return {"pid": pid}
        # From here on this is the child, which answers there and knows nothing of the request.
        code = 1
        try:
            self.source.close()
            self.sink.close()
            self.source, self.sink = streams
            Clock.inside, Clock.calls = 0.0, 0
            code = serving(self)
        finally:
            # Without the parent's clean-up.
            os._exit(code)

    def on_stats(self):
        return {
            "imported": self.imported,
            "inside": Clock.inside,
            "calls": Clock.calls,
            "total": time.perf_counter() - self.started,
            "cpu": time.process_time(),
        }


class BadParameters(Exception):
    """A request that names what does not exist, or lacks what it needs."""


def accepted(handler, params):
    """The parameters that the handler knows: later clients may send more. Raises BadParameters where one is missing."""
    known = _parameters(handler.__func__)
    for name, required in known.items():
        if required and name not in params:
            raise BadParameters("no parameter %s" % name)
    return {name: value for name, value in params.items() if name in known}


@functools.lru_cache(maxsize=None)
def _parameters(function):
    """Names of a handler's parameters, and whether each must be given."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return {parameter.name: parameter.default is parameter.empty for parameter in parameters}


def tensors_in(answer):
    """Lists of floats at the top of an answer travel as tensors, so that adapters need not know of them."""
    if not isinstance(answer, dict):
        raise TypeError("a method answers a dict, got %s" % type(answer).__name__)
    return {key: to_tensor(value) or value if isinstance(value, (list, tuple)) else value for key, value in answer.items()}


def serve(source, sink):
    return serving(Server(source, sink))


def serving(server):
    try:
        return server.run()
    except (BrokenPipeError, ConnectionResetError):
        # The client is gone.
        return 0
