"""A bounded semaphore that serves a queue."""

import _thread
from collections import deque


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore has no negative value")
        self._lock = _thread.allocate_lock()
        self._bound = value
        self._used = 0
        self._queue = deque()

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        if timeout is not None and timeout > _thread.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        with self._lock:
            if self._used < self._bound:
                self._used += 1
                return True
            if not blocking:
                return False
            place = _thread.allocate_lock()
            place.acquire()
            self._queue.append(place)
        try:
            served = place.acquire(True, -1 if timeout is None else max(float(timeout), 0))
        except BaseException:
            if not self._leave(place):
                self.release()
            raise
        return served or not self._leave(place)

    def _leave(self, place):
        with self._lock:
            if place in self._queue:
                self._queue.remove(place)
                return True
            return False

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        served = min(n, len(self._queue))
        with self._lock:
            if n > self._used:
                raise ValueError("Semaphore released too many times")
            self._used -= n - served
            for _ in range(served):
                self._queue.popleft().release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
