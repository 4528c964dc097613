"""A lock for the process and thread that its owner is."""

import multiprocessing
import os
import threading

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class RLock:
    def __init__(self):
        self._permit = context.Semaphore(1)
        self._owner = context.RawArray("q", 2)
        self._depth = context.RawValue("i", 0)

    def _is_mine(self):
        return tuple(self._owner) == (os.getpid(), threading.get_ident())

    def acquire(self, block=True, timeout=None):
        if not self._is_mine():
            if not self._permit.acquire(block, timeout):
                return False
            self._owner[:] = (os.getpid(), threading.get_ident())
        self._depth.value += 1
        return True

    def release(self):
        if not self._is_mine():
            raise RuntimeError("not owned by who releases it")
        self._depth.value -= 1
        if self._depth.value == 0:
            self._owner[:] = (0, 0)
            self._permit.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
