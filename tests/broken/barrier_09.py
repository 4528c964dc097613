"""A barrier: each round has an event of its own."""

from threading import TIMEOUT_MAX, BrokenBarrierError, Event, Lock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class _Round(Event):
    failed = False
    size = 0


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be positive")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._mutex = Lock()
        self._round = _Round()
        self._broken = False

    def wait(self, timeout=None):
        timeout = _seconds(self._timeout if timeout is None else timeout)
        with self._mutex:
            if self._broken:
                raise BrokenBarrierError
            this = self._round
            index = this.size
            this.size += 1
            if this.size == self._parties:
                self._finish(failed=False)
        if not this.wait(timeout):
            with self._mutex:
                if not this.is_set():
                    self._broken = True
                    self._finish(failed=True)
        if this.failed:
            raise BrokenBarrierError
        if index == 0:
            with self._mutex:
                self._run_action()
        return index

    def _run_action(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._broken = True
            self._finish(failed=True)
            raise

    def _finish(self, failed):
        this, self._round = self._round, _Round()
        this.failed = failed
        this.set()

    def reset(self):
        with self._mutex:
            self._broken = False
            self._finish(failed=True)

    def abort(self):
        with self._mutex:
            self._broken = True
            self._finish(failed=True)

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._round.size

    @property
    def broken(self):
        return self._broken
