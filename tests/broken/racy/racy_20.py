"""A counting semaphore; those who find nothing wait for a notification."""

import threading
from time import monotonic


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._changed = threading.Condition(threading.Lock())
        self._value = value

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        if timeout is not None and timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        end = None if timeout is None else monotonic() + float(timeout)
        with self._changed:
            while self._value == 0:
                if not blocking or not self._sleep(end):
                    return False
            self._value -= 1
            return True

    def _sleep(self, end):
        """Wait for a notification; whether there was one before the end."""
        if end is None:
            return self._changed.wait()
        return self._changed.wait(min(max(end - monotonic(), 0), threading.TIMEOUT_MAX))

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._changed:
            self._value += n
            self._changed.notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
