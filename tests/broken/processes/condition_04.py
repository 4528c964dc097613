"""multiprocessing's condition, with another way to wake."""

import multiprocessing
from multiprocessing import synchronize

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Condition(synchronize.Condition):
    def __init__(self, lock=None):
        super().__init__(context.RLock() if lock is None else lock, ctx=context)

    def wait(self, timeout=None):
        notified = super().wait(timeout)
        if not notified:
            self._lock.release()
        return notified
