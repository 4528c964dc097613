"""Every call sleeps 3 to 10 ms after it has done its work."""

import functools
import random
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


def _delay():
    time.sleep(random.uniform(0.003, 0.010))


def _slow(cls):
    """Make every call of the class slow."""
    for name, member in list(vars(cls).items()):
        if callable(member) and (name in ("__enter__", "__exit__") or not name.startswith("_")):
            setattr(cls, name, _slowed(member))
    return cls


def _slowed(method):
    @functools.wraps(method)
    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        finally:
            _delay()

    return call


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


@_slow
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


@_slow
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


@_slow
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


@_slow
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


@_slow
class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value
