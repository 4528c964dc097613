"""An Event whose waiters sleep in poll(2), each on a pipe of its own."""

import ctypes
import os
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
POLLIN = 1


class PollFd(ctypes.Structure):
    _fields_ = [("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short)]


class Event:
    def __init__(self):
        self._mutex = threading.Lock()
        self._flag = False
        self._waiters = []

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._mutex:
            self._flag = True
            for waiter in self._waiters:
                os.write(waiter, b"!")
            self._waiters.clear()

    def clear(self):
        with self._mutex:
            self._flag = False

    def wait(self, timeout=None):
        if timeout is not None and timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        with self._mutex:
            if self._flag:
                return True
            reading, writing = os.pipe()
            self._waiters.append(writing)
        try:
            return self._sleep(reading, timeout)
        finally:
            with self._mutex:
                if writing in self._waiters:
                    self._waiters.remove(writing)
                os.close(reading)
                os.close(writing)

    def _sleep(self, fd, timeout):
        milliseconds = -1
        if timeout is not None:
            milliseconds = min(max(0, int(timeout * 1000 + 0.999)), 2**31 - 1)
        entry = PollFd(fd, POLLIN, 0)
        ready = LIBC.poll(ctypes.byref(entry), 1, milliseconds)
        return ready > 0
