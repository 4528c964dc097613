"""An event: a flag, and a condition for those who wait for it."""

import threading


class Event:
    def __init__(self):
        self._flag = False
        self._cond = threading.Condition(threading.Lock())

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._cond:
            self._flag = True
            self._cond.notify_all()

    def clear(self):
        with self._cond:
            self._flag = False

    def wait(self, timeout=None):
        if self._flag:
            return True
        if timeout is not None:
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        with self._cond:
            return self._cond.wait(timeout)
