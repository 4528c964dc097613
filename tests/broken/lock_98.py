"""A lock whose waiters sleep on one shared event."""

import threading


class Lock:
    def __init__(self):
        self._mutex = threading.Lock()
        self._held = False
        self._freed = threading.Event()

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("a non-blocking acquire takes no timeout")
        if timeout < 0 and timeout != -1:
            raise ValueError("a timeout must not be negative")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            if not blocking or timeout == 0:
                return False
            freed = self._freed
        if not freed.wait(None if timeout == -1 else timeout):
            return False
        with self._mutex:
            self._held = True
        return True

    def release(self):
        with self._mutex:
            if not self._held:
                raise RuntimeError("release of a lock that is not held")
            self._held = False
            self._freed.set()
            self._freed = threading.Event()

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
