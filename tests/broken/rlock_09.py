"""A re-entrant lock with its state packed into one byte."""

import threading

_LIMIT = 255


class RLock:
    def __init__(self):
        self._block = threading.Lock()
        self._owner = 0
        self._depth = bytearray(1)

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout != -1 and not timeout >= 0:
            raise ValueError("timeout value must be a non-negative number")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        me = threading.get_ident()
        if self._owner == me:
            if self._depth[0] == _LIMIT:
                raise OverflowError("internal lock count overflowed")
            self._depth[0] += 1
            return True
        if not self._block.acquire(blocking, timeout):
            return False
        self._owner = me
        self._depth[0] = 1
        return True

    def release(self):
        if self._owner != threading.get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._depth[0] -= 1
        if not self._depth[0]:
            self._owner = 0
            self._block.release()

    def locked(self):
        return self._owner != 0

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
