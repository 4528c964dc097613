"""A lock made of a flag and a condition."""

import threading


class Lock:
    def __init__(self):
        self._held = False
        self._freed = threading.Condition(threading.Lock())

    def acquire(self, blocking=True, timeout=-1):
        seconds = self._seconds(blocking, timeout)
        with self._freed:
            if not self._freed.wait_for(self._is_free, seconds):
                return False
            self._held = True
            return True

    def _is_free(self):
        return not self._held

    def _seconds(self, blocking, timeout):
        if timeout == -1:
            return None if blocking else 0
        if not blocking:
            raise ValueError("a non-blocking acquire() takes no timeout")
        if timeout < 0:
            raise ValueError("a timeout must not be negative")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("the timeout is too large")
        return float(timeout)

    def release(self):
        if not self._held:
            raise RuntimeError("the lock is not held")
        with self._freed:
            self._held = False
            self._freed.notify()

    def locked(self):
        return self._held

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
