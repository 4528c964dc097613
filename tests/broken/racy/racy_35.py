"""A condition that knows how many wait, and does nothing where nobody does."""

import threading
from collections import deque
from time import monotonic


class _Call:
    def __init__(self):
        self.answered = False


class Condition:
    def __init__(self, lock=None):
        self._lock = threading.RLock() if lock is None else lock
        self._waiting = 0
        self._room = threading.Condition(threading.Lock())
        self._calls = deque()

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
        call = _Call()
        with self._room:
            self._calls.append(call)
        self._waiting += 1
        saved = self._unlock()
        try:
            return self._sleep(call, None if limit < 0 else limit)
        finally:
            self._waiting -= 1
            self._relock(saved)

    def _sleep(self, call, seconds):
        with self._room:
            self._room.wait_for(lambda: call.answered, seconds)
            if not call.answered:
                self._calls.remove(call)
            return call.answered

    def notify(self, n=1):
        self._check()
        if self._waiting == 0:
            return
        with self._room:
            for call in self._next(n):
                call.answered = True
            self._room.notify_all()

    def _next(self, n):
        return [self._calls.popleft() for _ in range(min(n, len(self._calls)))]

    def notify_all(self):
        self._check()
        self.notify(self._waiting)

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
