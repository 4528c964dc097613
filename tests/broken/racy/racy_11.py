"""A re-entrant benaphore: a count of those who want it, and a baton for those who must wait."""

import threading


class RLock:
    def __init__(self):
        self._guard = threading.Lock()
        self._contenders = 0
        self._baton = threading.Lock()
        self._baton.acquire()
        self._owner = None
        self._depth = 0

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        me = threading.get_ident()
        if self._owner == me:
            self._depth += 1
            return True
        if timeout != -1:
            if timeout < 0:
                raise ValueError("timeout value must be a non-negative number")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
        if not self._enter(blocking, float(timeout)):
            return False
        self._owner = me
        self._depth = 1
        return True

    def _enter(self, blocking, timeout):
        with self._guard:
            if self._contenders > 0 and not blocking:
                return False
            self._contenders += 1
            if self._contenders == 1:
                return True
        try:
            if self._baton.acquire(True, timeout):
                return True
        except BaseException:
            if self._stay_away():
                raise
            self._leave()
            raise
        return not self._stay_away()

    def _stay_away(self):
        """Stop contending, unless the baton is there by now."""
        with self._guard:
            if self._baton.acquire(False):
                return False
            self._contenders -= 1
            return True

    def _leave(self):
        self._contenders -= 1
        if self._contenders > 0:
            self._baton.release()

    def release(self):
        if self._owner != threading.get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            self._leave()

    def locked(self):
        return self._owner is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
