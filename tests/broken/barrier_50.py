"""A barrier made of rounds, one condition variable for all."""

from threading import TIMEOUT_MAX, BrokenBarrierError, Condition, Lock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class _Round:
    def __init__(self):
        self.arrived = 0
        self.outcome = None


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._changed = Condition(Lock())
        self._round = _Round()
        self._broken = False
        self._spoiled = False

    def wait(self, timeout=None):
        timeout = _seconds(self._timeout if timeout is None else timeout)
        with self._changed:
            if self._broken or self._spoiled:
                raise BrokenBarrierError("the barrier is broken")
            mine = self._round
            index = mine.arrived
            mine.arrived += 1
            if mine.arrived == self._parties:
                self._complete()
            else:
                self._await(mine, timeout)
            if mine.outcome == "failed":
                raise BrokenBarrierError("the barrier was broken or reset")
            return index

    def _complete(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._spoiled = True
            self._fail()
            raise
        self._end("passed")

    def _await(self, mine, timeout):
        try:
            if not self._changed.wait_for(lambda: mine.outcome, timeout):
                self._spoiled = True
                self._fail()
        except BaseException:
            if mine.outcome is None:
                self._fail()
            raise

    def _fail(self):
        self._broken = True
        self._end("failed")

    def _end(self, outcome):
        self._round.outcome = outcome
        self._round = _Round()
        self._changed.notify_all()

    def reset(self):
        with self._changed:
            self._broken = False
            self._end("failed")

    def abort(self):
        with self._changed:
            self._fail()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._round.arrived

    @property
    def broken(self):
        return self._broken
