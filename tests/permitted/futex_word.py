"""Each primitive is a word, changed in one step, and threads that sleep until it has changed."""

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


class _Word:
    """A number that is compared and exchanged as one step, and a queue of sleepers on it."""

    __slots__ = ("_guard", "_sleepers", "_value")

    def __init__(self, value=0):
        self._guard = _thread.allocate_lock()
        self._sleepers = deque()
        self._value = value

    def load(self):
        with self._guard:
            return self._value

    def exchange(self, new):
        with self._guard:
            old, self._value = self._value, new
            return old

    def compare_exchange(self, expected, new):
        with self._guard:
            if self._value != expected:
                return False
            self._value = new
            return True

    def add(self, n):
        with self._guard:
            self._value += n

    def sleep(self, expected, limit):
        """Sleep while nobody wakes this thread; return at once if the word is another by now.

        False is said only where the time has passed and nobody has woken this thread.
        """
        with self._guard:
            if self._value != expected:
                return True
            gate = _thread.allocate_lock()
            gate.acquire()
            self._sleepers.append(gate)
        try:
            woken = gate.acquire(True, limit)
        except BaseException:
            if not self._leave(gate):
                self.wake(1)
            raise
        return woken or not self._leave(gate)

    def _leave(self, gate):
        with self._guard:
            if gate not in self._sleepers:
                return False
            self._sleepers.remove(gate)
            return True

    def wake(self, n):
        with self._guard:
            for _ in range(min(n, len(self._sleepers))):
                self._sleepers.popleft().release()

    def wake_all(self):
        with self._guard:
            while self._sleepers:
                self._sleepers.popleft().release()


FREE, HELD, CONTENDED = 0, 1, 2


class Lock(_With):
    """Who has slept takes the lock as CONTENDED, since others may still sleep.

    A thread gives up only after a try that has left the word CONTENDED: the holder will then wake
    another one, so that no wake-up is lost with it.
    """

    def __init__(self):
        self._word = _Word(FREE)

    def acquire(self, blocking=True, timeout=-1):
        limit = _lock_limit(blocking, timeout)
        if self._word.compare_exchange(FREE, HELD):
            return True
        if limit == 0:
            return False
        end = _end(limit)
        while self._word.exchange(CONTENDED) != FREE:
            left = _left(end)
            if left == 0:
                return False
            self._word.sleep(CONTENDED, left)
        return True

    def release(self):
        was = self._word.exchange(FREE)
        if was == FREE:
            raise RuntimeError("release of a free lock")
        if was == CONTENDED:
            self._word.wake(1)

    def locked(self):
        return self._word.load() != FREE


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


class Semaphore(_With):
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._word = _Word(value)

    def acquire(self, blocking=True, timeout=None):
        limit = _semaphore_limit(blocking, timeout)
        end = _end(limit)
        while True:
            permits = self._word.load()
            if permits > 0:
                if self._word.compare_exchange(permits, permits - 1):
                    return True
                continue
            left = _left(end)
            if left == 0:
                return False
            self._word.sleep(permits, left)

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        self._word.add(n)
        self._word.wake(n)


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        while True:
            permits = self._word.load()
            if permits + n > self._bound:
                raise ValueError("released more often than acquired")
            if self._word.compare_exchange(permits, permits + n):
                break
        self._word.wake(n)


class Event:
    """The word counts the changes: odd is set, even is not."""

    def __init__(self):
        self._word = _Word(0)

    def is_set(self):
        return self._word.load() % 2 == 1

    isSet = is_set

    def set(self):
        seen = self._word.load()
        if seen % 2 == 0 and self._word.compare_exchange(seen, seen + 1):
            self._word.wake_all()

    def clear(self):
        seen = self._word.load()
        if seen % 2 == 1:
            self._word.compare_exchange(seen, seen + 1)

    def wait(self, timeout=None):
        end = _end(_limit(timeout))
        seen = self._word.load()
        while seen % 2 == 0 and self._word.load() == seen:
            left = _left(end)
            if left == 0:
                return False
            self._word.sleep(seen, left)
        return True


class Condition(_With):
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._word = _Word(0)  # counts the notifications

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    def wait(self, timeout=None):
        self._demand()
        limit = _limit(timeout)
        seen = self._word.load()
        saved = self._unlock()
        try:
            return self._word.sleep(seen, limit)
        finally:
            self._relock(saved)

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
        if n > 0:
            self._word.add(1)
            self._word.wake(n)

    def notify_all(self):
        self._demand()
        self._word.add(1)
        self._word.wake_all()

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
        self._lock = Lock()
        self._word = _Word(0)  # counts the rounds
        self._round = _Round()
        self._arrived = 0
        self._broken = False

    def wait(self, timeout=None):
        end = _end(_limit(self._timeout if timeout is None else timeout))
        with self._lock:
            if self._broken:
                raise BrokenBarrierError("the barrier is broken")
            index = self._arrived
            if index + 1 == self._parties:
                self._complete()
                return index
            self._arrived += 1
            mine, seen = self._round, self._word.load()
        try:
            while self._word.load() == seen:
                left = _left(end)
                if left == 0:
                    break
                self._word.sleep(seen, left)
        finally:
            self._give_up(mine)
        if mine.outcome == "broken":
            raise BrokenBarrierError("the barrier was broken or reset")
        return index

    def _give_up(self, mine):
        """Break the round, unless it is over."""
        with self._lock:
            if mine.outcome is None:
                self._break()

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
        self._word.add(1)
        self._word.wake_all()

    def reset(self):
        with self._lock:
            self._broken = False
            self._finish("broken")

    def abort(self):
        with self._lock:
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
