"""An event is a door: a lock that waiters go through one by one."""

from _thread import TIMEOUT_MAX, allocate_lock
from time import monotonic


class Event:
    def __init__(self):
        self._changes = allocate_lock()
        self._door = allocate_lock()
        self._door.acquire()
        self._flag = False
        self._sets = 0

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._changes:
            if not self._flag:
                self._flag = True
                self._sets += 1
                self._door.release()

    def clear(self):
        with self._changes:
            self._door.acquire()
            self._flag = False

    def wait(self, timeout=None):
        if timeout is not None and timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        deadline = None if timeout is None else monotonic() + float(timeout)
        with self._changes:
            if self._flag:
                return True
            seen = self._sets
        while self._sets == seen:
            left = 0.02 if deadline is None else min(0.02, deadline - monotonic())
            if left <= 0:
                return False
            if self._door.acquire(True, left):
                self._door.release()
        return True
