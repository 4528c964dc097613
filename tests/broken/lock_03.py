"""A lock with a fast path that takes no mutex while nobody competes."""

import time
from threading import TIMEOUT_MAX, Condition, get_ident
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
        self._holder = None

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        if self._holder is None:
            self._give_way()
            self._holder = get_ident()
            return True
        deadline = None if timeout == -1 else time.monotonic() + timeout
        with self._cond:
            while self._holder is not None:
                if not blocking:
                    return False
                if deadline is None:
                    self._wait()
                    continue
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._wait(min(remaining, TIMEOUT_MAX))
            self._holder = get_ident()
        return True

    def _give_way(self):
        time.sleep(0.0005)

    def _wait(self, timeout=None):
        try:
            self._cond.wait(timeout)
        except BaseException:
            self._cond.notify()
            raise

    def release(self):
        with self._cond:
            if self._holder is None:
                raise RuntimeError("release unlocked lock")
            self._holder = None
            self._cond.notify()

    def locked(self):
        return self._holder is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
