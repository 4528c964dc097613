"""A barrier that keeps count of all who ever came and all who ever went."""

import threading
from threading import BrokenBarrierError


class _Round:
    """What became of the threads that came together: None, "passed" or "broken"."""

    def __init__(self):
        self.outcome = None


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be > 0")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._cond = threading.Condition(threading.Lock())
        self._round = _Round()
        self._came = 0
        self._went = 0
        self._broken = False

    def wait(self, timeout=None):
        seconds = self._seconds(timeout)
        with self._cond:
            if self._broken:
                raise BrokenBarrierError
            index = self._came - self._went
            if index + 1 == self._parties:
                self._finish()
            else:
                self._came += 1
                self._await(self._round, seconds)
            return index

    def _seconds(self, timeout):
        if timeout is None:
            timeout = self._timeout
        if timeout is None:
            return None
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return float(timeout)

    def _finish(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._end("passed")

    def _end(self, outcome):
        self._round.outcome = outcome
        self._round = _Round()
        self._went = self._came
        self._cond.notify_all()

    def _break(self):
        self._broken = True
        self._end("broken")

    def _await(self, mine, seconds):
        try:
            if not self._cond.wait_for(lambda: mine.outcome, seconds):
                self._break()
        except BaseException:
            if mine.outcome is None:
                self._break()
            raise
        if mine.outcome == "broken":
            raise BrokenBarrierError

    def reset(self):
        with self._cond:
            self._end("broken")
            self._broken = False

    def abort(self):
        with self._cond:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._came - self._went

    @property
    def broken(self):
        return self._broken
