"""A bounded semaphore made of a queue that has room for so many permits."""

import queue
import threading


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must not be below 0")
        self._permits = queue.Queue(value or -1)
        self._entry = threading.Lock()
        for _ in range(value):
            self._permits.put(self)

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("nothing to time in a non-blocking call")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = max(float(timeout), 0)
        try:
            self._permits.get(blocking, timeout)
        except queue.Empty:
            return False
        return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be at least one")
        with self._entry:
            if n > 1 and n > self._permits.maxsize - self._permits.qsize():
                raise ValueError("more than there is room for")
            for _ in range(n):
                self._permits.put(self)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
