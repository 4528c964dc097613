"""Waiters look at a flag of their own every half a millisecond."""

import threading
import time

PAUSE = 0.0005


class _Reentrant:
    """The lock of a condition that was given none."""

    def __init__(self):
        self._block = threading.Lock()
        self._owner = None
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        me = threading.get_ident()
        if self._owner == me:
            self._count += 1
            return True
        if not self._block.acquire(blocking, timeout):
            return False
        self._owner = me
        self._count = 1
        return True

    def release(self):
        if not self._is_owned():
            raise RuntimeError("cannot release a lock of somebody else")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._block.release()

    def locked(self):
        return self._block.locked()

    def _is_owned(self):
        return self._owner == threading.get_ident()

    def _release_save(self):
        count, self._count = self._count, 0
        self._owner = None
        self._block.release()
        return count

    def _acquire_restore(self, count):
        self._block.acquire()
        self._owner = threading.get_ident()
        self._count = count


class _Sleeper:
    def __init__(self):
        self.awake = False


class Condition:
    def __init__(self, lock=None):
        self._lock = _Reentrant() if lock is None else lock
        self._sleepers = []

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    def locked(self):
        if self._is_mine():
            return True
        if self._lock.acquire(False):
            self._lock.release()
            return False
        return True

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()

    def _is_mine(self):
        if hasattr(self._lock, "_is_owned"):
            return self._lock._is_owned()
        return self._lock.locked()

    def _need_lock(self):
        if not self._is_mine():
            raise RuntimeError("acquire the condition first")

    def _deadline(self, timeout):
        if timeout is None:
            return float("inf")
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return time.monotonic() + float(timeout)

    def wait(self, timeout=None):
        self._need_lock()
        return self._wait_until(self._deadline(timeout))

    def _wait_until(self, deadline):
        sleeper = _Sleeper()
        self._sleepers.append(sleeper)
        plain = not hasattr(self._lock, "_release_save")
        state = self._lock.release() if plain else self._lock._release_save()
        try:
            while not sleeper.awake and time.monotonic() < deadline:
                time.sleep(PAUSE)
        finally:
            if plain:
                self._lock.acquire()
            else:
                self._lock._acquire_restore(state)
            if not sleeper.awake:
                self._sleepers.remove(sleeper)
        return sleeper.awake

    def wait_for(self, predicate, timeout=None):
        self._need_lock()
        deadline = self._deadline(timeout)
        outcome = predicate()
        while outcome is not True and time.monotonic() < deadline:
            self._wait_until(deadline)
            outcome = predicate()
        return outcome

    def notify(self, n=1):
        self._need_lock()
        for _ in range(min(n, len(self._sleepers))):
            self._sleepers.pop(0).awake = True

    def notify_all(self):
        self._need_lock()
        while self._sleepers:
            self._sleepers.pop().awake = True

    notifyAll = notify_all
