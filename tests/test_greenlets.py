"""The drivers of greenlets: what they take for blocked, for finished, for stuck, for killed.

The same tests run on gevent's hub and on eventlet's, where these are installed.
"""

from __future__ import annotations

import socket
import threading
import time

import pytest
from variants import (
    BROKEN,
    PERMITTED,
    broken_greenlets,
    check_permitted,
    check_seeded,
    files,
    permitted_greenlets,
    tried,
)

from syncproof.actors import ScenarioError, Scene, Stuck, Violation, all_of, models, one_of, rest_of
from syncproof.actors.carriers import breathe
from syncproof.actors.delays import Delays
from syncproof.results import BAD


class OnGevent:
    """gevent, under the names that these tests use."""

    def __init__(self):
        gevent = pytest.importorskip("gevent", reason="gevent is not installed")
        lock = pytest.importorskip("gevent.lock")
        self.sleep, self.make_lock = gevent.sleep, lock.RLock
        self.make_semaphore = lock.Semaphore
        wait_read = pytest.importorskip("gevent.socket").wait_read
        self.until_readable = lambda file: wait_read(file.fileno())


class OnEventlet:
    """eventlet, under the same names."""

    def __init__(self):
        eventlet = pytest.importorskip("eventlet", reason="eventlet is not installed")
        semaphore = pytest.importorskip("eventlet.semaphore")
        self.sleep = eventlet.sleep
        self.make_lock = self.make_semaphore = semaphore.Semaphore
        trampoline = pytest.importorskip("eventlet.hubs").trampoline
        self.until_readable = lambda file: trampoline(file, read=True)


@pytest.fixture(params=["gevent", "eventlet"])
def model(request):
    return request.param


@pytest.fixture
def provider(model):
    return OnGevent() if model == "gevent" else OnEventlet()


@pytest.fixture
def scene(model, provider):
    delays = Delays()
    scene = Scene(models.driver(model, delays), delays)
    yield scene
    scene.close()


class Plain:
    """The provider's own semaphore of one permit."""

    def __init__(self, provider):
        self.provider = provider
        self.semaphore = provider.make_semaphore(1)
        self.release = self.semaphore.release

    def acquire(self):
        return self.semaphore.acquire()


class Slow(Plain):
    """Each acquire first lets the others run, and then sleeps for a moment."""

    def acquire(self):
        for _ in range(5):
            self.provider.sleep(0)
        self.provider.sleep(0.002)
        return self.semaphore.acquire()


class Polling(Plain):
    """A wait that asks again and again."""

    pause = 0.004

    def acquire(self):
        while not self.semaphore.acquire(blocking=False):
            self.provider.sleep(self.pause)
        return True


class Spinning(Polling):
    """A wait that never sleeps, but lets others run."""

    pause = 0


@pytest.fixture(params=[Plain, Slow, Polling, Spinning], ids=lambda kind: kind.__name__)
def lock(request, provider, scene):
    return request.param(provider)


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


def test_a_timed_wait_counts_as_blocked_before_its_timeout(scene, provider):
    (waiter,) = scene.actors(1)
    semaphore = provider.make_semaphore(0)
    waiter.begins(semaphore.acquire, timeout=scene.delays.long).blocks()
    semaphore.release()
    waiter.returns(True)


def test_actors_are_greenlets_of_one_thread_each_the_same_for_all_its_operations(scene, provider):
    one, other = scene.actors(2)
    lock = provider.make_lock(*[1] * (provider.make_lock is provider.make_semaphore))
    assert one.does(threading.get_ident) == other.does(threading.get_ident)
    one.does(lock.acquire)
    if provider.make_lock is not provider.make_semaphore:  # it has an owner
        one.does(lock.acquire)
        one.does(lock.release)
    other.begins(lock.acquire).blocks()
    one.does(lock.release)
    other.completes()


# -- finished -----------------------------------------------------------------------------


def test_completes_gives_the_value_and_raises_gives_the_exception(scene):
    (actor,) = scene.actors(1)
    assert actor.does(divmod, 7, 2) == (3, 1)
    error = actor.begins(divmod, 1, 0).raises(ArithmeticError)
    assert isinstance(error, ZeroDivisionError)
    with pytest.raises(Violation, match="raised ZeroDivisionError"):
        actor.does(divmod, 1, 0)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_exceptions_that_end_programs_end_only_the_operation(scene, kind):
    (actor,) = scene.actors(1)

    def operation():
        raise kind

    actor.begins(operation).raises(kind)
    assert actor.does(lambda: "alive") == "alive"


def test_a_timeout_takes_its_time_and_no_other_is_taken_for_it(scene, provider):
    (actor,) = scene.actors(1)
    semaphore = provider.make_semaphore(0)
    short = scene.delays.short
    assert not actor.does(semaphore.acquire, timeout=short)
    actor.took_at_least(short)
    with pytest.raises(Violation, match="before its timeout"):
        actor.took_at_least(short * 100)


def test_actors_that_breathe_take_turns(scene):
    seen = []

    def count():
        for number in range(3):
            seen.append(number)
            breathe()

    all_of(scene.actors(2)).begin(count).complete()
    assert seen == [0, 0, 1, 1, 2, 2]


def test_what_an_operation_leaves_to_others_is_done_before_the_next(scene, provider):
    holder, waiter = scene.actors(2)
    semaphore = provider.make_semaphore(0)
    waiter.begins(semaphore.acquire).blocks()
    holder.does(semaphore.release)
    assert not waiter.busy


def test_a_thread_of_the_implementation_may_do_the_waking(scene, provider):
    """The greenlet looks again and again; the driver must not give it up before the thread ends."""
    (waiter,) = scene.actors(1)
    done = []

    def wait():
        threading.Thread(target=lambda: (time.sleep(0.1), done.append(True))).start()
        while not done:
            provider.sleep(0.001)

    waiter.does(wait)


def test_one_that_waits_for_a_file_is_not_given_up(scene, provider):
    (reader,) = scene.actors(1)
    there, here = socket.socketpair()

    def read():
        provider.until_readable(here)
        return here.recv(1)

    threading.Timer(0.2, there.send, [b"x"]).start()
    reader.begins(read).returns(b"x")
    there.close()
    here.close()


# -- stuck --------------------------------------------------------------------------------


def test_what_nothing_can_wake_is_stuck_at_once_and_shows_where(scene, provider):
    (actor,) = scene.actors(1)
    semaphore = provider.make_semaphore(0)

    def wait_forever():
        semaphore.acquire()

    began = time.perf_counter()
    with pytest.raises(Stuck, match="did not finish wait_forever") as caught:
        actor.does(wait_forever)
    assert time.perf_counter() - began < scene.delays.deadline
    assert "in wait_forever" in str(caught.value)
    assert "actors/greenlets.py" not in str(caught.value)


def test_one_that_spins_is_stuck_after_a_while(scene, provider):
    scene.delays.hangs = 10  # little patience
    (actor,) = scene.actors(1)
    stop = []

    def spin():
        while not stop:
            provider.sleep(0)

    with pytest.raises(Stuck, match="did not finish spin"):
        actor.does(spin)
    stop.append(True)
    actor.completes()


def test_a_scene_with_a_stuck_actor_closes_and_the_next_is_not_disturbed(model, provider):
    delays = Delays(hangs=10)
    scene = Scene(models.driver(model, delays), delays)
    stuck, stubborn = scene.actors(2)
    semaphore = provider.make_semaphore(0)
    turns = []

    def spin_whatever_comes():
        while len(turns) < 1_000_000:
            try:
                turns.append(None)
                provider.sleep(0)
            except BaseException:
                continue

    stuck.begins(semaphore.acquire).blocks()
    stubborn.begins(spin_whatever_comes).blocks()
    scene.close()
    before = len(turns)
    later = Scene(models.driver(model, delays), delays)
    (actor,) = later.actors(1)
    assert actor.does(lambda: "fresh") == "fresh"
    later.close()
    assert len(turns) == before


def test_outside_of_scenes_the_hub_of_before_works_as_ever(model, provider):
    delays = Delays()
    for _ in range(3):
        scene = Scene(models.driver(model, delays), delays)
        (actor,) = scene.actors(1)
        actor.begins(provider.make_semaphore(0).acquire).blocks()
        scene.close()
        provider.sleep(0.001)


# -- cancelled ----------------------------------------------------------------------------


def test_a_killed_waiter_ends_and_its_actor_lives(scene, provider):
    (waiter,) = scene.actors(1)
    semaphore = provider.make_semaphore(0)
    waiter.begins(semaphore.acquire).blocks()
    waiter.is_cancelled().ends_cancelled()
    assert waiter.does(lambda: "alive") == "alive"


def test_one_is_killed_only_when_the_killer_lets_others_run(scene, provider):
    killer, waiter = scene.actors(2)
    semaphore = provider.make_semaphore(0)
    waiter.begins(semaphore.acquire).blocks()

    def kill_and_look():
        waiter.is_cancelled()
        return waiter.busy

    assert killer.does(kill_and_look)
    waiter.ends_cancelled()


def test_a_kill_that_comes_too_late_hits_no_later_operation(scene):
    killer, other = scene.actors(2)

    def finish_then_be_killed():
        killer.is_cancelled()

    killer.does(finish_then_be_killed)
    assert killer.does(lambda: "alive") == "alive"
    other.is_cancelled()
    assert other.does(lambda: "alive") == "alive"


def test_a_kill_brings_its_message(scene, provider):
    (waiter,) = scene.actors(1)
    semaphore = provider.make_semaphore(0)
    waiter.begins(semaphore.acquire).blocks()
    error = waiter.is_cancelled("enough").ends_cancelled()
    assert error.args == ("enough",)


# -- mistakes of a scenario ---------------------------------------------------------------


def test_the_main_greenlet_is_no_actor(scene):
    with pytest.raises(ScenarioError, match="no actor"):
        scene.driver.hire_main()


# -- implementations that are wrong, and unusual ones -------------------------------------


@pytest.mark.parametrize("variant", tried(broken_greenlets()), ids=str)
def test_a_seeded_violation_is_found_by_its_clause(variant, tmp_path):
    pytest.importorskip("gevent", reason="gevent is not installed")
    code, results, said = check_seeded(variant, tmp_path, "--model", "gevent")
    assert code == 1, said
    found = {r["clause"] for r in results if r["outcome"] in (*BAD, "not-offered")}
    assert set(variant.clauses) <= found, f"{variant.seed}\n{said}"


@pytest.mark.parametrize("variant", tried(permitted_greenlets()), ids=str)
def test_an_unusual_implementation_is_conformant(variant, tmp_path):
    pytest.importorskip("gevent", reason="gevent is not installed")
    code, _, said = check_permitted(variant, tmp_path, "--model", "gevent")
    assert code == 0, said


def test_there_is_a_manifest_entry_for_every_file():
    for folder, variants in ((BROKEN, broken_greenlets()), (PERMITTED, permitted_greenlets())):
        assert {variant.file for variant in variants} == files(folder, "greenlets")
