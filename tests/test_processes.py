"""Actors that are processes: what the driver can do, by each way to start a process."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time

import pytest
from strange import Lonely, Odd
from variants import (
    BROKEN,
    PERMITTED,
    broken_processes,
    check_permitted,
    check_seeded,
    files,
    permitted_processes,
    tried,
)

from syncproof.actors import ScenarioError, Scene, Stuck, Violation, all_of, models, one_of
from syncproof.actors.carriers import breathe, in_a_row
from syncproof.actors.delays import Delays
from syncproof.actors.verdicts import Died, Unable
from syncproof.registry import registered
from syncproof.results import BAD
from syncproof.subject import Subject
from syncproof.vocabulary import Implementation

METHODS = multiprocessing.get_all_start_methods()


def lonely(method):
    return Implementation(
        name="lonely",
        primitives=("lock",),
        load=lambda: {"lock": Lonely},
        model="process",
        family="multiprocessing",
        start_method=method,
    )


#: The one that is the default here is tried on every interpreter.
TRIED = [METHODS[0], *(pytest.param(method, marks=pytest.mark.twice) for method in METHODS[1:])]


@pytest.fixture(params=TRIED)
def method(request):
    return request.param


@pytest.fixture
def scene():
    delays = Delays()
    one = Scene(models.driver("process", delays), delays)
    yield one
    one.close()


@pytest.fixture
def factories(scene, method):
    return scene.driver.offers(Subject(registered()[f"multiprocessing-{method}"])).factories


@pytest.fixture
def strange(scene, method):
    return scene.driver.offers(Subject(lonely(method))).factories["lock"]()


# -- what a driver must be able to do -------------------------------------------------------


def test_an_actor_starts_and_returns(scene):
    (actor,) = scene.actors(1)
    assert actor.does(lambda: 6 * 7) == 42


def test_each_actor_has_one_process_for_all_that_it_does(scene, strange):
    one, other = scene.actors(2)
    pids = [one.does(strange.pid), one.does(strange.pid), other.does(strange.pid)]
    assert pids[0] == pids[1]
    assert len({*pids, os.getpid()}) == 3
    assert one.does(strange.ident)


def test_an_actor_blocks_and_completes(scene, factories):
    holder, waiter = scene.actors(2)
    lock = factories["lock"]()
    holder.begins(lock.acquire).returns(True)
    waiter.begins(lock.acquire).blocks()
    waiter.remains_blocked()
    holder.does(lock.release)
    waiter.returns(True)


def test_several_wait_and_one_gets_in(scene, factories):
    holder, *waiters = scene.actors(4)
    lock = factories["lock"]()
    holder.does(lock.acquire)
    all_of(waiters).begin(lock.acquire).block()
    holder.does(lock.release)
    one_of(waiters).completes()


def test_without_the_kernels_view_an_actor_settles(method):
    delays = Delays()
    scene = Scene(models.driver("process", delays, use_kernel=False), delays)
    try:
        factories = scene.driver.offers(
            Subject(registered()[f"multiprocessing-{method}"])
        ).factories
        holder, waiter = scene.actors(2)
        lock = factories["lock"]()
        holder.does(lock.acquire)
        waiter.begins(lock.acquire).blocks()
        holder.does(lock.release)
        waiter.completes()
    finally:
        scene.close()


def test_what_does_not_block_is_told(scene, factories):
    (actor,) = scene.actors(1)
    lock = factories["lock"]()
    with pytest.raises(Violation, match="returned True instead of blocking"):
        actor.begins(lock.acquire).blocks()


@pytest.mark.skipif(sys.platform != "linux", reason="there is no kernel's view")
def test_a_sleep_is_not_taken_for_a_block(scene, strange):
    (actor,) = scene.actors(1)
    actor.does(strange.pid)
    began = time.perf_counter()
    with pytest.raises(Violation, match="instead of blocking"):
        actor.begins(strange.sleeps, 0.01).blocks()
    assert time.perf_counter() - began >= 0.01


def test_a_wait_times_out_and_its_time_is_that_of_the_child(scene, factories):
    holder, waiter = scene.actors(2)
    lock = factories["lock"]()
    holder.does(lock.acquire)
    waiter.begins(lock.acquire, timeout=0.05).returns(False)  # starts its process first
    waiter.took_at_least(0.05)
    waiter.begins(lock.acquire, timeout=0.01).returns(False)
    with pytest.raises(Violation, match="before its timeout"):
        waiter.took_at_least(5)


def test_one_that_is_stuck_is_told_and_killed(method):
    delays = Delays(hangs=4)
    scene = Scene(models.driver("process", delays), delays)
    try:
        strange = scene.driver.offers(Subject(lonely(method))).factories["lock"]()
        (actor,) = scene.actors(1)
        pid = actor.does(strange.pid)
        actor.begins(strange.spins)
        with pytest.raises(Stuck, match="did not finish") as stuck:
            actor.completes()
        if hasattr(os, "kill") and sys.platform != "win32":
            assert "in spins" in str(stuck.value)
    finally:
        scene.close()
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            gone(pid)


def gone(pid):
    """Raises ProcessLookupError as soon as there is no such process."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        os.kill(pid, 0)
        time.sleep(0.01)


def test_a_waiter_is_killed(scene, factories):
    holder, victim, waiter = scene.actors(3)
    lock = factories["lock"]()
    holder.does(lock.acquire)
    victim.begins(lock.acquire).blocks()
    waiter.begins(lock.acquire).blocks()
    victim.is_killed()
    assert "SIGKILL" in str(victim.call.error) or sys.platform == "win32"
    holder.does(lock.release)
    waiter.completes()


def test_one_that_is_killed_between_two_operations_does_no_more(scene, factories):
    victim, other = scene.actors(2)
    lock = factories["lock"]()
    victim.does(lock.acquire)
    victim.is_killed()
    victim.begins(lock.release).raises(Died)
    other.begins(lock.acquire, False).returns(False)


def test_one_that_has_done_nothing_can_be_killed(scene, factories):
    (victim,) = scene.actors(1)
    lock = factories["lock"]()
    victim.is_killed()
    victim.begins(lock.acquire).raises(Died)


def test_threads_cannot_be_killed():
    scene = Scene(models.driver("thread", Delays()), Delays())
    (actor,) = scene.actors(1)
    with pytest.raises(ScenarioError, match="processes can be killed"):
        actor.is_killed()
    scene.close()


def test_a_process_that_dies_ends_its_operation(scene, strange):
    (actor,) = scene.actors(1)
    error = actor.begins(strange.dies, 3).raises(Died)
    assert "exit code 3" in str(error)
    actor.begins(strange.pid).raises(Died)


# -- values, exceptions and functions -------------------------------------------------------


def test_exceptions_come_back_as_what_they_are(scene, strange, factories):
    (actor,) = scene.actors(1)
    lock, rlock = factories["lock"](), factories["rlock"]()
    actor.begins(lock.release).raises(ValueError)
    actor.begins(rlock.release).raises(AssertionError)
    assert "this and that" in str(actor.begins(strange.raises).raises(Odd))
    local = actor.begins(strange.raises_a_local_one).raises(BlockingIOError)
    assert type(local).__name__ == "Local"


def test_a_broken_barrier_is_known_as_such(scene, factories):
    (actor,) = scene.actors(1)
    barrier = factories["barrier"](2)
    actor.does(barrier.abort)
    actor.begins(barrier.wait).raises(threading.BrokenBarrierError)
    assert actor.reads(barrier, "broken") is True


def test_values_go_and_come(scene, strange):
    (actor,) = scene.actors(1)
    assert actor.does(strange.itself) is strange
    assert actor.does(strange.echo, 1, (2, "x"), y=None) == ((1, (2, "x")), {"y": None})
    assert "lock" in repr(actor.does(strange.opaque))
    assert actor.reads(strange, "where") == actor.does(strange.pid)
    with pytest.raises(AttributeError):
        strange.nothing_of_that_name  # noqa: B018


def test_a_function_is_called_here_and_its_value_is_the_same_object(scene, strange):
    (actor,) = scene.actors(1)
    value = [object()]
    threads = []

    def function(number):
        threads.append(threading.get_ident())
        return value if number == 7 else None

    assert actor.does(strange.asks, function, 7) is value
    assert threads == [actor.does(threading.get_ident)]


def test_an_exception_of_a_function_comes_out_as_the_same_object(scene, strange):
    (actor,) = scene.actors(1)
    error = Odd(1, 2)

    def function():
        raise error

    assert actor.begins(strange.asks, function).raises(Odd) is error


def test_a_function_may_do_operations_itself(scene, strange):
    (actor,) = scene.actors(1)
    assert actor.does(strange.asks, strange.pid) == actor.does(strange.pid)


def test_a_predicate_is_asked_until_it_is_true(scene, factories):
    waiter, notifier = scene.actors(2)
    condition = factories["condition"]()
    good = []

    def change():
        with condition:
            good.append("ready")
            condition.notify_all()

    waiter.does(condition.acquire)
    waiter.begins(condition.wait_for, lambda: good).blocks()
    notifier.does(change)
    assert waiter.completes() is good


def test_an_action_is_called_by_one_of_the_parties(scene, factories):
    one, other = scene.actors(2)
    acted = []
    barrier = factories["barrier"](2, lambda: acted.append(threading.get_ident()))
    one.begins(barrier.wait).blocks()
    other.does(barrier.wait)
    one.completes()
    assert acted == [other.does(threading.get_ident)]


def test_an_exception_leaves_a_block_as_it_is(scene, factories):
    one, other = scene.actors(2)
    lock = factories["lock"]()
    error = KeyboardInterrupt("raised in the block")

    def block():
        with lock:
            breathe()
            raise error

    assert one.begins(block).raises(KeyboardInterrupt) is error
    other.does(lock.acquire)


def test_operations_in_a_row_are_one_message(scene, strange, factories):
    (actor,) = scene.actors(1)
    lock = factories["lock"]()
    assert actor.does(in_a_row, lock.acquire, lock.release, (lock.acquire, False)) is True
    actor.begins(in_a_row, lock.release, lock.release, lock.acquire).raises(ValueError)


# -- what can be passed on ------------------------------------------------------------------


def test_a_condition_and_its_lock_are_the_same_for_everybody(scene, factories):
    holder, other = scene.actors(2)
    lock = factories["lock"]()
    condition = factories["condition"](lock)
    holder.does(condition.acquire)
    other.begins(lock.acquire).blocks()
    holder.does(condition.release)
    other.completes()


def test_what_is_made_later_is_not_known_to_one_that_has_started(scene, factories):
    early, late = scene.actors(2)
    first = factories["lock"]()
    early.does(first.acquire)
    second = factories["lock"]()
    late.does(second.acquire)
    with pytest.raises(Unable, match="before Lock was made"):
        early.does(second.release)
    with pytest.raises(Unable):
        early.begins(lambda: second.release()).blocks()


def test_what_cannot_be_passed_on_is_told(scene):
    class Local:
        def acquire(self):
            return True

    local = Implementation(
        name="local", primitives=("lock",), load=lambda: {"lock": Local}, start_method="spawn"
    )
    lock = scene.driver.offers(Subject(local)).factories["lock"]()
    (actor,) = scene.actors(1)
    error = actor.begins(lock.acquire).ends().error
    assert "Local" in str(error)


def test_an_unknown_start_method_is_told(scene):
    odd = Implementation(
        name="odd", primitives=(), load=lambda: {}, start_method="conjure"
    )
    with pytest.raises(ScenarioError, match="conjure"):
        scene.driver.offers(Subject(odd))


# -- the whole suite, on what is wrong and on what is unusual ---------------------------------


@pytest.mark.parametrize("variant", tried(broken_processes()), ids=str)
def test_a_seeded_violation_is_found_by_its_clause(variant, tmp_path):
    missed = set(variant.clauses)
    for depth in ("default", "thorough"):  # on a loaded machine a contest may tell nothing
        code, results, said = check_seeded(
            variant, tmp_path, "--model", "process", "--depth", depth
        )
        assert code == 1, said
        missed -= {r["clause"] for r in results if r["outcome"] in BAD}
        if not missed:
            break
    assert not missed, f"{variant.seed} Not found by: {', '.join(sorted(missed))}\n{said}"


@pytest.mark.parametrize("variant", tried(permitted_processes()), ids=str)
def test_an_unusual_implementation_is_conformant(variant, tmp_path):
    code, _, said = check_permitted(variant, tmp_path, "--model", "process")
    assert code == 0, said


def test_there_is_a_manifest_entry_for_every_file():
    for folder, variants in ((BROKEN, broken_processes()), (PERMITTED, permitted_processes())):
        assert {variant.file for variant in variants} == files(folder, "processes")
