"""A semaphore that hands its permits to those who wait, in turn."""

import _thread
from collections import deque


class _Turn:
    """The place of a thread in the queue."""

    def __init__(self):
        self._latch = _thread.allocate_lock()
        self._latch.acquire()

    def wait(self, timeout):
        if timeout is None:
            return self._latch.acquire()
        return self._latch.acquire(True, max(timeout, 0))

    def give(self):
        self._latch.release()


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._guard = _thread.allocate_lock()
        self._permits = value
        self._queue = deque()

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("a non-blocking acquire() takes no timeout")
            if timeout > _thread.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        with self._guard:
            if self._permits > 0:
                self._permits -= 1
                return True
        if not blocking:
            return False
        turn = self._line_up()
        try:
            given = turn.wait(timeout)
        except BaseException:
            if not self._leave(turn):
                self.release()
            raise
        return given or not self._leave(turn)

    def _line_up(self):
        turn = _Turn()
        with self._guard:
            self._queue.append(turn)
        return turn

    def _leave(self, turn):
        with self._guard:
            if turn in self._queue:
                self._queue.remove(turn)
                return True
            return False

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._guard:
            while n > 0 and self._queue:
                self._queue.popleft().give()
                n -= 1
            self._permits += n

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
