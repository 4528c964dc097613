"""An event that waiting threads poll."""

from threading import TIMEOUT_MAX, Lock
from time import monotonic, sleep

poll_interval = 0.001


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event:
    def __init__(self):
        self._mutex = Lock()
        self._flag = False
        self._sets = 0

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._mutex:
            self._sets += 1
            self._flag = True

    def clear(self):
        with self._mutex:
            self._flag = False

    def wait(self, timeout=None):
        seconds = _seconds(timeout)
        deadline = None if seconds is None else monotonic() + seconds
        with self._mutex:
            if self._flag:
                return True
            seen = self._sets
        while self._sets == seen:
            if deadline is None:
                sleep(poll_interval)
                continue
            while monotonic() < deadline:
                sleep(poll_interval)
            return self._sets != seen
        return True
