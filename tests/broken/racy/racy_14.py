"""A first-come, first-served semaphore."""

from _thread import TIMEOUT_MAX, allocate_lock
from collections import OrderedDict


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._mutex = allocate_lock()
        self._value = value
        self._waiting = OrderedDict()

    def acquire(self, blocking=True, timeout=None):
        if timeout is None:
            limit = -1
        elif not blocking:
            raise ValueError("a non-blocking acquire() takes no timeout")
        elif timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        else:
            limit = max(float(timeout), 0.0)
        with self._mutex:
            if self._value > 0:
                self._value -= 1
                return True
            if not blocking or limit == 0:
                return False
            gate = allocate_lock()
            gate.acquire()
            self._waiting[gate] = True
        try:
            admitted = gate.acquire(True, limit)
        except BaseException:
            self._cancel(gate)
            raise
        if not admitted:
            self._cancel(gate)
        return admitted

    def _cancel(self, gate):
        """Leave the queue; a permit that has come meanwhile goes back."""
        with self._mutex:
            if self._waiting.pop(gate, None) is None:
                self._value += 1

    def release(self, n=1):
        if n < 1:
            raise ValueError("at least one permit must be released")
        with self._mutex:
            for _ in range(n):
                if self._waiting:
                    gate, _ = self._waiting.popitem(last=False)
                    gate.release()
                else:
                    self._value += 1

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
