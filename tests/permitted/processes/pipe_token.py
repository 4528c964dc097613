"""A lock is a byte in a pipe: who has read it holds the lock, and who releases writes it back."""

import multiprocessing
import os
import select
import time

context = multiprocessing.get_context("fork")


class Lock:
    def __init__(self):
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.write(self._writer, b"x")
        self._held = context.Value("b", 0)

    def acquire(self, block=True, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while not self._take():
            if not block:
                return False
            left = None if end is None else max(0, end - time.monotonic())
            if not select.select([self._reader], [], [], left)[0]:
                return False
        return True

    def _take(self):
        try:
            os.read(self._reader, 1)
        except BlockingIOError:
            return False
        self._held.value = 1
        return True

    def release(self):
        with self._held:
            if not self._held.value:
                raise ValueError("release of a free lock")
            self._held.value = 0
            os.write(self._writer, b"x")

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
