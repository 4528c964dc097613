"""Actors of two kinds: threads and tasks in one scenario, and tasks of two loops."""

from __future__ import annotations

import asyncio
import threading

import pytest
from variants import (
    BROKEN,
    PERMITTED,
    broken_mixed,
    check_permitted,
    check_seeded,
    files,
    permitted_mixed,
    tried,
)

from syncproof.actors import ScenarioError, Scene, Stuck, Violation, all_of, models, one_of, rest_of
from syncproof.actors.carriers import breathe
from syncproof.actors.delays import Delays
from syncproof.registry import resolve
from syncproof.results import BAD
from syncproof.subject import Subject

CREWS = ("mixed", "mixed-tasks-first", "loops")
SEEN = [pytest.param(True, id="kernel"), pytest.param(False, id="settle")]


@pytest.fixture(params=CREWS)
def model(request):
    return request.param


@pytest.fixture(params=SEEN)
def scene(request, model):
    # without the kernel's view nobody knows who waits for a processor, and here others test as well
    delays = Delays(factor=1.0 if request.param else 4.0)
    one = Scene(models.driver(model, delays, request.param), delays)
    yield one
    one.close()


@pytest.fixture
def semaphore(scene):
    return made(scene, "Semaphore")(0)


def made(scene, primitive, file="handed_over"):
    """A factory, as actors can use what it makes."""
    path = str(PERMITTED / "mixed" / f"{file}.py")
    subject = Subject(resolve(f"{path}:{primitive}", model="mixed"))
    (factory,) = scene.driver.offers(subject).factories.values()
    return factory


# -- who they are -----------------------------------------------------------------------------


def where():
    """The thread in which a plain method runs, and whether a loop runs there."""
    try:
        return threading.get_ident(), bool(asyncio.get_running_loop())
    except RuntimeError:
        return threading.get_ident(), False


@pytest.mark.parametrize(
    ("model", "in_loops"),
    [("mixed", [False, True] * 2), ("mixed-tasks-first", [True, False] * 2), ("loops", [True] * 4)],
)
def test_actors_are_what_the_model_says_by_their_names(model, in_loops):
    scene = Scene(models.driver(model, Delays()), Delays())
    operation = scene.driver.operation(where, "where")
    places = [actor.does(operation) for actor in scene.actors(4)]
    assert [in_loop for _, in_loop in places] == in_loops
    threads = [thread for thread, _ in places]
    assert len(set(threads)) == (2 if model == "loops" else 3)  # tasks of a loop share its thread
    assert threading.get_ident() not in threads
    scene.close()


def test_an_actor_starts_returns_and_raises(scene):
    for actor in scene.actors(2):
        assert actor.does(divmod, 7, 2) == (3, 1)
        actor.begins(divmod, 1, 0).raises(ZeroDivisionError)
        with pytest.raises(Violation, match="raised ZeroDivisionError"):
            actor.does(divmod, 1, 0)


# -- blocked or not -----------------------------------------------------------------------------


def test_each_kind_waits_for_the_other(scene, semaphore):
    one, other = scene.actors(2)
    for waiter, releaser in ((one, other), (other, one)):
        waiter.begins(semaphore.acquire).blocks()
        waiter.remains_blocked()
        releaser.does(semaphore.release)
        waiter.returns(True)


def test_what_is_free_is_not_taken_for_blocked(scene, semaphore):
    for actor in scene.actors(2):
        actor.does(semaphore.release)
        with pytest.raises(Violation, match="instead of blocking"):
            actor.begins(semaphore.acquire).blocks()


def test_one_of_many_gets_in_and_the_rest_stay_blocked(scene, semaphore):
    holder, *waiters = scene.actors(5)
    all_of(waiters).begin(semaphore.acquire).block()
    while waiters:
        holder.does(semaphore.release)
        waiters = rest_of(waiters, one_of(waiters).completes()).remain_blocked()


def test_a_timed_wait_counts_as_blocked_before_its_timeout(scene, semaphore):
    releaser, *waiters = scene.actors(3)
    for waiter in waiters:
        waiter.begins(semaphore.acquire, timeout=scene.delays.long).blocks()
    releaser.does(semaphore.release, 2)
    for waiter in waiters:
        waiter.returns(True)


def test_a_timeout_takes_its_time(scene, semaphore):
    for actor in scene.actors(2):
        actor.begins(semaphore.acquire, timeout=scene.delays.short).returns(False)
        actor.took_at_least(scene.delays.short)


def test_one_that_takes_long_to_begin_is_not_taken_for_blocked(scene, semaphore):
    """What it does before it waits, the others included, is done before anybody says so."""
    one, other = scene.actors(2)
    event = made(scene, "Event")()
    seen = []

    def go_on(number):
        for _ in range(50):
            breathe()
        seen.append(number)
        event.wait()

    for number, actor in enumerate((one, other)):
        actor.begins(go_on, number)
    all_of([one, other]).block()
    assert sorted(seen) == [0, 1]
    (late,) = scene.actors(1)
    late.does(event.set)
    all_of([one, other]).complete()


def test_a_with_statement_is_that_of_the_actor(scene):
    lock = made(scene, "Lock", "owned")()
    one, other = scene.actors(2)
    one.enters(lock)
    other.begins_to_enter(lock).blocks()
    one.leaves(lock)
    other.completes()
    other.leaves(lock)


# -- stuck, cancelled, left behind ----------------------------------------------------------------


def test_what_nobody_wakes_is_stuck_and_shows_where(scene, semaphore):
    scene.delays.hangs = 10  # little patience
    for actor in scene.actors(2):
        with pytest.raises(Stuck, match=r"did not finish Semaphore.acquire\(\)") as told:
            actor.does(semaphore.acquire)
        assert "handed_over.py" in str(told.value)


def test_a_task_can_be_cancelled_and_a_thread_cannot(scene, semaphore, model):
    for actor, kind in zip(scene.actors(2), scene.driver.crew):
        actor.begins(semaphore.acquire).blocks()
        if kind < 0:
            with pytest.raises(ScenarioError, match="nobody can cancel a thread"):
                actor.is_cancelled()
            continue
        actor.is_cancelled().ends_cancelled()
        assert actor.does(lambda: "alive") == "alive"
        actor.is_cancelled()
        assert actor.does(lambda: "alive") == "alive"


def test_a_task_that_blocks_its_loop_is_blocked_and_left_behind(model):
    delays = Delays(hangs=10)
    scene = Scene(models.driver(model, delays), delays)
    semaphore = made(scene, "Semaphore")(0)
    actors = scene.actors(4)
    for actor in actors:  # by the method for threads, tasks too
        actor.begins(semaphore._raw.acquire).blocks()
    scene.close()
    later = Scene(models.driver(model, delays), delays)
    (actor,) = later.actors(1)
    assert actor.does(lambda: "fresh") == "fresh"
    later.close()
    semaphore._raw.release(4)


# -- implementations that are wrong, and unusual ones ---------------------------------------------


@pytest.mark.parametrize("variant", tried(broken_mixed()), ids=str)
def test_a_seeded_violation_is_found_by_its_clause(variant, tmp_path):
    code, results, said = check_seeded(variant, tmp_path, "--model", "mixed")
    assert code == 1, said
    found = {r["clause"] for r in results if r["outcome"] in (*BAD, "not-offered")}
    assert set(variant.clauses) <= found, f"{variant.seed}\n{said}"


@pytest.mark.parametrize("variant", tried(permitted_mixed()), ids=str)
def test_an_unusual_implementation_is_conformant(variant, tmp_path):
    code, _, said = check_permitted(variant, tmp_path, "--model", "mixed")
    assert code == 0, said


def test_there_is_a_manifest_entry_for_every_file():
    for folder, variants in ((BROKEN, broken_mixed()), (PERMITTED, permitted_mixed())):
        assert {variant.file for variant in variants} == files(folder, "mixed")
