"""A lock with one place for the thread that goes next."""

import _thread
from _thread import TIMEOUT_MAX


def _check(blocking, timeout):
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout != -1 and not timeout >= 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")


class Lock:
    def __init__(self):
        self._mutex = _thread.allocate_lock()
        self._held = False
        self._next = None

    def acquire(self, blocking=True, timeout=-1):
        _check(blocking, timeout)
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            if not blocking or timeout == 0:
                return False
            gate = _thread.allocate_lock()
            gate.acquire()
            self._next = gate
        try:
            granted = gate.acquire(True, timeout)
        except BaseException:
            if not self._leave(gate):
                self.release()
            raise
        if not granted:
            return not self._leave(gate)
        return True

    def _leave(self, gate):
        with self._mutex:
            if self._next is gate:
                self._next = None
                return True
            return gate.locked()

    def release(self):
        with self._mutex:
            if not self._held:
                raise RuntimeError("release unlocked lock")
            if self._next is None:
                self._held = False
            else:
                gate, self._next = self._next, None
                gate.release()

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc, tb):
        self.release()
