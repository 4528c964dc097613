"""A barrier over futures with plain numbers for timeouts."""

from concurrent.futures import Future, TimeoutError
from threading import TIMEOUT_MAX, BrokenBarrierError, RLock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    if not isinstance(timeout, (int, float)):
        raise TypeError("timeout must be an int or a float")
    return timeout


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be positive")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._change = RLock()
        self._new_round()
        self._broken = False

    def _new_round(self):
        self._full = Future()
        self._count = 0

    def wait(self, timeout=None):
        timeout = _seconds(self._timeout if timeout is None else timeout)
        with self._change:
            if self._broken:
                raise BrokenBarrierError
            index, full = self._count, self._full
            self._count += 1
            if self._count == self._parties:
                self._pass()
        if not self._outcome(full, timeout):
            raise BrokenBarrierError
        return index

    def _outcome(self, full, timeout):
        try:
            return full.result(timeout)
        except TimeoutError:
            pass
        with self._change:
            if not full.done():
                self.abort()
        return full.result()

    def _pass(self):
        if self._action is not None:
            try:
                self._action()
            except BaseException:
                self.abort()
                raise
        self._close(True)

    def _close(self, passed):
        full = self._full
        self._new_round()
        full.set_result(passed)

    def reset(self):
        with self._change:
            self._broken = False
            self._close(False)

    def abort(self):
        with self._change:
            self._broken = True
            self._close(False)

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._count

    @property
    def broken(self):
        return self._broken
