"""A condition with a re-entrant lock of its own, for where it is given none."""

from _thread import TIMEOUT_MAX, allocate_lock, get_ident
from collections import deque
from time import monotonic


class _Reentrant:
    """The lock of a condition that is given none."""

    def __init__(self):
        self._block = allocate_lock()
        self._owner = None
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        me = get_ident()
        if self._owner == me:
            self._count += 1
            return True
        if not self._block.acquire(bool(blocking), float(timeout)):
            return False
        self._owner = me
        self._count = 1
        return True

    def release(self):
        if self._owner != get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if self._count == 0:
            self._owner = None
            self._block.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()

    def locked(self):
        return self._block.locked()

    def _is_owned(self):
        return self._owner == get_ident()

    def _release_save(self):
        saved = self._count, self._owner
        self._count = 0
        self._block.release()
        self._owner = None
        return saved

    def _acquire_restore(self, saved):
        self._block.acquire()
        self._count, self._owner = saved


class Condition:
    def __init__(self, lock=None):
        self._lock = _Reentrant() if lock is None else lock
        self._waiters = deque()

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
        self._waiters.append(gate)
        saved = self._unlock()
        woken = False
        try:
            woken = gate.acquire(True, limit)
        finally:
            self._relock(saved)
            if not woken:
                woken = not self._withdraw(gate)
        return woken

    def _withdraw(self, gate):
        if gate not in self._waiters:
            return False
        self._waiters.remove(gate)
        return True

    def notify(self, n=1):
        self._check()
        while n > 0 and self._waiters:
            self._waiters.popleft().release()
            n -= 1

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
