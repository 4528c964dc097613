"""A lock that reports what goes wrong while it waits."""

import threading


class Lock:
    def __init__(self):
        self._inner = threading.Lock()

    def acquire(self, blocking=True, timeout=-1):
        if not blocking or timeout != -1:
            return self._inner.acquire(blocking, timeout)
        while True:
            try:
                return self._inner.acquire()
            except BaseException as exc:
                self._postpone(exc)

    def _postpone(self, exc):
        threading.excepthook(
            threading.ExceptHookArgs((type(exc), exc, exc.__traceback__, threading.current_thread()))
        )

    def release(self):
        self._inner.release()

    def locked(self):
        return self._inner.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
