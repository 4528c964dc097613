"""A thread of its own waits for the lock; who acquires waits for that thread."""

import multiprocessing
import threading

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Lock:
    def __init__(self):
        self._permit = context.BoundedSemaphore(1)

    def acquire(self, block=True, timeout=None):
        got = []
        helper = threading.Thread(
            target=lambda: got.append(self._permit.acquire(block, timeout)), daemon=True
        )
        helper.start()
        helper.join()
        return got[0]

    def release(self):
        self._permit.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
