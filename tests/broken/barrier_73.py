"""A barrier: its state says who may come in and who may leave."""

from threading import TIMEOUT_MAX, BrokenBarrierError, Condition, Lock

FILLING, LEAVING, RESETTING, BROKEN = range(4)


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._cond = Condition(Lock())
        self._state = FILLING
        self._inside = 0

    def wait(self, timeout=None):
        timeout = _seconds(self._timeout if timeout is None else timeout)
        with self._cond:
            while self._state in (LEAVING, RESETTING):
                self._cond.wait()
            if self._state == BROKEN:
                raise BrokenBarrierError
            index = self._inside
            self._inside += 1
            try:
                if self._inside == self._parties:
                    self._open()
                else:
                    self._await(timeout)
            finally:
                self._leave()
            return index

    def _open(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._state = LEAVING
        self._cond.notify_all()

    def _await(self, timeout):
        if not self._cond.wait_for(lambda: self._state != FILLING, timeout):
            self._break()
        if self._state != LEAVING:
            raise BrokenBarrierError

    def _leave(self):
        self._inside -= 1
        if self._inside == 0 and self._state == RESETTING:
            self._state = FILLING
            self._cond.notify_all()

    def _break(self):
        self._state = BROKEN
        self._cond.notify_all()

    def reset(self):
        with self._cond:
            self._state = RESETTING if self._inside else FILLING
            self._cond.notify_all()

    def abort(self):
        with self._cond:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._inside if self._state == FILLING else 0

    @property
    def broken(self):
        return self._state == BROKEN
