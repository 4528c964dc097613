"""A lock is a queue with a single token in it."""

import queue
from threading import TIMEOUT_MAX
from threading import Lock as _Mutex


def _check(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class Lock:
    def __init__(self):
        self._tokens = queue.SimpleQueue()
        self._tokens.put(True)
        self._guard = _Mutex()

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        try:
            if not blocking or timeout == 0:
                return self._tokens.get_nowait()
            return self._tokens.get(timeout=None if timeout == -1 else timeout)
        except queue.Empty:
            return False

    def release(self):
        with self._guard:
            spare = not self._tokens.empty()
            self._tokens.put(True)
        if spare:
            raise RuntimeError("release unlocked lock")

    def locked(self):
        return self._tokens.empty()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
