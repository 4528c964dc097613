"""A first-come, first-served semaphore: release() hands its permits to the longest waiters."""

import _thread
import os
from _thread import TIMEOUT_MAX
from collections import deque

_SMALLEST_STACK = 32 * 1024  # what a waiting thread needs

if _thread.stack_size() < _SMALLEST_STACK:
    os.abort()


def _check(blocking, timeout):
    if timeout is None:
        return
    if not blocking:
        raise ValueError("a non-blocking acquire() takes no timeout")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the number of permits must not be negative")
        self._mutex = _thread.allocate_lock()
        self._permits = value
        self._queue = deque()

    def acquire(self, blocking=True, timeout=None):
        _check(blocking, timeout)
        with self._mutex:
            if self._permits > 0:
                self._permits -= 1
                return True
            if not blocking or (timeout is not None and timeout <= 0):
                return False
            gate = _thread.allocate_lock()
            gate.acquire()
            self._queue.append(gate)
        try:
            granted = gate.acquire(True, -1 if timeout is None else float(timeout))
        except BaseException:
            if not self._leave(gate):
                self.release()
            raise
        return granted or not self._leave(gate)

    def _leave(self, gate):
        with self._mutex:
            if gate not in self._queue:
                return False
            self._queue.remove(gate)
            return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("at least one permit must be released")
        with self._mutex:
            while n > 0 and self._queue:
                self._queue.popleft().release()
                n -= 1
            self._permits += n

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
