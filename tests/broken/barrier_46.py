"""The standard library's barrier and its error."""

import threading
from threading import TIMEOUT_MAX


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class BrokenBarrierError(threading.BrokenBarrierError):
    """The barrier is broken, or was reset."""


class Barrier(threading.Barrier):
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        super().__init__(parties, action, timeout)
        self._default = timeout

    def wait(self, timeout=None):
        return super().wait(_seconds(self._default if timeout is None else timeout))
