"""Nine races seeded into small correct primitives, as replacements in their sources.

Each is a pair: the correct module, and the same with a few lines changed. The program is one that
a schedule can make the broken one fail on.
"""

from __future__ import annotations

from dataclasses import dataclass

SEMAPHORE = """
from _thread import allocate_lock
from collections import deque
from time import monotonic

class Semaphore:
    def __init__(self, value=1):
        self._lock = allocate_lock()
        self._value = value
        self._waiters = deque()

    def acquire(self, blocking=True, timeout=None):
        deadline = None if timeout is None else monotonic() + timeout
        with self._lock:
            while self._value == 0:
                left = -1 if deadline is None else max(0, deadline - monotonic())
                if not blocking or left == 0:
                    return False
                waiter = allocate_lock()
                waiter.acquire()
                self._waiters.append(waiter)
                self._lock.release()
                waiter.acquire(True, left)
                self._lock.acquire()
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
            self._value -= 1
            return True

    def release(self, n=1):
        with self._lock:
            self._value += n
            for _ in range(min(n, len(self._waiters))):
                self._waiters.popleft().release()
"""

HANDED_OVER = '''
from _thread import allocate_lock

class Semaphore:
    """A permit is given to a waiter, if there is one."""

    def __init__(self, value=1):
        self._lock = allocate_lock()
        self._value = value
        self._waiters = []

    def acquire(self, blocking=True, timeout=-1):
        with self._lock:
            if self._value:
                self._value -= 1
                return True
            if not blocking:
                return False
            waiter = allocate_lock()
            waiter.acquire()
            self._waiters.append(waiter)
        if waiter.acquire(True, timeout):
            return True
        with self._lock:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
                return False
            return True  # it was given, too late for the timeout and early enough for us

    def release(self, n=1):
        with self._lock:
            for _ in range(n):
                if self._waiters:
                    self._waiters.pop(0).release()
                else:
                    self._value += 1
'''

BOUNDED = """
from _thread import allocate_lock
import threading

class BoundedSemaphore:
    def __init__(self, value=1):
        self._changed = threading.Condition(threading.Lock())
        self._value = self._bound = value

    def acquire(self, blocking=True, timeout=None):
        with self._changed:
            if not blocking:
                if not self._value:
                    return False
            elif not self._changed.wait_for(lambda: self._value > 0, timeout):
                return False
            self._value -= 1
            return True

    def release(self, n=1):
        with self._changed:
            if self._value + n > self._bound:
                raise ValueError("released too many times")
            self._value += n
            self._changed.notify(n)
"""

CONDITION = """
from _thread import RLock, allocate_lock

class Condition:
    def __init__(self, lock=None):
        self._lock = lock if lock is not None else allocate_lock()
        self.acquire, self.release = self._lock.acquire, self._lock.release
        self._waiters = []

    def wait(self, timeout=-1):
        waiter = allocate_lock()
        waiter.acquire()
        self._waiters.append(waiter)
        self._lock.release()
        got = waiter.acquire(True, timeout)
        self._lock.acquire()
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        return got

    def notify(self, n=1):
        for waiter in self._waiters[:n]:
            self._waiters.remove(waiter)
            waiter.release()

    def notify_all(self):
        self.notify(len(self._waiters))
"""

EVENT = """
from _thread import allocate_lock

class Event:
    def __init__(self):
        self._lock = allocate_lock()
        self._flag = False
        self._waiters = []

    def is_set(self):
        return self._flag

    def set(self):
        with self._lock:
            self._flag = True
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                waiter.release()

    def clear(self):
        with self._lock:
            self._flag = False

    def wait(self, timeout=-1):
        with self._lock:
            if self._flag:
                return True
            waiter = allocate_lock()
            waiter.acquire()
            self._waiters.append(waiter)
        return waiter.acquire(True, -1 if timeout is None else timeout)
"""

RLOCK = """
from _thread import allocate_lock, get_ident

class RLock:
    def __init__(self):
        self._block = allocate_lock()
        self._owner = None
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        me = get_ident()
        if self._owner == me:
            self._count += 1
            return True
        if not self._block.acquire(blocking, timeout):
            return False
        self._owner = me
        self._count = 1
        return True

    def release(self):
        if self._owner != get_ident():
            raise RuntimeError("not the owner")
        self._count -= 1
        if self._count == 0:
            self._owner = None
            self._block.release()
"""

BARRIER = """
import threading

class Barrier:
    def __init__(self, parties):
        self.parties = parties
        self._changed = threading.Condition(threading.Lock())
        self._generation = 0
        self._count = 0

    def wait(self, timeout=None):
        with self._changed:
            generation = self._generation
            index = self._count
            self._count += 1
            if self._count == self.parties:
                self._count = 0
                self._generation += 1
                self._changed.notify_all()
            while self._generation == generation:
                self._changed.wait()
            return index
"""


@dataclass(frozen=True)
class Race:
    """A race: its name, the correct source, what is changed in it, and a program."""

    name: str
    source: str
    program: str
    changes: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.name

    @property
    def broken(self) -> str:
        text = self.source
        for old, new in self.changes:
            if text.count(old) != 1:
                raise ValueError(f"{self.name}: {old!r} does not occur once")
            text = text.replace(old, new)
        return text


RACES = (
    Race(
        "semaphore-counts-unlocked",
        SEMAPHORE,
        "semaphore(0): release | release | acquire acquire",
        (
            (
                "        with self._lock:\n            self._value += n\n",
                "        self._value += n\n        with self._lock:\n",
            ),
        ),
    ),
    Race(
        "semaphore-does-not-look-again",
        SEMAPHORE,
        "semaphore(0): acquire | release | acquire",
        (("while self._value == 0:", "if self._value == 0:"),),
    ),
    Race(
        "semaphore-fast-path-unlocked",
        SEMAPHORE,
        "semaphore(1): try | try",
        (
            (
                "        deadline = None",
                "        if self._value > 0:\n"
                "            self._value -= 1\n"
                "            return True\n"
                "        deadline = None",
            ),
        ),
    ),
    Race(
        "semaphore-drops-what-comes-with-the-timeout",
        HANDED_OVER,
        "semaphore(0): timed | release acquire",
        (
            (
                "            if waiter in self._waiters:\n"
                "                self._waiters.remove(waiter)\n"
                "                return False\n"
                "            return True  #",
                "            if waiter in self._waiters:\n"
                "                self._waiters.remove(waiter)\n"
                "            return False  #",
            ),
        ),
    ),
    Race(
        "bounded-checks-unlocked",
        BOUNDED,
        "bounded_semaphore(2): try release release | release",
        (
            (
                "        with self._changed:\n            if self._value + n > self._bound:\n"
                '                raise ValueError("released too many times")\n',
                "        if self._value + n > self._bound:\n"
                '            raise ValueError("released too many times")\n'
                "        with self._changed:\n",
            ),
        ),
    ),
    Race(
        "condition-registers-late",
        CONDITION,
        "condition(lock): acquire wait leave | acquire notify leave",
        (
            (
                "        self._waiters.append(waiter)\n        self._lock.release()\n",
                "        self._lock.release()\n        self._waiters.append(waiter)\n",
            ),
        ),
    ),
    Race(
        "event-looks-before-the-lock",
        EVENT,
        "event: wait | set",
        (
            (
                "        with self._lock:\n"
                "            if self._flag:\n"
                "                return True\n",
                "        if self._flag:\n            return True\n        with self._lock:\n",
            ),
        ),
    ),
    Race(
        "rlock-clears-the-owner-late",
        RLOCK,
        "rlock: acquire leave | acquire acquire leave leave",
        (
            (
                "            self._owner = None\n            self._block.release()",
                "            self._block.release()\n            self._owner = None",
            ),
        ),
    ),
    Race(
        "barrier-counts-down-as-they-leave",
        BARRIER,
        "barrier(2): wait wait | wait wait",
        (
            ("                self._count = 0\n                self._generation += 1\n", ""),
            (
                "            while self._generation == generation:\n"
                "                self._changed.wait()\n",
                "            while self._count < self.parties:\n"
                "                self._changed.wait()\n"
                "            self._generation += 1\n"
                "            if self._generation % self.parties == 0:\n"
                "                self._count = 0\n",
            ),
        ),
    ),
)
