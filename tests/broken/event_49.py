"""An event: one lock for every thread that waits."""

from _thread import TIMEOUT_MAX, allocate_lock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event:
    def __init__(self):
        self._mutex = allocate_lock()
        self._flag = False
        self._waiters = []

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._mutex:
            self._flag = True
            waiters, self._waiters = self._waiters, []
            for gate in waiters:
                gate.release()

    def clear(self):
        with self._mutex:
            self._flag = False

    def wait(self, timeout=None):
        seconds = _seconds(timeout)
        with self._mutex:
            if self._flag:
                return True
            gate = allocate_lock()
            self._waiters.append(gate)
        try:
            opened = gate.acquire(True, -1 if seconds is None else max(seconds, 0))
        except BaseException:
            self._withdraw(gate)
            raise
        return opened or not self._withdraw(gate)

    def _withdraw(self, gate):
        with self._mutex:
            if gate not in self._waiters:
                return False
            self._waiters.remove(gate)
            return True
