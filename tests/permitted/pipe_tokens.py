"""A waiting thread reads from a pipe of its own; a byte in the pipe wakes it."""

import math
import os
import select
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


class _Sleeper:
    """A thread asleep until there is a byte in its pipe."""

    __slots__ = ("_reader", "_writer")

    def __init__(self):
        self._reader, self._writer = os.pipe()

    def doze(self, deadline):
        """Return once woken, or once the deadline has passed."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        while not poll.poll(self._milliseconds(deadline)):
            if deadline is not None and time.monotonic() >= deadline:
                return

    @staticmethod
    def _milliseconds(deadline):
        if deadline is None:
            return None
        return math.ceil(min(_remaining(deadline), 3600) * 1000)

    def wake(self):
        os.write(self._writer, b"x")

    def close(self):
        os.close(self._reader)
        os.close(self._writer)


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
            sleeper.close()
            raise
        self._guard.acquire()
        woken = not self._withdraw(sleeper)
        sleeper.close()
        return woken

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
