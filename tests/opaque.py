"""Small implementations with a race in each: run on real threads, nobody looks inside.

They are what is seldom seen: a check and an act that another gets between, a hand-over that comes
with the timeout, a wake-up that nobody gets. ``BROKEN`` says what to make of which primitive, and
``SOUND`` are the same things done right.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress


def unlocked():
    """Where C code has let go of the interpreter's lock, or a build has none."""
    time.sleep(1e-6)


class HandOver:
    """A semaphore that hands its permits to those who wait, one by one. This one is right."""

    def __init__(self, value=1):
        self.mutex = threading.Lock()
        self.value = value
        self.waiters = deque()

    def acquire(self, blocking=True, timeout=None):
        with self.mutex:
            if self.value > 0:
                self.value -= 1
                return True
            if not blocking:
                return False
            gate = threading.Lock()
            gate.acquire()
            self.waiters.append(gate)
        if timeout is None:
            return gate.acquire()
        return gate.acquire(True, timeout) or not self.gives_up(gate)

    def gives_up(self, gate):
        """Whether it may; not if the permit has come with the timeout."""
        with self.mutex:
            if gate not in self.waiters:
                return False
            self.waiters.remove(gate)
            return True

    def release(self, n=1):
        with self.mutex:
            for _ in range(n):
                if self.waiters:
                    self.waiters.popleft().release()
                else:
                    self.value += 1


class DropsHandOver(HandOver):
    """A permit that comes with the timeout is lost."""

    def gives_up(self, gate):
        unlocked()
        super().gives_up(gate)
        return True


class Keeps(HandOver):
    """One that has given up stays in line, and the next permit goes to it."""

    def gives_up(self, gate):
        with self.mutex:
            return gate in self.waiters


class Checks(threading.Semaphore):
    """A semaphore that takes a permit if there is one after the wait, and does not look again."""

    def acquire(self, blocking=True, timeout=None):
        with self._cond:
            if self._value == 0:
                if not blocking:
                    return False
                if not self._cond.wait(timeout):
                    return False
            self._value -= 1
            return True


class LosesWakeUp:
    """It looks at the counter, and only then, with the lock let go, begins to wait."""

    def __init__(self, value=1):
        self.mutex = threading.Lock()
        self.value = value
        self.waiters = deque()

    def acquire(self, blocking=True, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            with self.mutex:
                if self.value > 0:
                    self.value -= 1
                    return True
            if not blocking:
                return False
            gate = threading.Lock()
            gate.acquire()
            unlocked()
            self.waiters.append(gate)
            if not gate.acquire(True, -1 if end is None else max(0.0, end - time.monotonic())):
                return False

    def release(self, n=1):
        with self.mutex:
            self.value += n
            for _ in range(min(n, len(self.waiters))):
                self.waiters.popleft().release()


class Wakes(threading.Semaphore):
    """However many permits are put back, one waiter is woken."""

    def release(self, n=1):
        with self._cond:
            self._value += n
            self._cond.notify()


class Overflows(threading.Semaphore):
    """A bounded semaphore that looks at the bound before it takes the lock."""

    def __init__(self, value=1):
        super().__init__(value)
        self.bound = value

    def release(self, n=1):
        if self._value + n > self.bound:
            raise ValueError("released too many times")
        unlocked()
        super().release(n)


class MissesPulse(threading.Event):
    """One that wakes looks at the flag again, and sleeps on if it has been cleared meanwhile."""

    def wait(self, timeout=None):
        with self._cond:
            return self._cond.wait_for(self.is_set, timeout)


class WakesOne(threading.Event):
    """set() wakes one of those who wait."""

    def set(self):
        with self._cond:
            self._flag = True
            self._cond.notify()


class Mixes:
    """A barrier whose parties count themselves out of whichever round is the present one."""

    def __init__(self, parties):
        self.parties = parties
        self.cond = threading.Condition()
        self.count = 0
        self.broken = False

    @property
    def n_waiting(self):
        return self.count % self.parties

    def wait(self, timeout=None):
        with self.cond:
            index = self.count % self.parties
            self.count += 1
            if self.count % self.parties == 0:
                self.cond.notify_all()
                return index
            full = lambda: self.broken or self.count % self.parties == 0  # noqa: E731
            if not self.cond.wait_for(full, timeout):
                self.broken = True
                self.cond.notify_all()
            if self.broken:
                raise threading.BrokenBarrierError
            return index

    def abort(self):
        with self.cond:
            self.broken = True
            self.cond.notify_all()

    def reset(self):
        with self.cond:
            self.broken = True
            self.cond.notify_all()
            self.count = 0
            self.broken = False


class Late:
    """A condition that registers a waiter only when the lock has been let go."""

    def __init__(self, lock=None):
        self.lock = threading.RLock() if lock is None else lock
        self.acquire, self.release = self.lock.acquire, self.lock.release
        self.waiters = deque()

    def owned(self):
        if hasattr(self.lock, "_is_owned"):
            return self.lock._is_owned()
        if self.lock.acquire(False):
            self.lock.release()
            return False
        return True

    def wait(self, timeout=None):
        if not self.owned():
            raise RuntimeError("wait() without the lock")
        gate = threading.Lock()
        gate.acquire()
        state = self.let_go(gate)
        try:
            if timeout is None:
                return gate.acquire()
            if gate.acquire(True, timeout):
                return True
            with suppress(ValueError):  # it was woken as it gave up
                self.waiters.remove(gate)
            return False
        finally:
            if state is None:
                self.lock.acquire()
            else:
                self.lock._acquire_restore(state)

    def let_go(self, gate):
        state = self.save()
        unlocked()
        self.waiters.append(gate)
        return state

    def save(self):
        if hasattr(self.lock, "_release_save"):
            return self.lock._release_save()
        self.lock.release()
        return None

    def notify(self, n=1):
        if not self.owned():
            raise RuntimeError("notify() without the lock")
        for _ in range(min(n, len(self.waiters))):
            with suppress(IndexError):  # the others have given up
                self.waiters.popleft().release()

    def notify_all(self):
        self.notify(len(self.waiters))


class Registers(Late):
    """The same, registered in time. A waiter whose timeout has passed may eat a notify."""

    def let_go(self, gate):
        self.waiters.append(gate)
        return self.save()


class Looks:
    """A lock that looks whether it is free, and then takes it."""

    def __init__(self):
        self.held = False

    def acquire(self, blocking=True, timeout=-1):
        end = time.monotonic() + timeout
        while self.held:
            if not blocking or (timeout >= 0 and time.monotonic() > end):
                return False
            time.sleep(1e-6)
        self.held = self.note()
        return True

    def note(self):
        """Something that is kept of each acquire, for instance when it was."""
        unlocked()
        return True

    def locked(self):
        return self.held

    def release(self):
        if not self.held:
            raise RuntimeError("release() of a free lock")
        self.held = False


BROKEN = {
    "hand-over-dropped": ("semaphore", DropsHandOver),
    "given-up-stays": ("semaphore", Keeps),
    "looks-once": ("semaphore", Checks),
    "wake-up-lost": ("semaphore", LosesWakeUp),
    "wakes-one-for-many": ("semaphore", Wakes),
    "bound-unlocked": ("bounded_semaphore", Overflows),
    "pulse-missed": ("event", MissesPulse),
    "set-wakes-one": ("event", WakesOne),
    "rounds-mixed": ("barrier", Mixes),
    "registers-late": ("condition", Late),
    "looks-then-takes": ("lock", Looks),
}

SOUND = {
    "hand-over": ("semaphore", HandOver),
    "registers": ("condition", Registers),
    "threading-event": ("event", threading.Event),
    "threading-barrier": ("barrier", threading.Barrier),
    "threading-lock": ("lock", threading.Lock),
    "threading-rlock": ("rlock", threading.RLock),
    "threading-bounded": ("bounded_semaphore", threading.BoundedSemaphore),
}
