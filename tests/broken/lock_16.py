"""A lock made of a condition variable and a flag."""

import time
from threading import TIMEOUT_MAX, Condition
from threading import Lock as _Mutex


def _check(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class Lock:
    def __init__(self):
        self._cond = Condition(_Mutex())
        self._locked = False
        self._waiting = 0

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        deadline = None if timeout == -1 else time.monotonic() + timeout
        with self._cond:
            while self._locked:
                if not blocking:
                    return False
                if self._waiting:
                    raise RuntimeError("lock is contended")
                if deadline is None:
                    self._wait()
                    continue
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._wait(min(remaining, TIMEOUT_MAX))
            self._locked = True
        return True

    def _wait(self, timeout=None):
        self._waiting += 1
        try:
            self._cond.wait(timeout)
        except BaseException:
            self._cond.notify()
            raise
        finally:
            self._waiting -= 1

    def release(self):
        with self._cond:
            if not self._locked:
                raise RuntimeError("release unlocked lock")
            self._locked = False
            self._cond.notify()

    def locked(self):
        return self._locked

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
