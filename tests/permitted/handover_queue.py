"""Whoever gives something up hands it to the thread that has waited longest, and to no other.

What is given is always taken: a waiter whose timeout passes looks, under the guard, whether it is
still in the queue; where it is not, it has been served, and says so.
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


class _Place:
    """The place of one thread in a queue; ``data`` is what it is given, or is known by."""

    __slots__ = ("_gate", "data")

    def __init__(self, data=None):
        self.data = data
        self._gate = _thread.allocate_lock()
        self._gate.acquire()

    def wait(self, limit):
        return self._gate.acquire(True, limit)

    def serve(self):
        self._gate.release()


class _Queue:
    """Places, served from the front. Every method but wait() is called with the guard held."""

    __slots__ = ("_guard", "_places")

    def __init__(self, guard):
        self._guard = guard
        self._places = deque()

    def __len__(self):
        return len(self._places)

    def join(self, data=None):
        place = _Place(data)
        self._places.append(place)
        return place

    def first(self):
        return self._places[0]

    def serve(self):
        self._places.popleft().serve()

    def wait(self, place, limit, refuse):
        """Wait to be served; ``refuse`` is called if an exception ends the wait of one who was."""
        try:
            served = place.wait(limit)
        except BaseException:
            if not self._leave(place):
                refuse()
            raise
        return served or not self._leave(place)

    def _leave(self, place):
        with self._guard:
            if place not in self._places:
                return False
            self._places.remove(place)
            return True


class Semaphore(_With):
    """There are free permits only while nobody waits."""

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._guard = _thread.allocate_lock()
        self._queue = _Queue(self._guard)
        self._free = value

    def acquire(self, blocking=True, timeout=None):
        return self._take(_semaphore_limit(blocking, timeout))

    def _take(self, limit):
        with self._guard:
            if self._free > 0:
                self._free -= 1
                return True
            if limit == 0:
                return False
            place = self._queue.join()
        return self._queue.wait(place, limit, refuse=self._refuse)

    def _refuse(self):
        with self._guard:
            self._give(1)

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._guard:
            self._give(n)

    def _give(self, n):
        for _ in range(n):
            if self._queue:
                self._queue.serve()
            else:
                self._free += 1


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._guard:
            if self._free + n > self._bound:
                raise ValueError("released more often than acquired")
            self._give(n)


class Lock(_With):
    def __init__(self):
        self._permit = Semaphore(1)

    def acquire(self, blocking=True, timeout=-1):
        return self._permit._take(_lock_limit(blocking, timeout))

    def release(self):
        with self._permit._guard:
            if self._permit._free:
                raise RuntimeError("release of a free lock")
            self._permit._give(1)

    def locked(self):
        return self._permit._free == 0


class RLock(_With):
    """The releaser writes down the new owner before it wakes it."""

    def __init__(self):
        self._guard = _thread.allocate_lock()
        self._queue = _Queue(self._guard)
        self._owner = None
        self._depth = 0

    def acquire(self, blocking=True, timeout=-1):
        return self._take(1, _lock_limit(blocking, timeout))

    def _take(self, depth, limit):
        me = _thread.get_ident()
        with self._guard:
            if self._owner in (None, me):
                self._owner = me
                self._depth += depth
                return True
            if limit == 0:
                return False
            place = self._queue.join((me, depth))
        return self._queue.wait(place, limit, refuse=self._release_save)

    def release(self):
        with self._guard:
            if not self._is_owned():
                raise RuntimeError("release by a thread that does not own the lock")
            self._depth -= 1
            if self._depth == 0:
                self._pass_on()

    def _pass_on(self):
        if self._queue:
            self._owner, self._depth = self._queue.first().data
            self._queue.serve()
        else:
            self._owner, self._depth = None, 0

    def locked(self):
        return self._owner is not None

    def _is_owned(self):
        return self._owner == _thread.get_ident()

    def _release_save(self):
        with self._guard:
            depth = self._depth
            self._pass_on()
            return depth

    def _acquire_restore(self, depth):
        self._take(depth, -1)


class Condition(_With):
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._guard = _thread.allocate_lock()
        self._queue = _Queue(self._guard)

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
            place = self._queue.join()
        saved = self._unlock()
        try:
            return self._queue.wait(place, limit, refuse=self._refuse)
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
        with self._guard:
            self._serve(n)

    def notify_all(self):
        self._demand()
        with self._guard:
            self._serve(len(self._queue))

    def _serve(self, n):
        for _ in range(min(n, len(self._queue))):
            self._queue.serve()

    def _refuse(self):
        with self._guard:
            self._serve(1)

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
        self._guard = _thread.allocate_lock()
        self._queue = _Queue(self._guard)
        self._flag = False

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._guard:
            self._flag = True
            while self._queue:
                self._queue.serve()

    def clear(self):
        with self._guard:
            self._flag = False

    def wait(self, timeout=None):
        limit = _limit(timeout)
        with self._guard:
            if self._flag:
                return True
            if limit == 0:
                return False
            place = self._queue.join()
        return self._queue.wait(place, limit, refuse=bool)


class Barrier:
    """The last to arrive serves the others; who breaks the barrier serves them as well."""

    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._guard = _thread.allocate_lock()
        self._places = []
        self._broken = False

    def wait(self, timeout=None):
        limit = _limit(self._timeout if timeout is None else timeout)
        with self._guard:
            if self._broken:
                raise BrokenBarrierError("the barrier is broken")
            index = len(self._places)
            if index + 1 == self._parties:
                self._complete()
                return index
            place = _Place()
            self._places.append(place)
        try:
            if not place.wait(limit):
                self._give_up(place)
        except BaseException:
            self._give_up(place)
            raise
        if place.data == "broken":
            raise BrokenBarrierError("the barrier was broken or reset")
        return index

    def _complete(self):
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._serve_all("passed")

    def _give_up(self, place):
        with self._guard:
            if place.data is None:
                self._break()

    def _break(self):
        self._broken = True
        self._serve_all("broken")

    def _serve_all(self, outcome):
        places, self._places = self._places, []
        for place in places:
            place.data = outcome
            place.serve()

    def reset(self):
        with self._guard:
            self._broken = False
            self._serve_all("broken")

    def abort(self):
        with self._guard:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return len(self._places)

    @property
    def broken(self):
        return self._broken
