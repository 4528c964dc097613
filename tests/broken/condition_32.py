"""Waiters draw numbers, and a notify calls up the next ones."""

import threading
import time


def _seconds(timeout):
    if timeout is None:
        return None
    seconds = float(timeout)
    if seconds > threading.TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return max(0.0, seconds)


class Condition:
    def __init__(self, lock=None):
        self.lock = threading.RLock() if lock is None else lock
        self._desk = threading.Condition(threading.Lock())
        self._last = 0  # the number drawn last
        self._called = 0  # all numbers up to this one have been called
        self._gone = set()  # numbers of those who have left

    def acquire(self, *args, **kwargs):
        return self.lock.acquire(*args, **kwargs)

    def release(self):
        return self.lock.release()

    def locked(self):
        if self._held():
            return True
        if not self.lock.acquire(blocking=False):
            return True
        self.lock.release()
        return False

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()

    def _held(self):
        try:
            return self.lock._is_owned()
        except AttributeError:
            return self.lock.locked()

    def _demand_lock(self):
        if not self._held():
            raise AssertionError("the lock of the condition must be held")

    def _unlock(self):
        if not hasattr(self.lock, "_is_owned"):
            self.lock.release()
            return 1
        depth = 0
        while self.lock._is_owned():
            self.lock.release()
            depth += 1
        return depth

    def _lock_again(self, depth):
        for _ in range(depth):
            self.lock.acquire()

    def wait(self, timeout=None):
        self._demand_lock()
        return self._wait(_seconds(timeout))

    def _wait(self, seconds):
        with self._desk:
            self._last += 1
            number = self._last
        depth = self._unlock()
        try:
            return self._await_call(number, seconds)
        finally:
            self._lock_again(depth)

    def _await_call(self, number, seconds):
        with self._desk:
            called = False
            try:
                called = self._desk.wait_for(lambda: number <= self._called, seconds)
            finally:
                if not called:
                    self._gone.add(number)
            return called

    def wait_for(self, predicate, timeout=None):
        self._demand_lock()
        seconds = _seconds(timeout)
        start = time.monotonic()
        while True:
            result = predicate()
            if result:
                return result
            left = None
            if seconds is not None:
                left = min(seconds, start + seconds - time.monotonic())
                if left <= 0:
                    return result
            self._wait(left)

    def notify(self, n=1):
        self._demand_lock()
        self._call(n)

    def notify_all(self):
        self._demand_lock()
        self._call(self._last)

    notifyAll = notify_all

    def _call(self, n):
        with self._desk:
            while n > 0 and self._called < self._last:
                self._called += 1
                if self._called in self._gone:
                    self._gone.remove(self._called)
                else:
                    n -= 1
            self._desk.notify_all()
