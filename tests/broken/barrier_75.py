"""A barrier: waiters stand in a list until the round is over."""

from _thread import TIMEOUT_MAX, allocate_lock
from threading import BrokenBarrierError


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class _Waiter:
    def __init__(self, index):
        self.index = index
        self.passed = None
        self.gate = allocate_lock()
        self.gate.acquire()

    def let_go(self, passed):
        self.passed = passed
        self.gate.release()


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._mutex = allocate_lock()
        self._waiters = []
        self._broken = False

    def wait(self, timeout=None):
        if timeout is None:
            timeout = self._timeout
        seconds = _seconds(timeout)
        with self._mutex:
            if self._broken:
                raise BrokenBarrierError
            index = len(self._waiters)
            if index + 1 == self._parties:
                self._run_action()
                self._let_all_go(True)
                return index
            me = _Waiter(index)
            self._waiters.append(me)
        try:
            in_time = me.gate.acquire(True, -1 if seconds is None else max(seconds, 0))
        except BaseException:
            self._give_up(me)
            raise
        if not in_time:
            self._give_up(me)
        if not me.passed:
            raise BrokenBarrierError
        return me.index

    def _run_action(self):
        if self._action is None:
            return
        try:
            self._action()
        except BaseException:
            self._break()
            raise

    def _give_up(self, waiter):
        with self._mutex:
            if waiter.passed is None:
                self._break()

    def _break(self):
        self._broken = True
        self._let_all_go(False)

    def _let_all_go(self, passed):
        for waiter in self._waiters:
            waiter.let_go(passed)
        if passed:
            self._waiters = []

    def reset(self):
        with self._mutex:
            self._let_all_go(False)
            self._broken = False

    def abort(self):
        with self._mutex:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return len(self._waiters)

    @property
    def broken(self):
        return self._broken
