"""A Semaphore whose waiters sleep in poll(2) on a pipe of their own; permits are handed over."""

import ctypes
import os
import threading
from collections import deque

LIBC = ctypes.CDLL(None, use_errno=True)
POLLIN = 1


class PollFd(ctypes.Structure):
    _fields_ = [("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short)]


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._mutex = threading.Lock()
        self._value = value
        self._waiters = deque()

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        with self._mutex:
            if self._value > 0:
                self._value -= 1
                return True
            if not blocking:
                return False
            if timeout is not None and timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            reading, writing = os.pipe()
            self._waiters.append(writing)
        granted = False
        try:
            granted = self._sleep(reading, timeout)
        finally:
            with self._mutex:
                if writing in self._waiters:
                    self._waiters.remove(writing)
                elif not granted:  # the permit came together with the timeout
                    granted = True
                os.close(reading)
                os.close(writing)
        return granted

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._mutex:
            for _ in range(n):
                if self._waiters:
                    os.write(self._waiters.popleft(), b"!")
                else:
                    self._value += 1

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()

    def _sleep(self, fd, timeout):
        milliseconds = -1
        if timeout is not None:
            milliseconds = min(max(0, int(timeout * 1000 + 0.999)), 2**31 - 1)
        entry = PollFd(fd, POLLIN, 0)
        while True:
            ready = LIBC.poll(ctypes.byref(entry), 1, milliseconds)
            if ready >= 0:
                return ready > 0
