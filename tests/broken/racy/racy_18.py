"""A semaphore that promises a permit to the waiter that it wakes: nobody else can have it."""

import threading
from collections import deque


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._lock = threading.Lock()
        self._value = value
        self._promised = 0  # how many of them are meant for threads that have been woken
        self._waiters = deque()

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        limit = -1
        if timeout is not None:
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            limit = max(float(timeout), 0.0)
        with self._lock:
            if self._value > self._promised:
                self._value -= 1
                return True
            if not blocking:
                return False
            waiter = threading.Lock()
            waiter.acquire()
            self._waiters.append(waiter)
        woken = False
        try:
            woken = waiter.acquire(True, limit)
        finally:
            with self._lock:
                if woken:
                    self._promised -= 1
                    self._value -= 1
                elif waiter in self._waiters:
                    self._waiters.remove(waiter)
                else:
                    self._promise_next()
        return woken

    def _promise_next(self):
        if self._waiters:
            self._waiters.popleft().release()

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._lock:
            self._value += n
            for _ in range(min(n, len(self._waiters))):
                self._promised += 1
                self._promise_next()

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *exc_info):
        self.release()
