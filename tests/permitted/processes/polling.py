"""Who waits tries again every millisecond."""

import multiprocessing
import time

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Semaphore:
    def __init__(self, value=1):
        self._permits = context.Semaphore(value)

    def acquire(self, block=True, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while not self._permits.acquire(False):
            if not block or (end is not None and time.monotonic() >= end):
                return False
            time.sleep(0.001)
        return True

    def release(self):
        self._permits.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()


class Lock(Semaphore):
    def __init__(self):
        self._permits = context.BoundedSemaphore(1)
