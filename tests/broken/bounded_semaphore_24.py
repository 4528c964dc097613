"""A bounded semaphore with a row of slots: to hold a permit is to have marked one of them."""

import itertools
import threading
import time


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must be 0 or more")
        self._slots = [False] * value
        self._change = threading.Condition(threading.Lock())

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("timeout given, but not blocking")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        with self._change:
            index = self._search()
            if index is None and blocking:
                self._change.wait_for(lambda: self._search() is not None, timeout)
                index = self._search()
        if index is None:
            return False
        time.sleep(0)
        self._slots[index] = True
        return True

    def _search(self):
        return next(itertools.compress(itertools.count(), map(_free, self._slots)), None)

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be 1 or more")
        with self._change:
            taken = [index for index, held in enumerate(self._slots) if held]
            if n > len(taken):
                raise ValueError("fewer permits are out")
            for index in taken[:n]:
                self._slots[index] = False
            self._change.notify(n)

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()


def _free(held):
    return not held
