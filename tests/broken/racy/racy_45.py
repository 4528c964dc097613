"""A barrier with a gate for each thread that has come."""

from _thread import TIMEOUT_MAX, allocate_lock
from threading import BrokenBarrierError


class _Guest:
    def __init__(self):
        self.passed = False
        self.gate = allocate_lock()
        self.gate.acquire()


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._guard = allocate_lock()
        self._guests = []
        self._broken = False

    def wait(self, timeout=None):
        timeout = self._timeout if timeout is None else timeout
        if timeout is not None and timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        with self._guard:
            if self._broken:
                raise BrokenBarrierError
            index = len(self._guests)
            if index + 1 == self._parties:
                self._let_in()
                return index
            guest = _Guest()
            self._guests.append(guest)
        self._stay(guest, -1 if timeout is None else max(float(timeout), 0.0))
        return index

    def _let_in(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._send_away(broken=True)
            raise
        self._dismiss(passed=True)

    def _stay(self, guest, limit):
        try:
            called = guest.gate.acquire(True, limit)
        except BaseException:
            self._give_up(guest)
            raise
        if not called:
            self._give_up(guest)
        if not guest.passed:
            raise BrokenBarrierError

    def _give_up(self, guest):
        with self._guard:
            if guest in self._guests:
                self._send_away(broken=True)

    def _send_away(self, broken):
        self._broken = broken
        self._dismiss(passed=False)

    def _dismiss(self, passed):
        guests, self._guests = self._guests, []
        for guest in guests:
            guest.passed = passed
            guest.gate.release()

    def reset(self):
        self._send_away(broken=False)

    def abort(self):
        with self._guard:
            self._send_away(broken=True)

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return len(self._guests)

    @property
    def broken(self):
        return self._broken
