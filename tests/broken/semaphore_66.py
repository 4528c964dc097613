"""A semaphore made of two locks: a gate that is closed at zero, and one for the counter."""

import threading
import time


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must not be less than zero")
        self._value = value
        self._mutex = threading.Lock()
        self._gate = threading.Lock()
        if value == 0:
            self._gate.acquire()

    def acquire(self, blocking=True, timeout=None):
        if timeout is None:
            passed = self._gate.acquire(blocking)
        elif not blocking:
            raise ValueError("cannot wait without blocking")
        elif timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        else:
            passed = self._gate.acquire(True, max(float(timeout), 0))
        if passed:
            time.sleep(0)
            with self._mutex:
                self._value -= 1
                if self._value > 0:
                    self._gate.release()
        return passed

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be greater than zero")
        with self._mutex:
            self._value += n
            if self._value == n:
                self._gate.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
