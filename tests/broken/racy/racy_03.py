"""A lock whose waiters sleep, each at a gate of its own, until it may be worth another try."""

import threading
from collections import deque
from time import monotonic


class Lock:
    def __init__(self):
        self._inner = threading.Lock()
        self._guard = threading.Lock()
        self._sleepers = deque()

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            if not blocking:
                raise ValueError("can't specify a timeout for a non-blocking call")
            if timeout < 0:
                raise ValueError("timeout value must be positive")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
        if self._inner.acquire(False):
            return True
        if not blocking or timeout == 0:
            return False
        if timeout == -1:
            while not self._sleep(-1):
                pass
            return True
        end = monotonic() + float(timeout)
        while True:
            left = min(end - monotonic(), threading.TIMEOUT_MAX)
            if left <= 0:
                return False
            if self._sleep(left):
                return True

    def _sleep(self, seconds):
        """Sleep until woken, or that long, and try once more."""
        gate = threading.Lock()
        gate.acquire()
        with self._guard:
            self._sleepers.append(gate)
        try:
            gate.acquire(True, seconds)
        except BaseException:
            if not self._withdraw(gate):
                self._wake()
            raise
        self._withdraw(gate)
        return self._inner.acquire(False)

    def _withdraw(self, gate):
        with self._guard:
            if gate in self._sleepers:
                self._sleepers.remove(gate)
                return True
            return False

    def _wake(self):
        with self._guard:
            if self._sleepers:
                self._sleepers.popleft().release()

    def release(self):
        self._inner.release()
        self._wake()

    def locked(self):
        return self._inner.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
