"""A lock that serves its waiters in the order in which they came."""

from _thread import TIMEOUT_MAX, allocate_lock
from collections import deque


def _limit(blocking, timeout):
    """Return how many seconds to wait: -1 for ever, 0 not at all."""
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout == -1:
        return -1
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Lock:
    def __init__(self):
        self._guard = allocate_lock()
        self._held = False
        self._queue = deque()

    def acquire(self, blocking=True, timeout=-1):
        limit = _limit(blocking, timeout)
        with self._guard:
            if not self._held:
                self._held = True
                return True
            if limit == 0:
                return False
            gate = allocate_lock()
            gate.acquire()
            self._queue.append(gate)
        try:
            served = gate.acquire(True, limit)
        except BaseException:
            if not self._withdraw(gate):
                self.release()
            raise
        if not served:
            self._withdraw(gate)
        return served

    def _withdraw(self, gate):
        with self._guard:
            if gate not in self._queue:
                return False
            self._queue.remove(gate)
            return True

    def release(self):
        with self._guard:
            if not self._held:
                raise RuntimeError("release unlocked lock")
            if self._queue:
                self._queue.popleft().release()
            else:
                self._held = False

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
