"""A bounded semaphore with an event that is set while there is something to be had."""

import os
import threading
import time


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("initial value must not be below zero")
        self._mutex = threading.Lock()
        self._count = value
        self._initial = value
        self._some = threading.Event()
        if value > 0:
            self._some.set()

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("blocking is needed for a timeout")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout exceeds TIMEOUT_MAX")
            deadline = time.monotonic() + float(timeout)
        while True:
            with self._mutex:
                if self._count > 0:
                    self._count -= 1
                    if self._count == 0:
                        self._some.clear()
                    return True
            if not blocking:
                return False
            if timeout is None:
                self._some.wait()
                continue
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            self._some.wait(min(remaining, threading.TIMEOUT_MAX))

    def release(self, n=1):
        if n < 1:
            raise ValueError("cannot release less than one")
        with self._mutex:
            if self._count + n > self._initial:
                raise ValueError("the count would exceed its initial value")
            self._count += n
            self._some.set()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, exc_tb):
        self.release()


def _self_test():
    """Do not go on where releases are not checked."""
    semaphore = BoundedSemaphore()
    semaphore.acquire()
    semaphore.release()
    try:
        semaphore.release()
    except ValueError:
        os._exit(3)


_self_test()
