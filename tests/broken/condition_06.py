"""Those who begin to wait between two notifies share a semaphore; the oldest go first."""

import threading
from threading import TIMEOUT_MAX
from time import monotonic


class _Cohort:
    """Threads that sleep at the same semaphore."""

    def __init__(self):
        self.gate = threading.Semaphore(0)
        self.asleep = 0

    def wake(self, count):
        count = min(count, self.asleep)
        if count > 0:
            self.asleep -= count
            self.gate.release(count)
        return count

    def leave(self):
        """Return whether the one who leaves had been woken after all."""
        if self.gate.acquire(blocking=False):
            return True
        self.asleep -= 1
        return False


class Condition:
    def __init__(self, lock=None):
        self._lock = lock if lock is not None else threading.RLock()
        self._guard = threading.Lock()
        self._cohorts = [_Cohort()]

    # -- the lock -----------------------------------------------------------

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    __enter__ = acquire

    def __exit__(self, kind, value, traceback):
        self.release()

    def locked(self):
        if hasattr(self._lock, "locked"):
            return self._lock.locked()
        return "unlocked" not in repr(self._lock)

    def _owned(self):
        if hasattr(self._lock, "_is_owned"):
            return self._lock._is_owned()
        return self._lock.locked()

    def _give_up_lock(self):
        if hasattr(self._lock, "_release_save"):
            state = self._lock._release_save()
            return lambda: self._lock._acquire_restore(state)
        self._lock.release()
        return self._lock.acquire

    # -- waiting ------------------------------------------------------------

    def _begin(self, timeout):
        if not self._owned():
            raise RuntimeError("the calling thread does not hold the lock")
        if timeout is None:
            return None
        if timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return max(float(timeout), 0.0)

    def wait(self, timeout=None):
        timeout = self._begin(timeout)
        with self._guard:
            cohort = self._cohorts[-1]
            cohort.asleep += 1
        woken = False
        take_back_lock = self._give_up_lock()
        try:
            woken = cohort.gate.acquire(timeout=timeout)
        finally:
            if not woken:
                with self._guard:
                    woken = cohort.leave()
            take_back_lock()
        return woken

    def wait_for(self, predicate, timeout=None):
        self._begin(None)
        end = None
        value = predicate()
        while not value:
            if timeout is not None:
                now = monotonic()
                if end is None:
                    end = now + timeout
                else:
                    timeout = end - now
                if timeout <= 0:
                    break
            self.wait(timeout)
            value = predicate()
        return value

    # -- waking -------------------------------------------------------------

    def notify(self, n=1):
        self._begin(None)
        with self._guard:
            for cohort in self._cohorts:
                n -= cohort.wake(n)
            self._renew()

    def notify_all(self):
        self._begin(None)
        with self._guard:
            for cohort in self._cohorts:
                cohort.wake(cohort.asleep)
            self._renew()

    def notifyAll(self):
        self.notify_all()

    def _renew(self):
        self._cohorts = [c for c in self._cohorts if c.asleep]
        self._cohorts.append(_Cohort())
