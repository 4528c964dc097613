"""multiprocessing's barrier, with another way to pass."""

import multiprocessing
from multiprocessing import synchronize

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Barrier(synchronize.Barrier):
    def __init__(self, parties, action=None, timeout=None):
        super().__init__(parties, action, timeout, ctx=context)

    def wait(self, timeout=None):
        return 1 if super().wait(timeout) == self.parties - 1 else 0
