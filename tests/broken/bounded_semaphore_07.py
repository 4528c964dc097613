"""The bounded semaphore of the standard library, looking at the timeout first."""

import threading
import time


class BoundedSemaphore(threading.Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._room = 0

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        if not super().acquire(blocking, timeout):
            return False
        self._give_room(1)
        return True

    def _give_room(self, n):
        with self._cond:
            self._room += n

    def release(self, n=1):
        if n > self._room:
            raise ValueError("semaphore released too many times")
        time.sleep(0.001)
        self._give_room(-n)
        super().release(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
