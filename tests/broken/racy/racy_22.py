"""A bounded semaphore that counts the permits that are out."""

import threading
from collections import deque


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the number of permits must not be negative")
        self._bound = value
        self._out = 0
        self._guard = threading.Lock()
        self._waiting = deque()

    def acquire(self, blocking=True, timeout=None):
        if timeout is None:
            limit = -1
        elif not blocking:
            raise ValueError("a non-blocking acquire() takes no timeout")
        elif timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        else:
            limit = max(float(timeout), 0.0)
        with self._guard:
            if self._out < self._bound:
                self._out += 1
                return True
            if not blocking:
                return False
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            granted = gate.acquire(True, limit)
        except BaseException:
            if not self._withdraw(gate):
                self.release()
            raise
        return granted or not self._withdraw(gate)

    def _withdraw(self, gate):
        with self._guard:
            try:
                self._waiting.remove(gate)
            except ValueError:
                return False
            return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("at least one permit must be released")
        with self._guard:
            if n > self._out:
                raise ValueError("more permits released than are out")
            while n > 0 and self._waiting:
                self._waiting.popleft().release()
                n -= 1
        self._out -= n

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
