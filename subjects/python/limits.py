"""Limits on time and memory, where the platform has them. Where it has none, the client's own clock ends the process."""

import ctypes
import signal


class TimeLimit(BaseException):
    """Raised by the alarm; not an Exception, so that a subject's `except Exception` does not swallow it."""


class time_limit:
    """An alarm around one call: Linux and macOS. It interrupts Python code, not a native function that does not return."""

    #: What the call under way is allowed; None before the first, which says who hears the alarm: that takes longer than small calls do.
    running = None

    def __init__(self, seconds):
        self.seconds = seconds if hasattr(signal, "setitimer") else None

    def __enter__(self):
        if self.seconds:
            if time_limit.running is None:
                signal.signal(signal.SIGALRM, ring)
            time_limit.running = self.seconds
            # Again every other second: a subject that swallows every exception is told more than once.
            signal.setitimer(signal.ITIMER_REAL, self.seconds, 2.0)

    def __exit__(self, *_):
        if self.seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False


def ring(*_):
    raise TimeLimit("no answer within %g s" % time_limit.running)


def limit_memory(extra):
    """At most `extra` bytes more address space than now: Linux only. Whether it is limited."""
    try:
        import resource

        with open("/proc/self/statm") as statm:
            now = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + extra, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError):
        return False
    return True


#: MADV_COLLAPSE of Linux 6.1, and the size of a large page.
COLLAPSE, LARGE = 25, 2**21


def large_pages():
    """Puts what this process holds on large pages, where the system can: a fork copies the table of its pages, most of a hundred
    thousand small ones after an import of torch."""
    try:
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
        with open("/proc/self/maps") as maps:
            rows = [line.split() for line in maps]
    except (OSError, AttributeError):
        return
    for place, access, *_, name in (row if len(row) > 5 else [*row, "[heap]"] for row in rows):
        if name != "[heap]" or not access.startswith("rw"):
            continue
        low, high = (int(end, 16) for end in place.split("-"))
        for start in range(-(-low // LARGE) * LARGE, high - LARGE + 1, LARGE):
            advise(start, LARGE, COLLAPSE)
