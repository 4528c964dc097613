"""A fair re-entrant lock: ownership is handed to the thread that has waited longest."""

import threading
from collections import deque


class RLock:
    def __init__(self):
        self._guard = threading.Lock()
        self._owner = None
        self._level = 0
        self._line = deque()

    def acquire(self, blocking=True, timeout=-1):
        limit = self._limit(blocking, timeout)
        me = threading.get_ident()
        if self._owner == me:
            self._level += 1
            return True
        if self._owner is None and not self._line:
            self._owner = me
            self._level = 1
            return True
        with self._guard:
            if self._owner is None:
                self._owner = me
                self._level = 1
                return True
            if limit == 0:
                return False
            turn = threading.Lock()
            turn.acquire()
            entry = (turn, me)
            self._line.append(entry)
        try:
            mine = turn.acquire(True, limit)
        except BaseException:
            if not self._withdraw(entry):
                self.release()
            raise
        return mine or not self._withdraw(entry)

    def _limit(self, blocking, timeout):
        if timeout == -1:
            return -1 if blocking else 0
        if not blocking:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0:
            raise ValueError("timeout value must be a non-negative number")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return float(timeout)

    def _withdraw(self, entry):
        with self._guard:
            if entry not in self._line:
                return False
            self._line.remove(entry)
            return True

    def release(self):
        with self._guard:
            if self._owner != threading.get_ident():
                raise RuntimeError("cannot release un-acquired lock")
            self._level -= 1
            if self._level > 0:
                return
            if self._line:
                self._level = 1
                turn, self._owner = self._line.popleft()
                turn.release()
            else:
                self._owner = None

    def locked(self):
        return self._owner is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
