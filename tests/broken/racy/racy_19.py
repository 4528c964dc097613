"""A semaphore over the waiter queue of its own."""

from _thread import TIMEOUT_MAX, allocate_lock
from collections import deque


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the counter cannot begin below zero")
        self._mutex = allocate_lock()
        self._counter = value
        self._asleep = deque()

    def acquire(self, blocking=True, timeout=None):
        if timeout is None:
            seconds = -1
        elif not blocking:
            raise ValueError("a non-blocking call takes no timeout")
        elif timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        else:
            seconds = max(float(timeout), 0.0)
        with self._mutex:
            if self._counter > 0:
                self._counter -= 1
                return True
            if not blocking:
                return False
            pillow = allocate_lock()
            pillow.acquire()
            self._asleep.append(pillow)
        try:
            if pillow.acquire(True, seconds):
                return True
        except BaseException:
            if not self._get_up(pillow):
                self._put_back()
            raise
        return not self._get_up(pillow)

    def _get_up(self, pillow):
        with self._mutex:
            found = pillow in self._asleep
            if found:
                self._asleep.remove(pillow)
            return found

    def _put_back(self):
        with self._mutex:
            if self._asleep:
                self._asleep.popleft().release()
            else:
                self._counter += 1

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        for _ in range(n):
            self._put_back()

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, exc_type, exc, tb):
        self.release()
