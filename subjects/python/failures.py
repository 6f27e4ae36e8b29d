"""What a failed request answers: whose fault it is (kind), where it came (stage, line), type, message and traceback.

Kinds: `refused` and `absent` are legitimate, `raised` is the subject's fault; `adapter`, `timeout` and `memory` say nothing of it.
"""

import linecache
import traceback

from .adapter import Absent, Refused, SubjectRaised
from .limits import TimeLimit

#: JSON-RPC's own codes, for requests that never reach an adapter; 1 for everything that carries `data`.
UNREADABLE, INVALID, UNKNOWN_METHOD, BAD_PARAMETERS, FAILED = -32700, -32600, -32601, -32602, 1


def failure(error, stage="call"):
    """The JSON-RPC error for an exception that came in this stage."""
    cause = error.cause if isinstance(error, SubjectRaised) else error
    data = {"kind": "adapter", "stage": stage, "type": type(cause).__name__, "traceback": text_of(error)}
    line = last_line(cause)
    if line is not None:
        data["line"] = line
    if isinstance(error, Absent):
        data["kind"] = "absent"
    elif isinstance(error, Refused):
        data["kind"] = "refused"
    elif out_of_memory(cause):
        data["kind"] = "memory"
    elif isinstance(error, SubjectRaised):
        data.update(kind="refused" if deliberate(cause) else "raised", stage=error.stage)
    elif isinstance(error, TimeLimit):
        data["kind"] = "timeout"
    elif isinstance(error, (SystemExit, KeyboardInterrupt)) and stage == "call":
        # Code that ends the interpreter is the subject's: adapters do not.
        data["kind"] = "raised"
    return {"code": FAILED, "message": str(error) or type(cause).__name__, "data": data}


def text_of(error):
    _shortened(error, set())
    return "".join(_told(error, set()))[-4000:]


def _told(error, seen):
    """What `traceback` writes, but for the marks under parts of lines, for which it parses every line: refusals come by the thousand."""
    seen.add(id(error))
    cause, context = error.__cause__, None if error.__suppress_context__ else error.__context__
    for before, words in ((cause, "direct cause of the following exception"), (context if cause is None else None, None)):
        if before is not None and id(before) not in seen:
            yield from _told(before, seen)
            yield "\n%s:\n\n" % ("The above exception was the %s" % words if words else "During handling of the above exception, another exception occurred")
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
    for file, number, name in _places(error.__traceback__):
        line = linecache.getline(file, number).strip()
        yield '  File "%s", line %d, in %s\n%s' % (file, number, name, "    %s\n" % line if line else "")
    yield from traceback.format_exception_only(type(error), error)


def _places(trace):
    """File, line and function of every call, the outermost first."""
    while trace is not None:
        code = trace.tb_frame.f_code
        yield code.co_filename, trace.tb_lineno, code.co_name
        trace = trace.tb_next


#: Deeper than anybody reads, and shallow enough: a traceback of a thousand lines takes a tenth of a second to write.
DEEPEST = 30


def _shortened(error, seen):
    """Leaves the innermost calls of an exception and of those that it came from."""
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = _innermost(error.__traceback__, DEEPEST)
        _shortened(error.__context__, seen)
        error = error.__cause__


def _innermost(trace, count):
    links = []
    while trace is not None:
        links.append(trace)
        trace = trace.tb_next
    return links[-count] if len(links) > count else links[0] if links else None


def out_of_memory(cause):
    """Python's own exception, and torch's, which is a RuntimeError with these words in it."""
    if isinstance(cause, MemoryError):
        return True
    text = str(cause)
    return isinstance(cause, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text or "not enough memory" in text)


def deliberate(cause):
    """Whether the subject's own code says no: a ValueError or NotImplementedError it raises, an assertion with a message, or one
    about its configuration."""
    for file, number, _ in _places(_innermost(cause.__traceback__, 1)):
        line = linecache.getline(file, number).strip()
        if isinstance(cause, (ValueError, NotImplementedError)):
            return line.startswith("raise ") or "raise " in statement(file, number)
        return isinstance(cause, AssertionError) and (bool(str(cause)) or "self.config." in line)
    return False


def statement(file, number):
    """The statement around a traceback's line: a raise may span several lines."""
    return "".join(linecache.getline(file, n) for n in range(max(1, number - 3), number + 1))


def last_line(cause):
    if isinstance(cause, SyntaxError) and cause.filename:
        return "%s:%d" % (cause.filename, cause.lineno or 0)
    places = list(_places(_innermost(cause.__traceback__, 1)))
    return "%s:%d" % places[0][:2] if places else None
