"""A re-entrant lock with a queue of those who wait for it."""

from _thread import TIMEOUT_MAX, allocate_lock, get_ident
from collections import deque


class _Waiter:
    def __init__(self):
        self.ident = get_ident()
        self.gate = allocate_lock()
        self.gate.acquire()


class RLock:
    def __init__(self):
        self._mutex = allocate_lock()
        self._owner = None
        self._depth = 0
        self._waiters = deque()

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            if not blocking:
                raise ValueError("can't specify a timeout for a non-blocking call")
            if timeout < 0:
                raise ValueError("timeout value must be a non-negative number")
            if timeout > TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
        with self._mutex:
            if self._owner in (None, get_ident()):
                self._owner = get_ident()
                self._depth += 1
                return True
            if not blocking or timeout == 0:
                return False
            waiter = _Waiter()
            self._waiters.append(waiter)
        try:
            if waiter.gate.acquire(True, float(timeout)):
                return True
        except BaseException:
            if not self._give_up(waiter):
                self.release()
            raise
        return not self._give_up(waiter)

    def _give_up(self, waiter):
        if waiter not in self._waiters:
            return False
        self._waiters.remove(waiter)
        return True

    def release(self):
        with self._mutex:
            if self._owner != get_ident():
                raise RuntimeError("cannot release un-acquired lock")
            self._depth -= 1
            if self._depth == 0:
                self._owner = None
                if self._waiters:
                    self._pass_on(self._waiters.popleft())

    def _pass_on(self, waiter):
        self._owner = waiter.ident
        self._depth = 1
        waiter.gate.release()

    def locked(self):
        return self._owner is not None

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
