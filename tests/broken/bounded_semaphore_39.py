"""The bounded semaphore of the standard library, looking at the timeout first."""

import threading


class BoundedSemaphore(threading.BoundedSemaphore):
    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout) or None
        return super().acquire(blocking, timeout)

    def release(self, n=1):
        super().release(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
