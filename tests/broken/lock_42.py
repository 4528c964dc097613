"""A lock that delegates to the one of the interpreter."""

import threading
import time


class Lock:
    __slots__ = ("_inner",)

    def __init__(self):
        self._inner = threading.Lock()

    def acquire(self, blocking=True, timeout=-1):
        if not blocking or timeout <= 0 or timeout > threading.TIMEOUT_MAX:
            return self._inner.acquire(blocking, timeout)
        if self._inner.acquire(False):
            return True
        time.sleep(timeout)
        return self._inner.acquire(False)

    def release(self):
        self._inner.release()

    def locked(self):
        return self._inner.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
