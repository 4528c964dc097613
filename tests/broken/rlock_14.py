"""A re-entrant lock with the recursion level kept in thread-local storage."""

import threading


class _Level(threading.local):
    value = 0


class RLock:
    def __init__(self):
        self._lock = threading.Lock()
        self._level = _Level()

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout != -1 and not timeout >= 0:
            raise ValueError("timeout value must be a non-negative number")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        if not self._level.value and not self._lock.acquire(False):
            if not blocking:
                return False
            if not self._lock.acquire(timeout=timeout if timeout >= 0 else 0.01):
                return False
        self._level.value += 1
        return True

    def release(self):
        if not self._level.value:
            raise RuntimeError("cannot release un-acquired lock")
        self._level.value -= 1
        if not self._level.value:
            self._lock.release()

    def locked(self):
        return self._lock.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
