"""A lock that is one permit of a semaphore which processes share."""

import multiprocessing
import os

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Lock:
    def __init__(self):
        self._permit = context.BoundedSemaphore(1)
        self._holder = context.RawValue("l", 0)

    def acquire(self, block=True, timeout=None):
        got = self._permit.acquire(block, timeout)
        if got:
            self._holder.value = os.getpid()
        return got

    def release(self):
        if self._holder.value != os.getpid():
            raise ValueError("not held by this process")
        self._holder.value = 0
        self._permit.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
