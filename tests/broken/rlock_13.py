"""A re-entrant lock that looks first and waits only if it must."""

import threading
import time


def _check(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > threading.TIMEOUT_MAX:
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
            free = self._owner in (None, me)
        if free:
            time.sleep(0.0005)
            return self._take(me)
        with self._cond:
            while self._owner is not None:
                if not blocking:
                    return False
                if deadline is None:
                    self._wait()
                    continue
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._wait(min(remaining, threading.TIMEOUT_MAX))
            self._owner = me
            self._level = 1
            return True

    def _take(self, me):
        with self._cond:
            self._owner = me
            self._level += 1
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
        return self._owner is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
