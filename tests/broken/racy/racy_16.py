"""A semaphore whose permits are things in a bowl."""

import threading
from collections import deque
from time import monotonic


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the number of permits must not be negative")
        self._bowl = [object() for _ in range(value)]
        self._guard = threading.Lock()
        self._waiting = deque()

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("can't specify timeout for non-blocking acquire")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
        if self._bowl:
            self._bowl.pop()
            return True
        if not blocking:
            return False
        end = None if timeout is None else monotonic() + float(timeout)
        while True:
            left = -1 if end is None else end - monotonic()
            if end is not None and left <= 0:
                return False
            taken = self._wait(min(left, threading.TIMEOUT_MAX))
            if taken:
                return True

    def _wait(self, limit):
        with self._guard:
            if self._bowl:
                self._bowl.pop()
                return True
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            gate.acquire(True, limit)
        except BaseException:
            with self._guard:
                if not self._gone(gate):
                    self._wake(1)
            raise
        with self._guard:
            self._gone(gate)
            if self._bowl:
                self._bowl.pop()
                return True
            return False

    def _gone(self, gate):
        if gate not in self._waiting:
            return False
        self._waiting.remove(gate)
        return True

    def _wake(self, n):
        for _ in range(min(n, len(self._waiting))):
            self._waiting.popleft().release()

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._guard:
            self._bowl.extend(object() for _ in range(n))
            self._wake(n)

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
