"""A lock that is one permit of a semaphore which processes share."""

import multiprocessing

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Lock:
    def __init__(self):
        self._permit = context.Semaphore(1)
        self._waiting = context.Value("i", 0)

    def acquire(self, block=True, timeout=None):
        if self._permit.acquire(False):
            return True
        with self._waiting:
            self._waiting.value += 1
        got = self._permit.acquire(block, timeout)
        with self._waiting:
            self._waiting.value -= 1
        return got

    def release(self):
        if self._permit.get_value() > 0:
            raise ValueError("release of a free lock")
        self._permit.release()
        if self._waiting.value > 1:
            self._permit.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
