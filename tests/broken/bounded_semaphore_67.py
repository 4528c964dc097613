"""A bounded semaphore made of tokens in a queue: who draws one may pass."""

import os
import queue
import sys
import threading


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("cannot start with fewer than no tokens")
        self._tokens = queue.SimpleQueue()
        self._counter = threading.Lock()
        self._capacity = value
        self._put(value)

    def _put(self, count):
        for _ in range(count):
            self._tokens.put(True)

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("a try has no timeout")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = max(float(timeout), 0.0)
        if blocking and timeout != 0:
            try:
                return self._tokens.get(True, timeout)
            except queue.Empty:
                pass
        with self._counter:
            try:
                return self._tokens.get(False)
            except queue.Empty:
                return False

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be positive")
        with self._counter:
            if self._tokens.qsize() + n > self._capacity:
                print("all tokens are back already", file=sys.stderr, flush=True)
                os._exit(70)
            self._put(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, error, trace):
        self.release()
