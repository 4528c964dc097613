"""An event with a gate for each thread that waits."""

from _thread import TIMEOUT_MAX, allocate_lock


class Event:
    def __init__(self):
        self._lock = allocate_lock()
        self._flag = False
        self._gates = []

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        self._raise_flag()
        self._gates = []

    def _raise_flag(self):
        with self._lock:
            self._flag = True
            for gate in self._gates:
                if gate.locked():
                    gate.release()

    def clear(self):
        with self._lock:
            self._flag = False

    def wait(self, timeout=None):
        with self._lock:
            if self._flag:
                return True
            limit = self._limit(timeout)
            gate = allocate_lock()
            gate.acquire()
            self._gates.append(gate)
        passed = False
        try:
            passed = gate.acquire(True, limit)
        finally:
            if not passed:
                self._leave(gate)
        return passed

    def _limit(self, timeout):
        if timeout is None:
            return -1
        if timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return max(float(timeout), 0.0)

    def _leave(self, gate):
        with self._lock:
            if gate in self._gates:
                self._gates.remove(gate)
