"""A condition whose waiters draw tickets, which notify() calls in turn."""

import threading
from time import monotonic


class Condition:
    def __init__(self, lock=None):
        self._lock = threading.RLock() if lock is None else lock
        self._room = threading.Condition(threading.Lock())
        self._next = 0
        self._waiting = []  # the tickets that have not been called

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *exc_info):
        return self._lock.__exit__(*exc_info)

    def locked(self):
        return self._lock.locked()

    def _is_owned(self):
        if hasattr(self._lock, "_is_owned"):
            return self._lock._is_owned()
        if self._lock.acquire(False):
            self._lock.release()
            return False
        return True

    def _unlock(self):
        if hasattr(self._lock, "_release_save"):
            return self._lock._release_save()
        return self._lock.release()

    def _relock(self, saved):
        if hasattr(self._lock, "_acquire_restore"):
            self._lock._acquire_restore(saved)
        else:
            self._lock.acquire()

    def _check(self, timeout=None):
        if not self._is_owned():
            raise RuntimeError("the lock of the condition is not held")
        if timeout is None:
            return -1
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return max(float(timeout), 0.0)

    def wait(self, timeout=None):
        limit = self._check(timeout)
        saved = self._unlock()
        try:
            ticket = self._draw()
            return self._stay(ticket, None if limit < 0 else limit)
        finally:
            self._relock(saved)

    def _draw(self):
        with self._room:
            ticket = self._next
            self._next += 1
            self._waiting.append(ticket)
            return ticket

    def _stay(self, ticket, seconds):
        with self._room:
            try:
                return self._room.wait_for(lambda: ticket not in self._waiting, seconds)
            finally:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)

    def notify(self, n=1):
        self._check()
        with self._room:
            del self._waiting[: max(n, 0)]
            self._room.notify_all()

    def notify_all(self):
        self._check()
        with self._room:
            self._waiting.clear()
            self._room.notify_all()

    notifyAll = notify_all

    def wait_for(self, predicate, timeout=None):
        limit = self._check(timeout)
        end = None if limit < 0 else monotonic() + limit
        result = predicate()
        while not result:
            if end is None:
                self.wait()
            else:
                left = end - monotonic()
                if left <= 0:
                    break
                self.wait(min(left, threading.TIMEOUT_MAX))
            result = predicate()
        return result
