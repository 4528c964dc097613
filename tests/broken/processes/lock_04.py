"""A lock that is one permit of a semaphore that goes with it."""

import threading


class Lock:
    def __init__(self):
        self._permit = threading.BoundedSemaphore(1)

    def acquire(self, block=True, timeout=None):
        return self._permit.acquire(block, timeout)

    def release(self):
        self._permit.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
