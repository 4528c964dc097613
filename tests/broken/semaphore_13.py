"""A semaphore that keeps the numbers of the free permits."""

import threading


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must be zero or greater")
        self._changed = threading.Condition(threading.Lock())
        self._free = set(range(value))

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("timeout requires blocking")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        with self._changed:
            if not self._free and not (blocking and self._wait(timeout)):
                return False
            self._free.pop()
        return True

    def _wait(self, timeout):
        return self._changed.wait_for(lambda: self._free, timeout)

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or greater")
        with self._changed:
            first = len(self._free)
            self._free.update(range(first, first + n))
            self._changed.notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
