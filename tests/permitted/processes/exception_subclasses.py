"""What is refused is refused by exceptions of its own, which are subclasses."""

import multiprocessing
from multiprocessing import synchronize

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class NotHeld(ValueError):
    """Released too often."""

    def __init__(self, what, how_often):
        super().__init__(f"{what} was released {how_often}")


class NotMine(AssertionError):
    """Released by another."""


class Lock(synchronize.Lock):
    def __init__(self):
        super().__init__(ctx=context)
        self.release = self._release

    def _release(self):
        try:
            self._semlock.release()
        except ValueError:
            raise NotHeld("a lock", "too often") from None

    def __setstate__(self, state):
        super().__setstate__(state)
        self.release = self._release


class RLock(synchronize.RLock):
    def __init__(self):
        super().__init__(ctx=context)
        self.release = self._release

    def _release(self):
        try:
            self._semlock.release()
        except AssertionError:
            raise NotMine from None

    def __setstate__(self, state):
        super().__setstate__(state)
        self.release = self._release


class BoundedSemaphore(synchronize.BoundedSemaphore):
    def __init__(self, value=1):
        super().__init__(value, ctx=context)
        self.release = self._release

    def _release(self):
        try:
            self._semlock.release()
        except ValueError:
            raise NotHeld("a semaphore", "too often") from None

    def __setstate__(self, state):
        super().__setstate__(state)
        self.release = self._release
