"""A re-entrant lock around a condition variable."""

import threading
import time
from threading import TIMEOUT_MAX


def _check(blocking, timeout):
    if not isinstance(timeout, (int, float)):
        raise TypeError("timeout must be an int or a float")
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class RLock:
    def __init__(self):
        self._cond = threading.Condition(threading.Lock())
        self._owner = None
        self._level = 0

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        me = threading.get_ident()
        deadline = None if timeout == -1 else time.monotonic() + timeout
        with self._cond:
            if self._owner == me:
                self._level += 1
                return True
            while self._owner is not None:
                if not blocking:
                    return False
                if deadline is None:
                    self._wait()
                    continue
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._wait(min(remaining, TIMEOUT_MAX))
            self._owner = me
            self._level = 1
            return True

    def _wait(self, timeout=None):
        try:
            self._cond.wait(timeout)
        except BaseException:
            self._cond.notify()
            raise

    def release(self):
        with self._cond:
            if self._owner != threading.get_ident():
                raise RuntimeError("cannot release un-acquired lock")
            self._level -= 1
            if self._level == 0:
                self._owner = None
                self._cond.notify()

    def locked(self):
        with self._cond:
            return self._owner is not None

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
