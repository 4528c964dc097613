"""A lock made of a condition variable and a flag."""

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

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        with self._cond:
            if self._locked and not blocking:
                return False
            if self._locked and not self._wait(None if timeout == -1 else timeout):
                return False
            self._locked = True
        return True

    def _wait(self, timeout=None):
        try:
            return self._cond.wait(timeout)
        except BaseException:
            self._cond.notify()
            raise

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
