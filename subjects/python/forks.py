"""Further processes in the state of this one: what was imported once need not be imported again.

The client listens on a Unix socket and is called three times: for the frames, for what the child writes to stderr, and for how the
child ended, which this process tells: it is the one that the system asks. Linux only: on macOS a process that has loaded system
frameworks does not survive a fork, and Windows has none.
"""

import json
import os
import signal
import socket
import sys

from .adapter import Absent
from .limits import large_pages

#: From so many forks on it pays to gather memory in large pages.
MANY = 6


def can_fork():
    return sys.platform == "linux" and hasattr(os, "fork")


class Forks:
    def __init__(self):
        #: Process id -> the connection on which its end is told.
        self.children = {}
        self.started = 0

    def start(self, path):
        """(process id, None) in this process; (0, (source, sink)) in the child."""
        if not can_fork():
            raise Absent("this platform does not fork safely")
        self.started += 1
        if self.started == MANY:
            large_pages()
        frames, words, ending = calls = [_call(path) for _ in range(3)]
        signal.signal(signal.SIGCHLD, self.ended)
        # A child that ends at once is not to be told of before it is known.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        child = os.fork()
        if child != 0:
            self.children[child] = ending
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            frames.close()
            words.close()
            return child, None
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        # A group of its own, which the client ends as a whole.
        os.setsid()
        for descriptor in (1, 2):
            os.dup2(words.fileno(), descriptor)
        for known in [*self.children.values(), *calls[1:]]:
            known.close()
        self.children = {}
        return 0, (frames.makefile("rb"), frames.makefile("wb", buffering=0))

    def ended(self, *_):
        """Tells how each child ended that has: a signal may stand for several."""
        for child in list(self.children):
            found, status = os.waitpid(child, os.WNOHANG)
            if found == 0:
                continue
            killed = os.WIFSIGNALED(status)
            told = {"code": None, "signal": signal.Signals(os.WTERMSIG(status)).name} if killed else {"code": os.WEXITSTATUS(status), "signal": None}
            with self.children.pop(child) as connection:
                try:
                    connection.sendall(json.dumps(told).encode())
                except OSError:
                    # The client has lost interest.
                    pass


def _call(path):
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.connect(path)
    return made
