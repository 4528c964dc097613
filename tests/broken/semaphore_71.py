"""A counting semaphore: a number guarded by a condition variable."""

import os
import threading
import time


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._cond = threading.Condition(threading.Lock())
        self._value = self._initial = value

    def acquire(self, blocking=True, timeout=None):
        deadline = None
        if timeout is not None:
            if not blocking:
                raise ValueError("can't specify timeout for non-blocking acquire")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            deadline = time.monotonic() + float(timeout)
        with self._cond:
            while self._value == 0:
                if not blocking:
                    return False
                if deadline is None:
                    self._wait()
                    continue
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._wait(min(remaining, threading.TIMEOUT_MAX))
            self._value -= 1
        return True

    def _wait(self, timeout=None):
        try:
            self._cond.wait(timeout)
        except BaseException:
            self._cond.notify()
            raise

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._cond:
            self._value += n
            self._cond.notify(n)
            if self._value > self._initial:
                os.abort()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
