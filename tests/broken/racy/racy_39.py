"""A condition whose waiters wake one another, each when it has the lock again."""

import threading
from collections import deque
from time import monotonic


class Condition:
    def __init__(self, lock=None):
        self._lock = threading.RLock() if lock is None else lock
        self._waiting = deque()
        self._called = deque()  # those who have been notified and still sleep

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
        gate = threading.Lock()
        gate.acquire()
        self._waiting.append(gate)
        saved = self._unlock()
        woken = False
        try:
            woken = gate.acquire(True, limit)
        finally:
            self._relock(saved)
            if woken:
                self._wake_next()
            else:
                woken = not self._leave(gate)
        return woken

    def _leave(self, gate):
        """Give up waiting; whether nobody has notified this thread."""
        if gate in self._waiting:
            self._waiting.remove(gate)
            return True
        if gate in self._called:
            self._called.remove(gate)
        return False

    def _wake_next(self):
        if self._called:
            self._called.popleft().release()

    def notify(self, n=1):
        self._check()
        while n > 0 and self._waiting:
            self._called.append(self._waiting.popleft())
            n -= 1
        self._wake_next()

    def notify_all(self):
        self._check()
        self._called.extend(self._waiting)
        self._waiting.clear()
        self._wake_next()

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
