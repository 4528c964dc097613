"""A lock that delegates to the one of the interpreter."""

import threading


class Lock:
    __slots__ = ("_inner", "_name")

    def __init__(self, name):
        self._inner = threading.Lock()
        self._name = name

    def __repr__(self):
        state = "locked" if self.locked() else "unlocked"
        return f"<Lock {self._name} {state}>"

    def acquire(self, blocking=True, timeout=-1):
        return self._inner.acquire(blocking, timeout)

    def release(self):
        self._inner.release()

    def locked(self):
        return self._inner.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
