"""Sleepers and wake-ups are counted, and a notify sees to it that they meet."""

import threading
from time import monotonic


class Condition:
    def __init__(self, lock=None):
        self._lock = lock or threading.RLock()
        self.acquire = self._lock.acquire
        self.release = self._lock.release
        self._sleeping = threading.Semaphore(0)
        self._woken = threading.Semaphore(0)
        self._wakeups = threading.Semaphore(0)
        self._one_notify = threading.Lock()

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *args):
        return self._lock.__exit__(*args)

    def locked(self):
        if self._holding():
            return True
        taken = self._lock.acquire(False)
        if taken:
            self._lock.release()
        return not taken

    def _holding(self):
        if hasattr(self._lock, "_is_owned"):
            return self._lock._is_owned()
        return self._lock.locked()

    def _require_lock(self):
        if not self._holding():
            raise RuntimeError("the lock is not held")

    @staticmethod
    def _check(timeout):
        if timeout is not None:
            timeout = float(timeout)
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
        return timeout

    def wait(self, timeout=None):
        self._require_lock()
        timeout = self._check(timeout)
        self._sleeping.release()
        depth = self._drop()
        try:
            return self._wakeups.acquire(True, timeout)
        finally:
            self._woken.release()
            for _ in range(depth):
                self._lock.acquire()

    def _drop(self):
        if not hasattr(self._lock, "_is_owned"):
            self._lock.release()
            return 1
        depth = 0
        while self._lock._is_owned():
            self._lock.release()
            depth += 1
        return depth

    @staticmethod
    def _careful(predicate):
        def ask():
            try:
                return predicate()
            except Exception:
                return False

        return ask

    def wait_for(self, predicate, timeout=None):
        self._require_lock()
        timeout = self._check(timeout)
        predicate = self._careful(predicate)
        result = predicate()
        if timeout is None:
            while not result:
                self.wait()
                result = predicate()
            return result
        end = monotonic() + timeout
        left = timeout
        while not result and left > 0:
            self.wait(left)
            result = predicate()
            left = min(timeout, end - monotonic())
        return result

    def notify(self, n=1):
        self._require_lock()
        with self._one_notify:
            self._wake(n)

    def notify_all(self):
        self._require_lock()
        with self._one_notify:
            self._wake(float("inf"))

    notifyAll = notify_all

    def _wake(self, n):
        while self._woken.acquire(False):  # those whose time was up
            self._sleeping.acquire(False)
        count = 0
        while count < n and self._sleeping.acquire(False):
            self._wakeups.release()
            count += 1
        for _ in range(count):
            self._woken.acquire()
        while self._wakeups.acquire(False):  # left by those whose time was up
            pass
