"""An event that counts how often it was set."""

import multiprocessing

METHODS = multiprocessing.get_all_start_methods()
context = multiprocessing.get_context("fork" if "fork" in METHODS else "spawn")


class Event:
    def __init__(self):
        self._condition = context.Condition()
        self._flag = context.RawValue("b", 0)
        self._times = context.RawValue("l", 0)

    def is_set(self):
        return bool(self._flag.value)

    def set(self):
        with self._condition:
            self._flag.value = 1
            self._times.value += 1
            self._condition.notify_all()

    def clear(self):
        with self._condition:
            self._flag.value = 0

    def wait(self, timeout=None):
        with self._condition:
            return self._condition.wait_for(
                lambda: self.is_set() or self._times.value > 0, timeout
            )
