"""A barrier: a turnstile for each round, a new one after reset()."""

from threading import TIMEOUT_MAX, Lock, Semaphore
from threading import BrokenBarrierError as _Broken


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class BrokenBarrierError(_Broken):
    pass


class _Turnstile:
    def __init__(self):
        self.queue = 0
        self.passes = Semaphore(0)
        self.shut = False
        self.spent = False


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be at least 1")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._lock = Lock()
        self._turnstile = _Turnstile()
        self._broken = False

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._turnstile.queue

    @property
    def broken(self):
        return self._broken

    def wait(self, timeout=None):
        if timeout is None:
            timeout = self._timeout
        timeout = _seconds(timeout)
        with self._lock:
            if self._broken:
                raise BrokenBarrierError
            turnstile = self._turnstile
            left = self._parties - turnstile.queue - 1
            if left == 0:
                self._last(turnstile)
                return 0
            turnstile.queue += 1
        if not turnstile.passes.acquire(timeout=timeout):
            self._too_late(turnstile)
        if turnstile.shut:
            raise BrokenBarrierError
        return left

    def _last(self, turnstile):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._broken = True
            self._turn(shut=True)
            raise
        self._turn(shut=False)

    def _too_late(self, turnstile):
        with self._lock:
            if not turnstile.spent:
                self._broken = True
                self._turn(shut=True)

    def _turn(self, shut):
        turnstile, self._turnstile = self._turnstile, _Turnstile()
        turnstile.shut = shut
        turnstile.spent = True
        if turnstile.queue:
            turnstile.passes.release(turnstile.queue)

    def abort(self):
        with self._lock:
            self._broken = True
            self._turn(shut=True)

    def reset(self):
        with self._lock:
            self._broken = False
            self._turn(shut=False)
