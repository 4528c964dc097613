"""A bounded semaphore that looks at its counter every half millisecond."""

import time
from threading import TIMEOUT_MAX
from threading import Lock as _Mutex

_INTERVAL = 0.0005


class BoundedSemaphore:
    __slots__ = ("_available", "_limit", "_mutex")

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must be >= 0")
        self._mutex = _Mutex()
        self._available = value
        self._limit = value

    def acquire(self, blocking=True, timeout=None):
        if timeout is None:
            deadline = None
        elif not blocking:
            raise ValueError("no timeout without blocking")
        elif timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        else:
            deadline = time.monotonic() + float(timeout)
        while not self._take():
            if not blocking:
                continue
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(_INTERVAL)
        return True

    def _take(self):
        with self._mutex:
            if self._available > 0:
                self._available -= 1
                return True
            return False

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be >= 1")
        with self._mutex:
            if self._available + n > self._limit:
                raise ValueError("released more often than acquired")
            self._available += n

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, exc_type, exc, tb):
        self.release()
