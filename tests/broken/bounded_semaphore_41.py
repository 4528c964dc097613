"""A bounded semaphore whose sleepers, once woken, compete for the permit with whoever comes by."""

import threading
import time


class _Latch:
    """Where one thread sleeps."""

    def __init__(self):
        self._lock = threading.Lock()
        self._lock.acquire()

    def open(self):
        self._lock.release()

    def sleep(self, seconds):
        return self._lock.acquire(True, -1 if seconds is None else seconds)


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must be at least 0")
        self._guard = threading.Lock()
        self._free = value
        self._most = value
        self._sleepers = []

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None and not blocking:
            raise ValueError("timeout goes with blocking=True only")
        if timeout is not None and timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout is too long")
        end = None if timeout is None else time.monotonic() + float(timeout)
        while True:
            with self._guard:
                if self._free > 0:
                    self._free -= 1
                    return True
                if not blocking:
                    return False
                left = self._left(end)
                if left is not None and left <= 0:
                    return False
                latch = _Latch()
                self._sleepers.append(latch)
            try:
                latch.sleep(left)
            except BaseException:
                self._drop(latch, pass_on=True)
                raise
            self._drop(latch)
            if end is not None and time.monotonic() < end:
                end = time.monotonic() + float(timeout)

    def _left(self, end):
        if end is None:
            return None
        return min(end - time.monotonic(), threading.TIMEOUT_MAX)

    def _drop(self, latch, pass_on=False):
        with self._guard:
            if latch in self._sleepers:
                self._sleepers.remove(latch)
            elif pass_on:
                self._rouse(1)

    def _rouse(self, count):
        for latch in self._sleepers[:count]:
            latch.open()
        del self._sleepers[:count]

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be at least 1")
        with self._guard:
            if self._free + n > self._most:
                raise ValueError("nothing to release")
            self._free += n
            self._rouse(n)

    def __enter__(self):
        self.acquire()

    def __exit__(self, *exc_info):
        self.release()
