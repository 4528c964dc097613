"""An event that counts how often it was set."""

import multiprocessing

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Event:
    def __init__(self):
        self._condition = context.Condition()
        self._flag = False
        self._times = context.RawValue("l", 0)

    def is_set(self):
        return self._flag

    def set(self):
        with self._condition:
            self._flag = True
            self._times.value += 1
            self._condition.notify_all()

    def clear(self):
        with self._condition:
            self._flag = False

    def wait(self, timeout=None):
        with self._condition:
            before = self._times.value
            return self._condition.wait_for(
                lambda: self.is_set() or self._times.value > before, timeout
            )
