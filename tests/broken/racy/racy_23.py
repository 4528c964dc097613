"""A bounded semaphore with a queue of those who wait."""

from _thread import TIMEOUT_MAX, allocate_lock
from collections import deque


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._mutex = allocate_lock()
        self._value = value
        self._bound = value
        self._queue = deque()

    def acquire(self, blocking=True, timeout=None):
        if not blocking:
            if timeout is not None:
                raise ValueError("can't specify timeout for non-blocking acquire")
            return self._try()
        limit = -1
        if timeout is not None:
            if timeout > TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            limit = max(float(timeout), 0.0)
        with self._mutex:
            if self._value > 0:
                self._value -= 1
                return True
            gate = allocate_lock()
            gate.acquire()
            self._queue.append(gate)
        try:
            admitted = gate.acquire(True, limit)
        except BaseException:
            if not self._drop_out(gate):
                self.release()
            raise
        return admitted or not self._drop_out(gate)

    def _try(self):
        if not self._mutex.acquire(False):
            return False
        try:
            if self._value == 0:
                return False
            self._value -= 1
            return True
        finally:
            self._mutex.release()

    def _drop_out(self, gate):
        with self._mutex:
            if gate not in self._queue:
                return False
            self._queue.remove(gate)
            return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._mutex:
            if self._value + n > self._bound:
                raise ValueError("Semaphore released too many times")
            for _ in range(n):
                if not self._queue:
                    self._value += 1
                else:
                    self._queue.popleft().release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
