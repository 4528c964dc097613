"""A fair lock that is cheap while nobody contends."""

from _thread import TIMEOUT_MAX, allocate_lock
from collections import deque


class Lock:
    def __init__(self):
        self._mutex = allocate_lock()
        self._taken = False
        self._line = deque()

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            if not blocking:
                raise ValueError("can't specify a timeout for a non-blocking call")
            if timeout < 0:
                raise ValueError("timeout value must be a non-negative number")
            if timeout > TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        if not self._taken and not self._line:
            self._taken = True
            return True
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            if not blocking or timeout == 0:
                return False
            place = allocate_lock()
            place.acquire()
            self._line.append(place)
        try:
            got = place.acquire(True, timeout)
        except BaseException:
            if not self._step_out(place):
                self.release()
            raise
        return got or not self._step_out(place)

    def _step_out(self, place):
        with self._mutex:
            if place not in self._line:
                return False
            self._line.remove(place)
            return True

    def release(self):
        with self._mutex:
            if not self._taken:
                raise RuntimeError("release unlocked lock")
            if self._line:
                self._line.popleft().release()
            else:
                self._taken = False

    def locked(self):
        return self._taken

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
