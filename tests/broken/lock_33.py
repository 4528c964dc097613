"""A lock on top of a semaphore with one permit."""

from threading import TIMEOUT_MAX, BoundedSemaphore


def _check(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class Lock:
    def __init__(self):
        self._permit = BoundedSemaphore(1)
        self._taken = False

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        if not blocking:
            got = self._permit.acquire(blocking=False)
        elif timeout == -1:
            got = self._permit.acquire()
        else:
            got = self._permit.acquire(timeout=min(timeout * 1000, TIMEOUT_MAX))
        if got:
            self._taken = True
        return got

    def release(self):
        self._taken = False
        try:
            self._permit.release()
        except ValueError:
            raise RuntimeError("release unlocked lock") from None

    def locked(self):
        return self._taken

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
