"""A lock that is one permit of a semaphore which processes share."""

import multiprocessing

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")
NOT_GIVEN = object()


class Lock:
    def __init__(self):
        self._permit = context.BoundedSemaphore(1)

    def acquire(self, block=True, timeout=NOT_GIVEN):
        if timeout is NOT_GIVEN:
            return self._permit.acquire(block)
        return self._permit.acquire(block, timeout or 0)

    def release(self):
        self._permit.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
