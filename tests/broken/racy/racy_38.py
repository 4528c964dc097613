"""A condition that knows its waiters by the threads that they are."""

from _thread import TIMEOUT_MAX, RLock, allocate_lock, get_ident
from time import monotonic


class Condition:
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._waiters = {}

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
        if timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return max(float(timeout), 0.0)

    def wait(self, timeout=None):
        limit = self._check(timeout)
        gate = allocate_lock()
        gate.acquire()
        self._waiters[get_ident()] = gate
        saved = self._unlock()
        woken = False
        try:
            woken = gate.acquire(True, limit)
            if not woken:
                woken = self._waiters.pop(get_ident(), None) is None
        finally:
            self._relock(saved)
        return woken

    def notify(self, n=1):
        self._check()
        for ident in list(self._waiters)[:n]:
            self._waiters.pop(ident).release()

    def notify_all(self):
        self._check()
        self.notify(len(self._waiters))

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
                self.wait(min(left, TIMEOUT_MAX))
            result = predicate()
        return result
