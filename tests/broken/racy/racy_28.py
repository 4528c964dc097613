"""An event that opens a latch for each of the threads that wait."""

import threading
from contextlib import suppress


class Event:
    def __init__(self):
        self._mutex = threading.Lock()
        self._is_set = False
        self._latches = []

    def is_set(self):
        return self._is_set

    isSet = is_set

    def set(self):
        with self._mutex:
            self._is_set = True
            for latch in self._latches:
                latch.release()
            self._latches.clear()

    def clear(self):
        with self._mutex:
            self._is_set = False

    def wait(self, timeout=None):
        if timeout is not None:
            timeout = max(float(timeout), 0.0)
        with self._mutex:
            if self._is_set:
                return True
            if timeout is not None and timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            latch = threading.Lock()
            latch.acquire()
            self._latches.append(latch)
        opened = False
        try:
            opened = latch.acquire(True, -1 if timeout is None else timeout)
        finally:
            if not opened:
                self._forget(latch)
        return opened

    def _forget(self, latch):
        with suppress(ValueError):  # it may have been opened after all
            self._latches.remove(latch)
