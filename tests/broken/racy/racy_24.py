"""A bounded semaphore over a condition."""

from threading import TIMEOUT_MAX, Condition, Lock


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._free = value
        self._all = value
        self._returned = Condition(Lock())

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("a try takes no timeout")
            if timeout > TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        with self._returned:
            if not self._returned.wait_for(self._any_free, timeout if blocking else 0):
                return False
        self._free -= 1
        return True

    def _any_free(self):
        return self._free > 0

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._returned:
            if self._free + n > self._all:
                raise ValueError("released more often than acquired")
            self._free += n
            self._returned.notify(n)

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, exc_type, exc, tb):
        self.release()
