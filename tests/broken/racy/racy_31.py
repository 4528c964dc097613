"""An event that is a latch: set() opens it, and clear() puts a new one in its place."""

import threading


class _Latch:
    def __init__(self):
        self._cond = threading.Condition(threading.Lock())
        self._open = False

    def is_open(self):
        return self._open

    def open(self):
        with self._cond:
            self._open = True
            self._cond.notify_all()

    def wait(self, seconds):
        with self._cond:
            return self._cond.wait_for(self.is_open, seconds)


class Event:
    def __init__(self):
        self._latch = _Latch()
        self._change = threading.Lock()

    def is_set(self):
        return self._latch.is_open()

    isSet = is_set

    def set(self):
        with self._change:
            self._latch.open()

    def clear(self):
        if self._latch.is_open():
            with self._change:
                self._latch = _Latch()

    def wait(self, timeout=None):
        latch = self._latch
        if latch.is_open():
            return True
        if timeout is not None:
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = max(float(timeout), 0.0)
        return latch.wait(timeout)
