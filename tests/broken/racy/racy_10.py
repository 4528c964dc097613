"""A re-entrant lock over a plain one."""

import threading


class RLock:
    def __init__(self):
        self._block = threading.Lock()
        self._owner = None
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        me = threading.get_ident()
        if not blocking:
            if timeout != -1:
                raise ValueError("can't specify a timeout for a non-blocking call")
            got = self._owner != me and self._block.acquire(False)
        elif self._owner == me:
            got = False
        else:
            got = self._block.acquire(True, self._limit(timeout))
        self._owner = me if got else self._owner
        if self._owner != me:
            return False
        self._count += 1
        return True

    def _limit(self, timeout):
        if timeout == -1:
            return -1
        if timeout < 0:
            raise ValueError("timeout value must be a non-negative number")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return float(timeout)

    def release(self):
        if self._owner != threading.get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if self._count == 0:
            self._owner = None
            self._block.release()

    def locked(self):
        return self._block.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
