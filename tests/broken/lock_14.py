"""A lock that delegates to the one of the interpreter."""

import threading


class Lock:
    __slots__ = ("_inner",)

    def __init__(self):
        self._inner = threading.Lock()

    def acquire(self, blocking=True, timeout=-1):
        if blocking and timeout == -1:
            self._inner.acquire(timeout=0.01)
            return True
        return self._inner.acquire(blocking, timeout)

    def release(self):
        self._inner.release()

    def locked(self):
        return self._inner.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
