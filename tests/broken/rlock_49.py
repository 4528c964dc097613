"""A re-entrant lock that delegates to the one of the standard library."""

import threading


class RLock:
    def __init__(self):
        self._inner = threading.RLock()
        self._depth = 0

    def acquire(self, blocking=True, timeout=-1):
        if not self._inner.acquire(blocking, timeout):
            return False
        self._depth += 1
        return True

    def release(self):
        if not self._inner._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        self._depth -= 1
        self._inner.release()

    def locked(self):
        return self._depth > 0

    def __enter__(self):
        return self.acquire(blocking=False)

    def __exit__(self, exc_type, exc, tb):
        if self._inner._is_owned():
            self.release()
