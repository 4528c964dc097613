"""A re-entrant lock with one bell for all who sleep in front of it."""

from _thread import TIMEOUT_MAX, allocate_lock, get_ident
from time import monotonic


class RLock:
    def __init__(self):
        self._guard = allocate_lock()
        self._owner = None
        self._depth = 0
        self._sleepers = 0
        self._bell = allocate_lock()
        self._bell.acquire()

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        me = get_ident()
        end = self._end(timeout)
        with self._guard:
            if self._owner in (None, me):
                self._owner = me
                self._depth += 1
                return True
            if not blocking or timeout == 0:
                return False
            self._sleepers += 1
        try:
            return self._sleep(me, end)
        finally:
            with self._guard:
                self._sleepers -= 1

    def _end(self, timeout):
        if timeout == -1:
            return None
        if timeout < 0:
            raise ValueError("timeout value must be a non-negative number")
        if timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return monotonic() + float(timeout)

    def _sleep(self, me, end):
        while True:
            left = -1 if end is None else min(max(end - monotonic(), 0), TIMEOUT_MAX)
            self._bell.acquire(True, left)
            with self._guard:
                if self._owner is None:
                    self._owner = me
                    self._depth = 1
                    return True
            if left == 0:
                return False

    def release(self):
        with self._guard:
            if self._owner != get_ident():
                raise RuntimeError("cannot release un-acquired lock")
            self._depth -= 1
            if self._depth > 0:
                return
            self._owner = None
        if self._sleepers > 0 and self._bell.locked():
            self._bell.release()

    def locked(self):
        return self._owner is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
