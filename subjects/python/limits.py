"""Limits on time and memory, where the platform has them. Where it has none, the client's own clock ends the process."""

import signal


class TimeLimit(BaseException):
    """Raised by the alarm; not an Exception, so that a subject's `except Exception` does not swallow it."""


class time_limit:
    """An alarm around one call: Linux and macOS. It interrupts Python code, not a native function that does not return."""

    def __init__(self, seconds):
        self.seconds = seconds if hasattr(signal, "setitimer") else None

    def __enter__(self):
        if self.seconds:
            signal.signal(signal.SIGALRM, self.ring)
            # Again every other second: a subject that swallows every exception is told more than once.
            signal.setitimer(signal.ITIMER_REAL, self.seconds, 2.0)

    def __exit__(self, *_):
        if self.seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False

    def ring(self, *_):
        raise TimeLimit("no answer within %g s" % self.seconds)


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
