"""Everybody draws a number, and goes on when a counter has passed it.

Numbers below ``serving`` have been called. Who gives up leaves the number behind; it is jumped
when its turn comes, or taken back when it is the last one that was drawn.
"""

import _thread
import threading
import time

TIMEOUT_MAX = _thread.TIMEOUT_MAX


def _lock_limit(blocking, timeout):
    """Return the seconds to wait for a lock: -1 for ever, 0 not at all."""
    if timeout == -1:
        return -1 if blocking else 0
    if not blocking:
        raise ValueError("a non-blocking call takes no timeout")
    if timeout < 0:
        raise ValueError("a timeout must not be negative")
    return _limit(timeout)


def _semaphore_limit(blocking, timeout):
    if not blocking and timeout is not None:
        raise ValueError("a non-blocking call takes no timeout")
    return _limit(timeout) if blocking else 0


def _limit(timeout):
    """Return the seconds to wait: -1 for ever, 0 not at all."""
    if timeout is None:
        return -1
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return max(float(timeout), 0.0)


def _end(limit):
    return None if limit < 0 else time.monotonic() + limit


def _left(end):
    if end is None:
        return -1
    return min(max(end - time.monotonic(), 0.0), TIMEOUT_MAX)


class _With:
    """The with statement of whatever has acquire() and release()."""

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()


class _Counter:
    """Numbers, and how far they have been called. All but the making happens under the lock."""

    def __init__(self, serving):
        self._changed = threading.Condition(threading.Lock())
        self._next = 0
        self._serving = serving
        self._given_up = set()

    def __enter__(self):
        return self._changed.__enter__()

    def __exit__(self, *exc_info):
        return self._changed.__exit__(*exc_info)

    def ahead(self):
        """Return how many numbers that nobody has drawn yet have been called."""
        return max(self._serving - self._next, 0)

    def draw(self):
        self._next += 1
        return self._next - 1

    def behind(self):
        """Return how many wait."""
        return max(self._next - self._serving, 0) - len(self._given_up)

    def call(self, n):
        for _ in range(n):
            self._jump()
            self._serving += 1
        self._changed.notify_all()

    def _jump(self):
        while self._serving in self._given_up:
            self._given_up.remove(self._serving)
            self._serving += 1

    def wait(self, number, limit):
        """Wait until it is called; one that was not is given up."""
        try:
            return self._changed.wait_for(
                lambda: number < self._serving, None if limit < 0 else limit
            )
        finally:
            if number >= self._serving:
                self._give_up(number)

    def _give_up(self, number):
        self._given_up.add(number)
        while self._next > self._serving and self._next - 1 in self._given_up:
            self._next -= 1
            self._given_up.remove(self._next)


class Semaphore(_With):
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._counter = _Counter(value)

    def acquire(self, blocking=True, timeout=None):
        return self._take(_semaphore_limit(blocking, timeout))

    def _take(self, limit):
        with self._counter:
            if limit == 0 and not self._counter.ahead():
                return False
            number = self._counter.draw()
            try:
                return self._counter.wait(number, limit)
            except BaseException:
                if number < self._counter._serving:
                    self._counter.call(1)
                raise

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._counter:
            self._counter.call(n)


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._counter:
            if self._counter.ahead() + n > self._bound:
                raise ValueError("released more often than acquired")
            self._counter.call(n)


class Lock(_With):
    def __init__(self):
        self._permit = Semaphore(1)

    def acquire(self, blocking=True, timeout=-1):
        return self._permit._take(_lock_limit(blocking, timeout))

    def release(self):
        with self._permit._counter:
            if self._permit._counter.ahead():
                raise RuntimeError("release of a free lock")
            self._permit._counter.call(1)

    def locked(self):
        with self._permit._counter:
            return not self._permit._counter.ahead()


class RLock(_With):
    """The lock, with a note of who has it; only the thread itself writes or clears its own name."""

    def __init__(self):
        self._lock = Lock()
        self._owner = None
        self._depth = 0

    def acquire(self, blocking=True, timeout=-1):
        if self._is_owned():
            _lock_limit(blocking, timeout)
            self._depth += 1
            return True
        if not self._lock.acquire(blocking, timeout):
            return False
        self._owner = _thread.get_ident()
        self._depth = 1
        return True

    def release(self):
        if not self._is_owned():
            raise RuntimeError("release by a thread that does not own the lock")
        self._depth -= 1
        if self._depth == 0:
            self._owner = None
            self._lock.release()

    def locked(self):
        return self._lock.locked()

    def _is_owned(self):
        return self._owner == _thread.get_ident()

    def _release_save(self):
        depth, self._depth, self._owner = self._depth, 0, None
        self._lock.release()
        return depth

    def _acquire_restore(self, depth):
        self._lock.acquire()
        self._owner = _thread.get_ident()
        self._depth = depth


class Condition(_With):
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._counter = _Counter(0)

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    def wait(self, timeout=None):
        self._demand()
        limit = _limit(timeout)
        with self._counter:
            number = self._counter.draw()
        saved = self._unlock()
        try:
            return self._stay(number, limit)
        finally:
            self._relock(saved)

    def _stay(self, number, limit):
        with self._counter:
            try:
                return self._counter.wait(number, limit)
            except BaseException:
                if number < self._counter._serving:
                    self._call(1)
                raise

    def wait_for(self, predicate, timeout=None):
        self._demand()
        end = _end(_limit(timeout))
        result = predicate()
        while not result:
            left = _left(end)
            if left == 0:
                break
            self.wait(None if left < 0 else left)
            result = predicate()
        return result

    def notify(self, n=1):
        self._demand()
        with self._counter:
            self._call(n)

    def notify_all(self):
        self._demand()
        with self._counter:
            self._call(self._counter.behind())

    def _call(self, n):
        self._counter.call(min(n, self._counter.behind()))

    notifyAll = notify_all

    def _demand(self):
        lock = self._lock
        if not (lock._is_owned() if hasattr(lock, "_is_owned") else lock.locked()):
            raise RuntimeError("the lock of the condition is not held")

    def _unlock(self):
        if hasattr(self._lock, "_release_save"):
            return self._lock._release_save()
        return self._lock.release()

    def _relock(self, saved):
        if hasattr(self._lock, "_acquire_restore"):
            self._lock._acquire_restore(saved)
        else:
            self._lock.acquire()
