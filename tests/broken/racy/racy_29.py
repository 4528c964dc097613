"""An event that takes its lock only where somebody waits."""

import threading


class Event:
    def __init__(self):
        self._flag = False
        self._waiting = 0
        self._changed = threading.Condition(threading.Lock())

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        self._flag = True
        if self._waiting > 0:
            with self._changed:
                self._changed.notify_all()

    def clear(self):
        self._flag = False

    def wait(self, timeout=None):
        with self._changed:
            if self._flag:
                return True
            seconds = self._seconds(timeout)
            self._waiting += 1
            try:
                return self._changed.wait(seconds)
            finally:
                self._waiting -= 1

    def _seconds(self, timeout):
        if timeout is None:
            return None
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return max(float(timeout), 0.0)
