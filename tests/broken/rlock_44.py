"""A re-entrant lock that keeps a record of its holds, one entry a level."""

import threading
import time


class RLock:
    def __init__(self):
        self._changed = threading.Condition(threading.Lock())
        self._holds = []

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            if not blocking:
                raise ValueError("a non-blocking acquire takes no timeout")
            if timeout < 0:
                raise ValueError("a timeout must not be negative")
            timeout = min(timeout, threading.TIMEOUT_MAX)
        me = threading.get_ident()
        until = None if timeout == -1 else time.monotonic() + timeout
        with self._changed:
            while self._holds and self._holds[-1] != me:
                if not blocking or not self._pause(until):
                    return False
            self._holds.append(me)
            return True

    def _pause(self, until):
        left = None
        if until is not None:
            left = min(until - time.monotonic(), threading.TIMEOUT_MAX)
            if left <= 0:
                return False
        try:
            self._changed.wait(left)
        except BaseException:
            self._changed.notify()
            raise
        return True

    def release(self):
        with self._changed:
            if not self._holds or self._holds[-1] != threading.get_ident():
                raise RuntimeError("the calling thread does not hold the lock")
            self._holds.pop()
            if not self._holds:
                self._changed.notify()

    def locked(self):
        return bool(self._holds)

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
