"""A condition made of semaphores and counts, and an event and a barrier over the condition.

The threads that begin to wait between two notifications share one semaphore. A notification closes
their group, so that nobody who comes later can take what was meant for them.
"""

import _thread
import time
from collections import deque

TIMEOUT_MAX = _thread.TIMEOUT_MAX


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the thread waited."""


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


class Semaphore(_With):
    """Whoever comes first may take a permit; who finds none sleeps, and looks again when woken."""

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._guard = _thread.allocate_lock()
        self._value = value
        self._asleep = deque()

    def acquire(self, blocking=True, timeout=None):
        return self._take(_semaphore_limit(blocking, timeout))

    def _take(self, limit):
        end = _end(limit)
        gate = None
        while True:
            with self._guard:
                self._get_up(gate)
                if self._value > 0:
                    self._value -= 1
                    return True
                left = _left(end)
                if left == 0:
                    return False
                gate = _thread.allocate_lock()
                gate.acquire()
                self._asleep.append(gate)
            try:
                gate.acquire(True, left)
            except BaseException:
                with self._guard:
                    if not self._get_up(gate):
                        self._wake(1)
                raise

    def _get_up(self, gate):
        if gate not in self._asleep:
            return False
        self._asleep.remove(gate)
        return True

    def _wake(self, n):
        for _ in range(min(n, len(self._asleep))):
            self._asleep.popleft().release()

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._guard:
            self._value += n
            self._wake(n)


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._guard:
            if self._value + n > self._bound:
                raise ValueError("released more often than acquired")
            self._value += n
            self._wake(n)


class Lock(_With):
    def __init__(self):
        self._permit = BoundedSemaphore(1)

    def acquire(self, blocking=True, timeout=-1):
        return self._permit._take(_lock_limit(blocking, timeout))

    def release(self):
        try:
            self._permit.release()
        except ValueError:
            raise RuntimeError("release of a free lock") from None

    def locked(self):
        return self._permit._value == 0


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


class _Group:
    """Threads that wait on one semaphore: how many there are, and how many of them are called.

    What is in the semaphore, and what members have taken out without having counted themselves out
    yet, is together what is called. A member that finds it empty has therefore not been called.
    """

    __slots__ = ("called", "calls", "members")

    def __init__(self):
        self.members = 0
        self.called = 0
        self.calls = Semaphore(0)


class Condition(_With):
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._guard = _thread.allocate_lock()
        self._groups = deque([_Group()])  # new ones join the last

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    def wait(self, timeout=None):
        self._demand()
        limit = _limit(timeout)
        with self._guard:
            group = self._groups[-1]
            group.members += 1
        saved = self._unlock()
        try:
            return self._stay(group, limit)
        finally:
            self._relock(saved)

    def _stay(self, group, limit):
        called = False
        try:
            called = group.calls._take(limit)
        except BaseException:
            if self._leave(group, called):
                with self._guard:
                    self._call(1)
            raise
        return self._leave(group, called)

    def _leave(self, group, called):
        """Count this thread out; whether it has been called."""
        with self._guard:
            called = called or group.calls._take(0)
            group.members -= 1
            group.called -= called
            return called

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
        with self._guard:
            self._call(n)

    def notify_all(self):
        self._demand()
        with self._guard:
            self._call(sum(group.members for group in self._groups))

    def _call(self, n):
        if self._groups[-1].members > 0:
            self._groups.append(_Group())
        for group in self._groups:
            some = min(n, group.members - group.called)
            if some > 0:
                group.called += some
                group.calls.release(some)
                n -= some
        while len(self._groups) > 1 and self._groups[0].members == self._groups[0].called:
            self._groups.popleft()

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


class Event:
    def __init__(self):
        self._changed = Condition(Lock())
        self._flag = False
        self._sets = 0

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._changed:
            self._flag = True
            self._sets += 1
            self._changed.notify_all()

    def clear(self):
        with self._changed:
            self._flag = False

    def wait(self, timeout=None):
        with self._changed:
            seen = self._sets
            return self._changed.wait_for(lambda: self._flag or self._sets != seen, timeout)


class _Round:
    """What became of the threads that came together: None, "passed" or "broken"."""

    __slots__ = ("outcome",)

    def __init__(self):
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
        self._arrived = 0
        self._broken = False

    def wait(self, timeout=None):
        timeout = self._timeout if timeout is None else timeout
        with self._changed:
            if self._broken:
                raise BrokenBarrierError("the barrier is broken")
            index = self._arrived
            if index + 1 == self._parties:
                self._complete()
            else:
                self._arrived += 1
                self._await(self._round, timeout)
            return index

    def _await(self, mine, timeout):
        try:
            self._changed.wait_for(lambda: mine.outcome is not None, timeout)
        finally:
            if mine.outcome is None:
                self._break()
        if mine.outcome == "broken":
            raise BrokenBarrierError("the barrier was broken or reset")

    def _complete(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._finish("passed")

    def _break(self):
        self._broken = True
        self._finish("broken")

    def _finish(self, outcome):
        self._round.outcome = outcome
        self._round = _Round()
        self._arrived = 0
        self._changed.notify_all()

    def reset(self):
        with self._changed:
            self._broken = False
            self._finish("broken")

    def abort(self):
        with self._changed:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._arrived

    @property
    def broken(self):
        return self._broken
