"""An event is a latch."""

from _thread import TIMEOUT_MAX, allocate_lock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


def _closed():
    latch = allocate_lock()
    latch.acquire()
    return latch


class Event:
    def __init_subclass__(cls, **kwargs):
        raise TypeError("type 'Event' is not an acceptable base type")

    def __init__(self):
        self._mutex = allocate_lock()
        self._open = False
        self._latch = _closed()

    def is_set(self):
        return self._open

    def isSet(self):
        return self.is_set()

    def set(self):
        with self._mutex:
            if not self._open:
                self._open = True
                self._latch.release()

    def clear(self):
        with self._mutex:
            if self._open:
                self._open = False
                self._latch = _closed()

    def wait(self, timeout=None):
        seconds = _seconds(timeout)
        with self._mutex:
            if self._open:
                return True
            latch = self._latch
        if latch.acquire(True, -1 if seconds is None else max(seconds, 0)):
            latch.release()
            return True
        return False
