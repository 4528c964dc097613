"""A barrier that fills, lets everybody out, and fills again."""

import threading
from threading import BrokenBarrierError

FILLING, DRAINING, RESETTING, BROKEN = "filling", "draining", "resetting", "broken"


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be > 0")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._cond = threading.Condition()
        self._state = FILLING
        self._inside = 0

    def wait(self, timeout=None):
        if timeout is None:
            timeout = self._timeout
        if timeout is not None:
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        index = self._enter()
        try:
            with self._cond:
                if index + 1 == self._parties:
                    self._open()
                else:
                    self._stay(timeout)
            return index
        finally:
            self._inside -= 1
            self._leave()

    def _enter(self):
        with self._cond:
            self._cond.wait_for(lambda: self._state not in (DRAINING, RESETTING))
            if self._state == BROKEN:
                raise BrokenBarrierError
            self._inside += 1
            return self._inside - 1

    def _open(self):
        if self._state != FILLING:
            raise BrokenBarrierError
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._state = DRAINING
        self._cond.notify_all()

    def _stay(self, timeout):
        try:
            if not self._cond.wait_for(lambda: self._state != FILLING, timeout):
                self._break()
        except BaseException:
            self._break()
            raise
        if self._state != DRAINING:
            raise BrokenBarrierError

    def _break(self):
        self._state = BROKEN
        self._cond.notify_all()

    def _leave(self):
        with self._cond:
            if self._inside == 0 and self._state in (DRAINING, RESETTING):
                self._state = FILLING
                self._cond.notify_all()

    def reset(self):
        with self._cond:
            if self._inside == 0:
                self._state = FILLING
            elif self._state != DRAINING:
                self._state = RESETTING
            self._cond.notify_all()

    def abort(self):
        with self._cond:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        with self._cond:
            return min(self._inside, self._parties - 1) if self._state == FILLING else 0

    @property
    def broken(self):
        return self._state == BROKEN
