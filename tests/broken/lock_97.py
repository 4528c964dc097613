"""A lock whose waiters look every millisecond whether it is free."""

import threading
import time


class Lock:
    _interval = 0.001

    def __init__(self):
        self._held = False
        self._state = threading.Lock()

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("a non-blocking acquire takes no timeout")
        if timeout < 0 and timeout != -1:
            raise ValueError("a timeout must not be negative")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        end = None if timeout == -1 else time.monotonic() + timeout
        while not self._take():
            if not blocking or (end is not None and time.monotonic() >= end):
                return False
            while self._held and (end is None or time.monotonic() < end):
                time.sleep(self._interval)
            if not self._held:
                time.sleep(self._interval / 4)
                self._held = True
                return True
        return True

    def _take(self):
        with self._state:
            if self._held:
                return False
            self._held = True
            return True

    def release(self):
        with self._state:
            if not self._held:
                raise RuntimeError("release of a lock that is not held")
            self._held = False

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
