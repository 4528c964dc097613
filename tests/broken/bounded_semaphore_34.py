"""A bounded semaphore in which each waiting thread waits for the result of a future of its own."""

import collections
import threading
from concurrent import futures


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must be zero or more")
        self._lock = threading.Lock()
        self._value = value
        self._size = value
        self._waiting = collections.deque()

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("non-blocking calls have no timeout")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = max(float(timeout), 0)
        with self._lock:
            if not blocking:
                return self._value > 0
            if self._value > 0:
                self._value -= 1
                return True
            turn = futures.Future()
            self._waiting.append(turn)
        try:
            turn.result(timeout)
        except futures.TimeoutError:
            return not turn.cancel()
        except BaseException:
            if not turn.cancel():
                self.release()
            raise
        return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be a positive number")
        with self._lock:
            if self._value + n > self._size:
                raise ValueError("released too often")
            self._value += n
            while self._value > 0 and self._waiting:
                turn = self._waiting.popleft()
                if turn.set_running_or_notify_cancel():
                    self._value -= 1
                    turn.set_result(None)

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
