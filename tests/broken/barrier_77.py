"""A barrier: waiting threads poll the number of the round."""

from threading import TIMEOUT_MAX, BrokenBarrierError, Lock
from time import monotonic, sleep

poll_interval = 0.001


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier is for one party or more")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._mutex = Lock()
        self._count = 0
        self._round = 0
        self._failed = set()
        self._broken = False

    def wait(self, timeout=None):
        seconds = _seconds(self._timeout if timeout is None else timeout)
        deadline = None if seconds is None else monotonic() + seconds
        with self._mutex:
            if self._broken:
                raise BrokenBarrierError
            mine, index = self._round, self._count
            self._count += 1
            if self._count == self._parties:
                self._complete()
                return index
        while self._round == mine and self._count < self._parties:
            if deadline is not None and monotonic() >= deadline:
                with self._mutex:
                    if self._round == mine:
                        self._break()
                break
            sleep(poll_interval)
        if mine in self._failed:
            raise BrokenBarrierError
        return index

    def _complete(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._next_round()

    def _next_round(self):
        self._count = 0
        self._round += 1

    def _break(self):
        self._broken = True
        self._failed.add(self._round)
        self._next_round()

    def reset(self):
        with self._mutex:
            self._broken = False
            self._failed.add(self._round)
            self._next_round()

    def abort(self):
        with self._mutex:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._count

    @property
    def broken(self):
        return self._broken
