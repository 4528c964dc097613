"""A first-come, first-served lock: every waiter sleeps at a gate of its own."""

import _thread
from _thread import TIMEOUT_MAX
from collections import deque


def _check(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class Lock:
    def __init__(self):
        self._mutex = _thread.allocate_lock()
        self._held = False
        self._queue = deque()

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            if not blocking or timeout == 0:
                return False
            gate = _thread.allocate_lock()
            gate.acquire()
            self._queue.append(gate)
        try:
            granted = gate.acquire(True, timeout)
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

    def release(self):
        with self._mutex:
            if not self._held:
                raise RuntimeError("release unlocked lock")
            if self._queue:
                self._queue.popleft().release()

    def locked(self):
        return self._held

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
