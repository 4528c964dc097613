"""A semaphore whose permits are counted beside it."""

import multiprocessing

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._permits = context.Semaphore(value)
        self._count = context.Value("i", value)
        self._bound = value
        self._mine = 0

    def acquire(self, block=True, timeout=None):
        if not self._permits.acquire(block, timeout):
            return False
        with self._count:
            self._count.value -= 1
        self._mine += 1
        return True

    def release(self):
        if self._mine == 0:
            raise ValueError("not acquired by this process")
        self._mine -= 1
        with self._count:
            if self._bound is not None and self._count.value >= self._bound:
                raise ValueError("released more often than acquired")
            self._count.value += 1
        self._permits.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
