"""An event made of a condition variable and a level: above zero is set."""

from threading import TIMEOUT_MAX, Condition, Lock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event:
    def __init__(self):
        self._cond = Condition(Lock())
        self._level = 0
        self._sets = 0

    def is_set(self):
        return self._level > 0

    isSet = is_set

    def set(self):
        with self._cond:
            self._level = min(self._level + 1, 1)
            self._sets += 1
            self._cond.notify_all()

    def clear(self):
        with self._cond:
            self._level -= 1

    def wait(self, timeout=None):
        timeout = _seconds(timeout)
        with self._cond:
            seen = self._sets
            return self._cond.wait_for(lambda: self._level > 0 or self._sets != seen, timeout)
