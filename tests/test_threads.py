"""The driver of the thread model: what it takes for blocked, for finished, for stuck.

The same tests run with the kernel's view and without it. The implementations here are slow, poll,
spin, or let a helper do the work: none of that may change a verdict.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time

import pytest

from syncproof.actors import (
    ScenarioError,
    Scene,
    Stuck,
    Violation,
    all_of,
    at_least,
    kernel,
    one_of,
    rest_of,
    threads,
)
from syncproof.actors.delays import Delays
from syncproof.actors.signals import Interrupted, interrupted, signalled
from syncproof.actors.threads import Threads

#: How long a slow call takes: longer than three looks, shorter than a settle window.
SLOW = 0.008


@pytest.fixture(params=["kernel", "settle"])
def scene(request):
    # without the kernel's view nobody knows that a thread which helps the lock waits for a
    # processor, and here others test side by side
    kernel = request.param == "kernel"
    delays = Delays(factor=1.0 if kernel else 4.0)
    scene = Scene(Threads(delays, use_kernel=kernel), delays)
    yield scene
    scene.close()


# -- implementations that make it hard ----------------------------------------------------


class Plain:
    """The interpreter's own lock."""

    poll_interval = 0.0

    def __init__(self):
        self.lock = threading.Lock()
        self.acquire, self.release = self.lock.acquire, self.lock.release


class Slow(Plain):
    """Each acquire sleeps first."""

    def __init__(self):
        super().__init__()
        self.acquire = self.slow_acquire

    def slow_acquire(self):
        self.linger()
        return self.lock.acquire()

    def linger(self):
        time.sleep(SLOW)


class Busy(Slow):
    """Each acquire computes first."""

    def linger(self):
        end = time.perf_counter() + SLOW
        while time.perf_counter() < end:
            pass


class TimedWait(Slow):
    """Each acquire first waits for a lock of its own that never comes."""

    def linger(self):
        lock = threading.Lock()
        lock.acquire()
        lock.acquire(timeout=SLOW)


class Helped(Slow):
    """Each acquire first waits, without a timeout, for a thread that it has started."""

    def linger(self):
        done = threading.Lock()
        done.acquire()

        def help_():
            time.sleep(SLOW)
            done.release()

        threading.Thread(target=help_, daemon=True).start()
        done.acquire()


class Polling(Plain):
    """A wait that asks again and again."""

    poll_interval = 0.02

    def __init__(self):
        super().__init__()
        self.acquire = self.poll

    def poll(self):
        while not self.lock.acquire(False):
            time.sleep(self.poll_interval)
        return True


class PollingFast(Polling):
    poll_interval = 0.0002


class Spinning(Polling):
    """A wait that never sleeps, but lets others run."""

    poll_interval = 0


class Slices(Plain):
    """A wait in slices of timed waits."""

    poll_interval = 0.01

    def __init__(self):
        super().__init__()
        self.acquire = self.in_slices

    def in_slices(self):
        while not self.lock.acquire(timeout=self.poll_interval):
            pass
        return True


LOCKS = [Plain, Slow, Busy, TimedWait, Helped, Polling, PollingFast, Spinning, Slices]


@pytest.fixture(params=LOCKS, ids=lambda kind: kind.__name__)
def lock(request, scene):
    scene.delays.poll_interval = request.param.poll_interval
    return request.param()


# -- blocked or not -----------------------------------------------------------------------


def test_an_acquire_of_a_held_lock_is_blocked_until_the_release(scene, lock):
    holder, waiter = scene.actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    waiter.remains_blocked()
    holder.does(lock.release)
    waiter.returns(True)


def test_an_acquire_of_a_free_lock_is_not_taken_for_blocked(scene, lock):
    (caller,) = scene.actors(1)
    with pytest.raises(Violation, match="instead of blocking"):
        caller.begins(lock.acquire).blocks()


def test_one_of_three_gets_in_and_the_rest_stay_blocked(scene, lock):
    holder, *waiters = scene.actors(4)
    holder.does(lock.acquire)
    for waiter in waiters:
        waiter.begins(lock.acquire)
    all_of(waiters).block()
    releaser = holder
    while waiters:
        releaser.does(lock.release)
        releaser = one_of(waiters).completes()
        waiters = rest_of(waiters, releaser).remain_blocked()


def test_two_that_get_in_are_not_one(scene):
    both = scene.actors(2)
    all_of(both).begin(lambda: time.sleep(SLOW))
    with pytest.raises(Violation, match="expected 1"):
        one_of(both).complete()


def test_a_scene_without_busy_actors_is_quiet(scene):
    scene.actors(2)
    scene.quiesce()


def test_blocked_for_certain_takes_no_settle_window():
    if not kernel.available():
        pytest.skip("no kernel's view here")
    delays = Delays(poll_interval=1e6)  # a settle window that would outlast any patience
    scene = Scene(Threads(delays), delays)
    lock = threading.Lock()
    holder, waiter = scene.actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    waiter.completes()
    scene.close()


class Looked:
    """A busy actor and its thread, as one look after another saw it."""

    entered = busy = True

    def __init__(self, *glances):
        self.glances = list(glances)
        self.call = self

    def look(self):
        return self.glances.pop(0)


def own_time(monkeypatch, helpers, *glances):
    """What a watch counts when it looks each millisecond."""
    clock = iter(range(len(glances)))
    monkeypatch.setattr(threads, "perf_counter", lambda: next(clock) / 1000)
    thread = Looked(*glances)
    watch = threads._Watch(thread, thread, helpers, window=0.3)
    while thread.glances:
        watch.look()
    return round(watch.own_time * 1000)


SLEEPS = kernel.Glance(waits_untimed=False, turns=b"1", run_delay=0.0)
READY = SLEEPS._replace(ready=b"10")


def test_asleep_its_own_time_passes(monkeypatch):
    assert own_time(monkeypatch, kernel.Helpers(), *[SLEEPS] * 5) == 4


def test_while_it_computes_its_own_time_passes(monkeypatch):
    """What it used is told from time to time, and then it counts for all the looks before."""
    used = [READY._replace(ready=n) for n in (b"1", b"1", b"1", b"4", b"4", b"6")]
    assert own_time(monkeypatch, kernel.Helpers(), *used) == 5


def test_while_no_processor_is_free_its_own_time_stands_still(monkeypatch):
    ran = SLEEPS._replace(turns=b"2", run_delay=0.004)
    assert own_time(monkeypatch, kernel.Helpers(), SLEEPS, *[READY] * 5) == 1
    assert own_time(monkeypatch, kernel.Helpers(), SLEEPS, *[READY] * 5, ran) == 2


def test_while_its_helper_waits_for_a_processor_its_own_time_stands_still(monkeypatch):
    helpers = kernel.Helpers()
    helpers.held_up = True
    assert own_time(monkeypatch, helpers, *[SLEEPS] * 5) == 0


# -- finished -----------------------------------------------------------------------------


def test_returns_tells_true_from_one(scene):
    (actor,) = scene.actors(1)
    actor.begins(lambda: 1).returns(1)
    with pytest.raises(Violation, match="returned 1, expected True"):
        actor.begins(lambda: 1).returns(True)


def test_completes_gives_the_value(scene):
    (actor,) = scene.actors(1)
    assert actor.does(divmod, 7, 2) == (3, 1)


def test_an_exception_where_none_is_expected_is_a_violation(scene):
    (actor,) = scene.actors(1)
    with pytest.raises(Violation, match="raised ZeroDivisionError") as caught:
        actor.does(divmod, 1, 0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_raises_takes_subclasses_and_gives_the_exception(scene):
    (actor,) = scene.actors(1)
    error = actor.begins(divmod, 1, 0).raises(ArithmeticError)
    assert isinstance(error, ZeroDivisionError)
    with pytest.raises(Violation, match="expected ValueError"):
        actor.begins(divmod, 1, 0).raises(ValueError)
    with pytest.raises(Violation, match="returned"):
        actor.begins(divmod, 1, 1).raises(ValueError)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_exceptions_that_end_programs_end_only_the_operation(scene, kind):
    (actor,) = scene.actors(1)

    def operation():
        raise kind

    actor.begins(operation).raises(kind)
    assert actor.does(lambda: "alive") == "alive"


def test_an_early_return_is_told_from_a_kept_timeout(scene):
    (actor,) = scene.actors(1)
    held = threading.Lock()
    held.acquire()
    actor.begins(held.acquire, timeout=scene.delays.short).returns(False)
    actor.took_at_least(scene.delays.short)
    actor.begins(held.acquire, timeout=scene.delays.short / 2).returns(False)
    with pytest.raises(Violation, match="before its timeout"):
        actor.took_at_least(scene.delays.short * 100)


def test_at_least_accepts_more_and_no_fewer(scene):
    cast = scene.actors(3)
    all_of(cast).begin(lambda: None)
    assert len(at_least(1, cast).complete()) >= 1


def test_with_blocks_are_entered_and_left_by_one_actor(scene):
    (actor,) = scene.actors(1)
    lock = threading.RLock()
    actor.enters(lock)
    actor.leaves(lock)
    assert lock.acquire(False)


# -- stuck --------------------------------------------------------------------------------


def test_an_operation_that_never_ends_is_stuck_and_shows_where(scene):
    scene.delays.hangs = 10  # little patience
    (actor,) = scene.actors(1)
    stop = threading.Event()

    def spin_forever():
        while not stop.is_set():
            time.sleep(0)

    with pytest.raises(Stuck, match="did not finish spin_forever") as caught:
        actor.does(spin_forever)
    stop.set()
    assert "in spin_forever" in str(caught.value)
    assert "actors/threads.py" not in str(caught.value)


def test_patience_shrinks_with_hangs():
    patience = [Delays(hangs=hangs).deadline for hangs in range(8)]
    assert patience == sorted(patience, reverse=True)
    assert patience[-1] < patience[0] / 5


def test_a_scene_with_a_stuck_actor_closes():
    delays = Delays(hangs=10)
    scene = Scene(Threads(delays), delays)
    lock = threading.Lock()
    lock.acquire()
    (actor,) = scene.actors(1)
    actor.begins(lock.acquire).blocks()
    scene.close()
    lock.release()


# -- mistakes of a scenario ---------------------------------------------------------------


def test_a_busy_actor_cannot_begin_anything(scene):
    lock = threading.Lock()
    lock.acquire()
    (actor,) = scene.actors(1)
    actor.begins(lock.acquire)
    with pytest.raises(ScenarioError, match=r"still in lock\.acquire"):
        actor.begins(lock.release)
    lock.release()
    actor.completes()


def test_the_trace_tells_the_story(scene):
    lock, other = Named(), Named()
    holder, waiter = scene.actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    waiter.completes()
    waiter.does(other.acquire, timeout=1)
    waiter.does(list, [other])
    told = [(actor, re.sub(r"after 0\.\d\d s", "after some time", t)) for actor, t in scene.trace]
    assert told == [
        ("a", "begins Named.acquire()"),
        ("a", "Named.acquire() returned True"),
        ("b", "begins Named.acquire()"),
        ("b", "is blocked in Named.acquire()"),
        ("a", "begins Named.release()"),
        ("a", "Named.release() returned None"),
        ("b", "Named.acquire() returned True"),
        ("b", "begins Named 2.acquire(timeout=1)"),
        ("b", "Named 2.acquire(timeout=1) returned True after some time"),
        ("b", "begins list([<other>])"),
        ("b", "list([<other>]) returned [<other>]"),
    ]


class Named:
    """A lock whose methods are its own."""

    def __init__(self):
        self.lock = threading.Lock()

    def acquire(self, timeout=-1):
        return self.lock.acquire(timeout=timeout)

    def release(self):
        self.lock.release()

    def __repr__(self):
        return "<other>"


def test_too_few_that_finish_are_told_from_those_that_do_not(scene):
    scene.delays.hangs = 10
    lock = threading.Lock()
    lock.acquire()
    both = scene.actors(2)
    both[0].begins(lock.acquire)
    both[1].begins(lambda: None)
    with pytest.raises(Stuck, match=r"1 of a, b finished .*, expected 2; still in it: a"):
        all_of(both).complete()
    lock.release()
    both[0].completes()


# -- signals ------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(__import__("signal"), "pthread_kill"), reason="no signals here")
class TestSignals:
    def test_a_handler_that_raises_ends_a_wait(self, scene):
        lock = threading.Lock()
        lock.acquire()
        interrupted(scene, lock.acquire, free=lock.release).raises(Interrupted)

    def test_whom_nothing_ends_is_thrown_out_and_stuck(self):
        delays = Delays(hangs=10)
        scene = Scene(Threads(delays), delays)
        lock = threading.Lock()
        lock.acquire()
        with pytest.raises(Stuck, match=r"main did not finish lock\.acquire(_lock)?\(\)"):
            signalled(scene, lock.acquire, then=lambda: None)
        scene.close()

    def test_a_wait_that_cannot_be_interrupted_is_a_violation(self, scene):
        scene.delays.hangs = 3
        free = threading.Event()

        def stubborn():
            while not free.is_set():
                with contextlib.suppress(Interrupted):
                    free.wait()

        with pytest.raises(Violation, match="was not ended"):
            interrupted(scene, stubborn, free=free.set)

    def test_a_handler_that_returns_lets_a_wait_go_on(self, scene):
        lock = threading.Lock()
        lock.acquire()
        signalled(scene, lock.acquire, then=lock.release).returns(True)
