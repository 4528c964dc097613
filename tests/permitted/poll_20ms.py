"""Waiting threads look every 20 ms whether they have been woken."""

import threading
import time

TIMEOUT_MAX = threading.TIMEOUT_MAX
poll_interval = 0.02


def _deadline(timeout):
    """Return the moment at which the timeout is over; None for never."""
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return time.monotonic() + max(timeout, 0)


def _lock_deadline(blocking, timeout):
    """Return the deadline of an acquire() of a lock, after a look at its arguments."""
    if timeout == -1:
        return None
    if not blocking:
        raise ValueError("a non-blocking call takes no timeout")
    if timeout < 0:
        raise ValueError("a timeout must not be negative")
    return _deadline(timeout)


def _remaining(deadline):
    """Return the seconds until the deadline as threading.Lock.acquire() takes them."""
    if deadline is None:
        return -1
    return min(max(deadline - time.monotonic(), 0), TIMEOUT_MAX)


class _Sleeper:
    """A thread that looks at its flag now and then."""

    __slots__ = ("_woken",)

    def __init__(self):
        self._woken = False

    def doze(self, deadline):
        """Return once woken, or once the deadline has passed."""
        while not self._woken and (deadline is None or time.monotonic() < deadline):
            time.sleep(poll_interval)

    def wake(self):
        self._woken = True


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


class Lock:
    def __init__(self):
        self._monitor = _Monitor()
        self._holder = None

    def acquire(self, blocking=True, timeout=-1):
        deadline = _lock_deadline(blocking, timeout)
        with self._monitor:
            while self._holder is not None:
                if not blocking or not self._monitor.sleep(deadline):
                    return False
            self._holder = threading.get_ident()
            return True

    def release(self):
        with self._monitor:
            if self._holder is None:
                raise RuntimeError("release of a free lock")
            self._holder = None
            self._monitor.wake()

    def locked(self):
        return self._holder is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()

    def _owned(self):
        return self._holder == threading.get_ident()

    def _release_fully(self):
        self.release()
        return 1

    def _restore(self, depth):
        for _ in range(depth):
            self.acquire()


class RLock:
    def __init__(self):
        self._monitor = _Monitor()
        self._owner = None
        self._depth = 0

    def acquire(self, blocking=True, timeout=-1):
        deadline = _lock_deadline(blocking, timeout)
        me = threading.get_ident()
        with self._monitor:
            while self._owner not in (None, me):
                if not blocking or not self._monitor.sleep(deadline):
                    return False
            self._owner = me
            self._depth += 1
            return True

    def release(self):
        with self._monitor:
            if self._owner != threading.get_ident():
                raise RuntimeError("release by a thread that does not own the lock")
            self._depth -= 1
            if self._depth == 0:
                self._owner = None
                self._monitor.wake()

    def locked(self):
        return self._owner is not None

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()

    def _owned(self):
        return self._owner == threading.get_ident()

    def _release_fully(self):
        with self._monitor:
            depth, self._depth, self._owner = self._depth, 0, None
            self._monitor.wake()
        return depth

    def _restore(self, depth):
        RLock.acquire(self)
        self._depth = depth


class _Foreign:
    """A lock of another make, with the three methods that a condition needs of its lock."""

    __slots__ = ("_lock",)

    def __init__(self, lock):
        self._lock = lock

    def _owned(self):
        if hasattr(self._lock, "_is_owned"):
            return self._lock._is_owned()
        if self._lock.acquire(False):
            self._lock.release()
            return False
        return True

    def _release_fully(self):
        if hasattr(self._lock, "_release_save"):
            return self._lock._release_save()
        self._lock.release()
        return 1

    def _restore(self, depth):
        if hasattr(self._lock, "_acquire_restore"):
            self._lock._acquire_restore(depth)
        else:
            self._lock.acquire()


class Condition:
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        own = hasattr(self._lock, "_release_fully")
        self._held = self._lock if own else _Foreign(self._lock)
        self._monitor = _Monitor()

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()

    def wait(self, timeout=None):
        self._check_owned()
        return self._wait_until(_deadline(timeout))

    def wait_for(self, predicate, timeout=None):
        self._check_owned()
        deadline = _deadline(timeout)
        result = predicate()
        while not result and (deadline is None or time.monotonic() < deadline):
            self._wait_until(deadline)
            result = predicate()
        return result

    def notify(self, n=1):
        self._check_owned()
        with self._monitor:
            self._monitor.wake(n)

    def notify_all(self):
        self._check_owned()
        with self._monitor:
            self._monitor.wake_all()

    notifyAll = notify_all  # noqa: N815

    def _wait_until(self, deadline):
        depth = None
        try:
            with self._monitor:
                depth = self._held._release_fully()
                return self._monitor.sleep(deadline)
        finally:
            if depth is not None:
                self._held._restore(depth)

    def _check_owned(self):
        if not self._held._owned():
            raise RuntimeError("the calling thread has not acquired the lock")


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._monitor = _Monitor()
        self._value = value
        self._bound = None

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("a non-blocking call takes no timeout")
        deadline = _deadline(timeout)
        with self._monitor:
            while self._value == 0:
                if not blocking or not self._monitor.sleep(deadline):
                    return False
            self._value -= 1
            return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._monitor:
            if self._bound is not None and self._value + n > self._bound:
                raise ValueError("released more often than acquired")
            self._value += n
            self._monitor.wake(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value


class Event:
    def __init__(self):
        self._monitor = _Monitor()
        self._flag = False
        self._sets = 0

    def is_set(self):
        return self._flag

    isSet = is_set  # noqa: N815

    def set(self):
        with self._monitor:
            self._flag = True
            self._sets += 1
            self._monitor.wake_all()

    def clear(self):
        with self._monitor:
            self._flag = False

    def wait(self, timeout=None):
        deadline = _deadline(timeout)
        with self._monitor:
            seen = self._sets
            while not self._flag and self._sets == seen:
                if not self._monitor.sleep(deadline):
                    return False
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
                current.arrivals.remove(arrival)
            raise
        if current.broken:
            raise BrokenBarrierError("the barrier was broken or reset")

    def _break(self):
        self._broken = True
        self._round.broken = True
        self._monitor.wake_all()
