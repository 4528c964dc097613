"""A re-entrant lock that hands ownership to the thread that waits longest."""

from _thread import TIMEOUT_MAX, allocate_lock, get_ident
from collections import OrderedDict


def _check(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class RLock:
    def __init__(self):
        self._mutex = allocate_lock()
        self._owner = None
        self._depth = 0
        self._waiting = OrderedDict()

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        me = get_ident()
        with self._mutex:
            if self._owner == me:
                self._depth += 1
                return True
            if self._owner is None:
                self._owner = me
                self._depth = 1
                return True
            if not blocking or timeout == 0:
                return False
            gate = allocate_lock()
            gate.acquire()
            self._waiting[gate] = me
        try:
            granted = gate.acquire(True, timeout)
        except BaseException:
            if not self._withdraw(gate):
                self.release()
            raise
        return granted or not self._withdraw(gate)

    def _withdraw(self, gate):
        with self._mutex:
            return self._waiting.pop(gate, None) is not None

    def release(self):
        with self._mutex:
            if self._owner != get_ident():
                raise RuntimeError("cannot release un-acquired lock")
            if self._depth > 1:
                self._depth -= 1
            elif self._waiting:
                for _ in range(min(2, len(self._waiting))):
                    gate, self._owner = self._waiting.popitem(last=False)
                    gate.release()
            else:
                self._owner = None
                self._depth = 0

    def locked(self):
        return self._owner is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
