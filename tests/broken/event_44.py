"""An event on a condition variable."""

from threading import TIMEOUT_MAX, Condition, Lock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class _Event:
    def __init__(self):
        self._cond = Condition(Lock())
        self._flag = False
        self._sets = 0

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._cond:
            self._flag = True
            self._sets += 1
            self._cond.notify_all()

    def clear(self):
        with self._cond:
            self._flag = False

    def wait(self, timeout=None):
        timeout = _seconds(timeout)
        with self._cond:
            seen = self._sets
            return self._cond.wait_for(lambda: self._flag or self._sets != seen, timeout)


def Event():
    return _Event()
