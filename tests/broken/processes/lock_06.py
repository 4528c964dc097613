"""A lock that is one permit of a semaphore which processes share."""

import multiprocessing

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Lock:
    def __init__(self):
        self._permit = context.BoundedSemaphore(1)

    def acquire(self, blocking=True, timeout=None):
        return self._permit.acquire(blocking, timeout)

    def release(self):
        self._permit.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
