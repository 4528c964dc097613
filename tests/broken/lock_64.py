"""A lock whose waiters sleep on one shared event."""

import time
from threading import TIMEOUT_MAX, Event
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
        self._mutex = _Mutex()
        self._freed = Event()
        self._held = False

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        deadline = None if timeout == -1 else time.monotonic() + timeout
        while True:
            with self._mutex:
                if not self._held:
                    self._held = True
                    return True
            if not blocking:
                return False
            if deadline is None:
                self._freed.wait()
            else:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._freed.wait(min(remaining, TIMEOUT_MAX))
            self._freed.clear()

    def release(self):
        with self._mutex:
            if not self._held:
                raise RuntimeError("release unlocked lock")
            self._held = False
            self._freed.set()

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
