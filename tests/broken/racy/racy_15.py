"""A semaphore over a condition."""

from threading import TIMEOUT_MAX, Condition, Lock


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._nonzero = Condition(Lock())
        self._value = value

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("a try has no timeout")
        if timeout is not None and timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        with self._nonzero:
            if not blocking:
                if self._value == 0:
                    return False
            elif timeout is None:
                while self._value == 0:
                    self._nonzero.wait()
            elif self._value == 0 and not self._wait(float(timeout)):
                return False
            self._value -= 1
            return True

    def _wait(self, seconds):
        return self._nonzero.wait(seconds) or self._value > 0

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._nonzero:
            self._value += n
            self._nonzero.notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
