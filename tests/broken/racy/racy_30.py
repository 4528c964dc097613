"""An event that wakes one of those who wait, who wakes the next, so that set() costs little."""

from _thread import TIMEOUT_MAX, allocate_lock
from collections import deque


class Event:
    def __init__(self):
        self._guard = allocate_lock()
        self._flag = False
        self._waiting = deque()
        self._leaving = deque()  # those who waited at the time of a set()

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._guard:
            self._flag = True
            self._leaving.extend(self._waiting)
            self._waiting.clear()
            self._wake_next()

    def _wake_next(self):
        if self._leaving:
            self._leaving.popleft().release()

    def clear(self):
        with self._guard:
            self._flag = False

    def wait(self, timeout=None):
        with self._guard:
            if self._flag:
                return True
            if timeout is None:
                limit = -1
            elif timeout > TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            else:
                limit = max(float(timeout), 0.0)
            gate = allocate_lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            woken = gate.acquire(True, limit)
        except BaseException:
            self._give_up(gate)
            raise
        if not woken:
            return not self._give_up(gate)
        with self._guard:
            self._wake_next()
        return True

    def _give_up(self, gate):
        """Leave; whether nobody has called set() yet."""
        with self._guard:
            if gate in self._waiting:
                self._waiting.remove(gate)
                return True
            if gate in self._leaving:
                self._leaving.remove(gate)
            return False
