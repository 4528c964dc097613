"""A semaphore whose permits are counted beside it."""

import multiprocessing

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Semaphore:
    def __init__(self, value=1):
        value = max(value, 0)
        self._permits = context.Semaphore(value)
        self._count = context.Value("i", value)
        self._bound = None

    def acquire(self, block=True, timeout=None):
        if not self._permits.acquire(block, timeout):
            return False
        with self._count:
            self._count.value -= 1
        return True

    def release(self):
        with self._count:
            if self._bound is not None and self._count.value >= self._bound:
                raise ValueError("released more often than acquired")
            self._count.value += 1
        self._permits.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
