"""Interrupts, deaths and forks: each fault is told where it is, and only there."""

from __future__ import annotations

import os
import random
import signal
import sys
import textwrap
import threading
import time
import traceback
from pathlib import Path

import pytest
from variants import check

from syncproof.actors.delays import Delays
from syncproof.faults.apart import Suspect, undergo
from syncproof.interleave import interrupts

posix = pytest.mark.skipif(os.name != "posix", reason="signals and forks as on POSIX")

#: Locks whose waiters are handed what is released, each by a lock of its own. An interrupted waiter
#: leaves the queue, or stays in it as a ghost.
HANDED_OVER = """
    import threading
    from collections import deque

    GHOSTS = {ghosts}

    class Semaphore:
        def __init__(self, value=1):
            self.value, self.waiters = value, deque()

        def acquire(self, blocking=True, timeout=None):
            if self.value > 0:
                self.value -= 1
                return True
            if not blocking:
                return False
            waiter = threading.Lock()
            waiter.acquire()
            self.waiters.append(waiter)
            try:
                return waiter.acquire(True, -1 if timeout is None else timeout)
            except BaseException:
                if not GHOSTS:
                    self.waiters.remove(waiter)
                raise

        def release(self, n=1):
            for _ in range(n):
                if self.waiters:
                    self.waiters.popleft().release()
                else:
                    self.value += 1

        __enter__ = acquire

        def __exit__(self, *details):
            self.release()

    class Lock(Semaphore):
        def __init__(self):
            super().__init__(1)

        def acquire(self, blocking=True, timeout=-1):
            return super().acquire(blocking, timeout)

        __enter__ = acquire

    class Event:
        def __init__(self):
            self.flag, self.waiters = False, Semaphore(0)

        def is_set(self):
            return self.flag

        def set(self):
            self.flag = True
            while self.waiters.waiters:  # one after another: a ghost takes what is another's
                self.waiters.release()
                if GHOSTS:
                    break

        def clear(self):
            self.flag = False

        def wait(self, timeout=None):
            return self.flag or self.waiters.acquire(True, timeout)

    class Condition:
        def __init__(self, lock=None):
            self.lock, self.waiters = lock or threading.RLock(), Semaphore(0)
            self.acquire, self.release = self.lock.acquire, self.lock.release

        def __enter__(self):
            return self.lock.__enter__()

        def __exit__(self, *details):
            return self.lock.__exit__(*details)

        def wait(self, timeout=None):
            self.lock.release()
            try:
                return self.waiters.acquire(True, timeout)
            finally:
                self.lock.acquire()

        def notify(self, n=1):
            if self.waiters.waiters:
                self.waiters.release()

        def notify_all(self):
            while self.waiters.waiters:
                self.waiters.release()
"""


@pytest.fixture
def module(tmp_path):
    """``module(source)``: a file of its own that can be checked."""

    def write(source):
        path = tmp_path / "candidate.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return path

    return write


def told(path, primitive, clause):
    """What a check tells of one property."""
    code, results, said = check(path, primitive, "--clause", clause, "--depth", "quick")
    assert code == 0, said
    return "; ".join(r["message"] for r in results if r["clause"] == clause)


def ordeal(name, target, primitive):
    return undergo(f"syncproof.faults.{name}", Suspect(str(target), "", primitive), Delays())


# -- points ----------------------------------------------------------------------------------


@posix
@pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info < (3, 12),
    reason="before 3.12 only some of the points are known, or their lines are others",
)
def test_a_real_signal_never_comes_where_there_is_no_point():
    def block():
        with threading.Semaphore(1):
            pass

    points = set()
    for number in range(200):
        outcome = interrupts.at(number, block)
        if not outcome.reached:
            break
        points.add(outcome.where)
    seen = signalled_places(block, seconds=0.5)
    assert seen
    assert seen <= points
    assert number > 15


def signalled_places(operation, seconds):
    """The lines of the innermost frames in which a handler ran while the operation was repeated."""

    class Alarm(BaseException):
        pass

    def ring(number, frame):
        raise Alarm

    seen = set()
    before = signal.signal(signal.SIGALRM, ring)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 4e-4))
                while True:
                    operation()
            except Alarm as alarm:
                frames = traceback.extract_tb(alarm.__traceback__)[1:-1]
                if frames:
                    name = Path(frames[-1].filename).name
                    seen.add(f"{name}:{frames[-1].lineno}")
            except BaseException:  # what an inner lock says when it has been interrupted
                continue
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return seen


def test_every_point_is_stopped_at_once_and_in_order():
    steps = []

    def operation():
        for step in range(3):
            steps.append(step)

    swept = interrupts.every(lambda number: (interrupts.at(number, operation), "stopped"))
    assert swept.points >= 3
    assert not swept.cut_short
    steps.clear()
    assert interrupts.at(10_000, operation).reached is False
    assert steps == [0, 1, 2]


def test_a_handler_that_returns_changes_nothing():
    ran = []
    outcome = interrupts.at(0, lambda: [].append(1), lambda: ran.append(1))
    assert outcome.reached
    assert not outcome.raised
    assert ran == [1]


def test_a_sweep_is_told_in_one_line():
    swept = interrupts.Swept(5, {"a permit is lost": ["a.py:3", "a.py:1", "b.py:2"]})
    assert swept.told("acquire()") == "acquire(): 5 points; a permit is lost at a.py:1, 3, b.py:2"


# -- sweeps ----------------------------------------------------------------------------------


def test_a_sweep_finds_the_lock_left_held_and_only_there(module):
    path = module("""
        import threading

        class Lock:
            def __init__(self):
                self.inner = threading.Lock()
                self.release = self.inner.release
                self.locked = self.inner.locked

            def acquire(self, blocking=True, timeout=-1):
                return self.inner.acquire(blocking, timeout)

            __enter__ = acquire

            def __exit__(self, *details):
                self.inner.release()
    """)
    found = ordeal("sweeps:sweep", path, "lock").found
    by_title = {line.partition(":")[0]: line for line in found}
    assert "the lock is left held at candidate.py:11" in by_title["acquire()"]
    assert "the lock is left held" in by_title["with"]
    assert "nothing is left behind" in by_title["acquire(timeout) of a held one"]


def test_a_sweep_has_nothing_to_do_where_there_is_no_python_code(module):
    path = module("""
        import _thread

        class Lock:
            def __new__(cls):
                return _thread.allocate_lock()
    """)
    answer = ordeal("sweeps:sweep", path, "lock")
    if sys.version_info >= (3, 10):
        assert "nothing is left behind" in answer.found[0]
    assert not answer.unfinished


# -- interrupted waiters ---------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    ("primitive", "clause"),
    [
        ("lock", "property.lock.ghost-waiter-after-interrupt"),
        ("semaphore", "property.sem.permit-lost-after-interrupt"),
        ("event", "property.event.wakeup-lost-after-interrupt"),
        ("condition", "property.cond.notify-lost-after-interrupt"),
    ],
)
def test_a_ghost_is_seen_where_there_is_one(module, primitive, clause):
    with_ghosts = told(module(HANDED_OVER.format(ghosts=True)), primitive, clause)
    assert "interrupted by Ctrl-C: " in with_ghosts
    without = told(module(HANDED_OVER.format(ghosts=False)), primitive, clause)
    assert "interrupted" not in without


# -- owners that are gone --------------------------------------------------------------------

BY_IDENT = """
    import threading

    class RLock:
        def __init__(self):
            self.inner, self.owner, self.level = threading.Lock(), None, 0

        def acquire(self, blocking=True, timeout=-1):
            if self.owner == {me}:
                self.level += 1
                return True
            if not self.inner.acquire(blocking, timeout):
                return False
            self.owner, self.level = {me}, 1
            return True

        __enter__ = acquire

        def release(self):
            if self.owner != {me}:
                raise RuntimeError("not the owner")
            self.level -= 1
            if not self.level:
                self.owner = None
                self.inner.release()

        def __exit__(self, *details):
            self.release()
"""


@posix
def test_an_owner_by_ident_has_an_heir_and_an_owner_by_object_has_none(module):
    clause = "property.rlock.owner-by-ident"
    by_ident = told(module(BY_IDENT.format(me="threading.get_ident()")), "rlock", clause)
    assert "acquires it again" in by_ident or "no thread got the ident" in by_ident
    by_object = told(module(BY_IDENT.format(me="threading.current_thread()")), "rlock", clause)
    assert "acquires it again" not in by_object


# -- forks, endings, handlers ----------------------------------------------------------------


@posix
def test_a_lock_that_a_fork_frees_is_told_from_one_that_stays_held(module):
    plain = ordeal("forks:in_two", "threading", "lock")
    assert "held by another thread: in the child it is held, and release() frees it" in plain.found
    path = module("""
        import os
        import threading
        import weakref

        class Lock:
            def __init__(self):
                self.inner = threading.Lock()
                made.add(self)

            def acquire(self, blocking=True, timeout=-1):
                return self.inner.acquire(blocking, timeout)

            def release(self):
                self.inner.release()

        made = weakref.WeakSet()

        def free():
            for lock in made:
                lock.inner = threading.Lock()

        os.register_at_fork(after_in_child=free)
    """)
    answer = ordeal("forks:in_two", path, "lock")
    assert "held by another thread: in the child it is free" in answer.found
    assert not answer.unfinished


def test_an_interpreter_that_does_not_end_is_told_from_one_that_does(module):
    assert ordeal("endings:with_daemons", "threading", "lock").ending == "exited with status 0"
    path = module("""
        import atexit
        import threading

        class Lock:
            def __init__(self):
                self.inner = threading.Lock()
                self.acquire, self.release = self.inner.acquire, self.inner.release
                atexit.register(self.acquire)
    """)
    answer = ordeal("endings:with_daemons", path, "lock")
    assert answer.ending.startswith("did not go on for")


def test_an_event_that_a_handler_cannot_set_is_told_from_one_that_it_can(module):
    reentrant = """
        import threading

        class Event(threading.Event):
            def __init__(self):
                super().__init__()
                self._cond = threading.Condition(threading.RLock())
    """
    found = ordeal("handlers:everywhere", module(reentrant), "event").found
    assert not any("never end" in line for line in found)
    assert "never end" in ordeal("handlers:everywhere", "threading", "event").found[0]


def test_a_crash_is_told_with_what_was_tried(module):
    path = module("""
        import os

        class Lock:
            def acquire(self, blocking=True, timeout=-1):
                os.abort()

            def release(self):
                pass
    """)
    answer = ordeal("sweeps:sweep", path, "lock")
    assert answer.unfinished.startswith("an interrupt at point 1 of acquire(): the process was")


def test_what_cannot_be_loaded_elsewhere_says_so(tmp_path):
    answer = ordeal("sweeps:sweep", tmp_path / "nothing.py", "lock")
    assert answer.unfit.startswith("it cannot be loaded in a process of its own")
