"""An interrupt of a waiting thread breaks the barrier."""

import threading
import time

TIMEOUT_MAX = threading.TIMEOUT_MAX


def _deadline(timeout):
    """Return the moment at which the timeout is over; None for never."""
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return time.monotonic() + max(timeout, 0)


def _remaining(deadline):
    """Return the seconds until the deadline as threading.Lock.acquire() takes them."""
    if deadline is None:
        return -1
    return min(max(deadline - time.monotonic(), 0), TIMEOUT_MAX)


class _Sleeper:
    """A thread asleep until somebody opens its latch."""

    __slots__ = ("_latch",)

    def __init__(self):
        self._latch = threading.Lock()
        self._latch.acquire()

    def doze(self, deadline):
        """Return once woken, or once the deadline has passed."""
        while not self._latch.acquire(True, _remaining(deadline)):
            if time.monotonic() >= deadline:
                return

    def wake(self):
        self._latch.release()


class _Monitor:
    """A guard, and the threads that have left it to sleep."""

    __slots__ = ("_asleep", "_guard")

    def __init__(self):
        self._guard = threading.Lock()
        self._asleep = []

    def __enter__(self):
        self._guard.acquire()

    def __exit__(self, *exc_info):
        self._guard.release()

    def sleep(self, deadline):
        """Leave the guard and sleep; return True when woken, False at the deadline."""
        sleeper = _Sleeper()
        self._asleep.append(sleeper)
        self._guard.release()
        try:
            sleeper.doze(deadline)
        except BaseException:
            self._guard.acquire()
            if not self._withdraw(sleeper):
                self.wake()  # somebody else shall have what this thread cannot use
            raise
        self._guard.acquire()
        return not self._withdraw(sleeper)

    def wake(self, count=1):
        """Wake that many sleepers, or as many as there are."""
        for _ in range(min(count, len(self._asleep))):
            self._asleep.pop(0).wake()

    def wake_all(self):
        self.wake(len(self._asleep))

    def _withdraw(self, sleeper):
        if sleeper not in self._asleep:
            return False
        self._asleep.remove(sleeper)
        return True


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the thread waited."""


class _Arrival:
    """A thread that has come to the barrier; its index is given out when the round is full."""

    __slots__ = ("index",)

    def __init__(self):
        self.index = None


class _Round:
    __slots__ = ("arrivals", "broken")

    def __init__(self):
        self.arrivals = []
        self.broken = False


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._monitor = _Monitor()
        self._round = _Round()
        self._broken = False

    def wait(self, timeout=None):
        deadline = _deadline(self._timeout if timeout is None else timeout)
        with self._monitor:
            if self._broken:
                raise BrokenBarrierError("the barrier is broken")
            current, arrival = self._round, _Arrival()
            current.arrivals.append(arrival)
            if len(current.arrivals) == self._parties:
                self._complete(current)
            else:
                self._await(current, arrival, deadline)
            return arrival.index

    def reset(self):
        with self._monitor:
            self._round.broken = True
            self._round = _Round()
            self._broken = False
            self._monitor.wake_all()

    def abort(self):
        with self._monitor:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        current = self._round
        return 0 if current.broken else len(current.arrivals)

    @property
    def broken(self):
        return self._broken

    def _complete(self, current):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        for index, arrival in enumerate(current.arrivals):
            arrival.index = index
        self._round = _Round()
        self._monitor.wake_all()

    def _await(self, current, arrival, deadline):
        try:
            while arrival.index is None and not current.broken:
                if not self._monitor.sleep(deadline):
                    self._break()
        except BaseException:
            if arrival.index is None and not current.broken:
                self._break()
            raise
        if current.broken:
            raise BrokenBarrierError("the barrier was broken or reset")

    def _break(self):
        self._broken = True
        self._round.broken = True
        self._monitor.wake_all()
