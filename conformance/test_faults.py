"""Interrupts, deaths, forks: what happens to a primitive when its threads do not go on as planned.

Most of it is left open by the documentation (ruling 12): it is looked at, told, and never failed.
The ordeals are undergone in a process of their own, `syncproof.faults`.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
from contextlib import suppress

import pytest

from syncproof.actors import Stuck
from syncproof.actors.language import Entry
from syncproof.actors.signals import (
    CTRL_C,
    HANDLER,
    SIGNAL,
    main_thread,
    signalled,
    signalled_again_and_again,
    try_to_interrupt,
)
from syncproof.faults.apart import Suspect, undergo
from syncproof.subject import lacks
from syncproof.suite import clause, models, needs, over, primitives
from syncproof.suite.session import Suite

pytestmark = [
    pytest.mark.faults,
    models("thread"),
    primitives("lock", "rlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier"),
]

SEMAPHORES = ("semaphore", "bounded_semaphore")

either_way = pytest.mark.parametrize("way", [HANDLER, CTRL_C], ids=["handler", "ctrl-c"])


@pytest.fixture(params=["acquire", "timed", "with"])
def wait_for(request, case, subject, scene, delays):
    """``wait_for(lock)``: an operation that waits for it, in each of the ways there are."""
    capability = {"timed": "acquire.timeout"}.get(request.param, request.param)
    make = subject.factories[case.primitive]
    missing = scene.actors(1)[0].does(lacks, case.primitive, capability, make)
    if missing:
        pytest.skip(f"it cannot be waited for that way ({missing})")

    def operation(lock):
        def timed_acquire():
            return lock.acquire(True, delays.long)

        return {"acquire": lock.acquire, "timed": timed_acquire, "with": Entry(lock)}[request.param]

    operation.kind = request.param
    return operation


@pytest.fixture
def thing(new, case, scene):
    """One of what this case is about; a barrier is for two."""
    return new(2) if case.primitive == "barrier" else new()


@pytest.fixture
def waiting(case, thing):
    """``waiting()``: the call of the primitive that waits."""

    def wait_under_lock():
        return holding(thing, thing.wait)

    if case.primitive == "condition":
        return wait_under_lock
    return thing.wait if case.primitive in ("event", "barrier") else thing.acquire


@pytest.fixture
def ordeal(request, case, scene, delays, finds):
    """``ordeal("forks:in_two")``: undergone elsewhere; what it finds is found here."""
    config = request.config
    targets = config.getoption("--syncproof-target") or ["threading"]
    target = targets[Suite.of(config).selection.targets().index(case.implementation)]

    def undergone(name):
        suspect = Suspect(target, config.getoption("--syncproof-as"), case.primitive)
        answer = undergo(f"syncproof.faults.{name}", suspect, delays)
        if answer.unfit:
            pytest.skip(answer.unfit)
        for line in answer.found:
            finds(line)
        if answer.unfinished:
            finds(answer.unfinished)
        return answer

    return undergone


def holding(condition, operation):
    """Do something of a condition while its lock is held."""
    with condition:
        return operation()


def wakes_the_waiter(case, thing, helper):
    """What ends the wait of another thread, when it is called: the helper does it."""
    if case.primitive == "condition":
        return lambda: helper.begins(holding, thing, thing.notify_all)
    verb = {"event": "set", "barrier": "wait"}.get(case.primitive, "release")
    return lambda: helper.begins(getattr(thing, verb))


def ends_soon(scene, actor):
    """Whether an operation has ended, without an exception, when everybody is quiet."""
    scene.quiesce()
    return not actor.busy and actor.call.error is None


# -- a handler that raises, while the main thread waits -------------------------------------


@clause("lock.acquire.interruptible-posix", "lock.acquire.interruptible-windows")
@primitives("lock")
@either_way
def test_a_waiting_acquire_of_any_kind_is_interrupted(lock, actors, scene, delays, wait_for, way):
    (holder,) = actors(1)
    holder.does(lock.acquire)
    main, ended = try_to_interrupt(
        scene,
        wait_for(lock),
        free=lambda: holder.begins(lock.release),
        way=way,
        patience=max(delays.deadline / 5, 20 * delays.settle),
    )
    assert ended, f"{way} did not end it"
    main.raises(way.error)


@clause("property.signals.no-interrupt")
@primitives("rlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier")
@either_way
def test_whether_a_signal_ends_a_wait(
    case, thing, waiting, actors, scene, finds, way
):
    (helper,) = actors(1)
    if case.primitive not in ("event", "condition", "barrier"):
        helper.does(thing.acquire)
    free = wakes_the_waiter(case, thing, helper)
    _, ended = try_to_interrupt(scene, waiting, free=free, way=way)
    if not ended:
        finds(f"{way} does not end it")
    scene.finish([helper], 1)


@clause("property.lock.ghost-waiter-after-interrupt")
@primitives("lock", "rlock")
@either_way
def test_whether_an_interrupted_waiter_still_takes_the_lock(
    new, actors, scene, delays, finds, wait_for, way
):
    lock = new()
    holder, other = actors(2)
    holder.does(lock.acquire)
    main, ended = try_to_interrupt(
        scene,
        wait_for(lock),
        free=lambda: holder.begins(lock.release),
        way=way,
    )
    if not ended:
        main.does(lock.release)
        return
    other.begins(lock.acquire).blocks()
    holder.does(lock.release)
    if not ends_soon(scene, other):
        finds(f"{wait_for.kind} interrupted by {way}: after the next release() nobody has the lock")
        main.begins(lock.release)
        scene.quiesce()
        other.completes()
    other.does(lock.release)


@clause("property.sem.permit-lost-after-interrupt")
@primitives("semaphore", "bounded_semaphore")
@either_way
def test_whether_an_interrupted_waiter_takes_a_permit_with_it(
    semaphore, actors, scene, delays, finds, wait_for, way
):
    holder, other = actors(2)
    holder.does(semaphore.acquire)
    main, ended = try_to_interrupt(
        scene,
        wait_for(semaphore),
        free=lambda: holder.begins(semaphore.release),
        way=way,
    )
    if not ended:
        main.does(semaphore.release)
        return
    other.begins(semaphore.acquire).blocks()
    holder.does(semaphore.release)
    if not ends_soon(scene, other):
        finds(f"{wait_for.kind} interrupted by {way}: the next permit is lost")
        holder.does(semaphore.release)
        other.completes()
    other.does(semaphore.release)


@clause("property.event.wakeup-lost-after-interrupt")
@primitives("event")
@either_way
def test_whether_an_interrupted_waiter_costs_others_their_wakeup(
    event, actors, scene, finds, way
):
    setter, early, late = actors(3)
    early.begins(event.wait).blocks()
    _, ended = try_to_interrupt(
        scene, event.wait, free=lambda: setter.begins(event.set), way=way
    )
    if not ended:
        return
    late.begins(event.wait).blocks()
    setter.begins(event.set)
    if not ends_soon(scene, setter):
        finds(f"interrupted by {way}: set() {setter.call.result}")
    for name, waiter in (("an earlier", early), ("a later", late)):
        if not ends_soon(scene, waiter):
            finds(f"interrupted by {way}: {name} waiter sleeps on after set()")
            setter.does(event.set)
            waiter.completes()


@clause("property.cond.notify-lost-after-interrupt")
@primitives("condition")
@either_way
def test_whether_a_notify_is_spent_on_an_interrupted_waiter(
    thing, waiting, actors, scene, finds, way
):
    condition = thing
    notifier, waiter = actors(2)

    def wake_all():
        notifier.begins(holding, condition, condition.notify_all)

    _, ended = try_to_interrupt(scene, waiting, free=wake_all, way=way)
    if not ended:
        return
    waiter.begins(holding, condition, condition.wait).blocks()
    notifier.begins(holding, condition, condition.notify)
    if not ends_soon(scene, notifier):
        finds(f"interrupted by {way}: the next notify() {notifier.call.result}")
    elif not ends_soon(scene, waiter):
        finds(f"interrupted by {way}: the next notify() wakes nobody")
    if waiter.busy:
        wake_all()
        scene.finish([waiter], 1)


@clause("property.cond.interrupted-after-notify")
@primitives("condition")
def test_what_an_interrupt_between_a_notify_and_the_lock_leaves_behind(
    condition, actors, scene, finds
):
    notifier, other = actors(2)
    refused = []

    def wait_and_release():
        condition.acquire()
        try:
            condition.wait()
        finally:
            try:
                condition.release()
            except Exception as error:
                refused.append(type(error).__name__)

    def notify_and_hold():
        notifier.does(condition.acquire)
        notifier.does(condition.notify)
        scene.quiesce()

    _, ended = try_to_interrupt(
        scene,
        wait_and_release,
        free=lambda: notifier.begins(condition.release),
        once_blocked=notify_and_hold,
    )
    if not ended:
        finds("the interrupt comes when wait() has the lock back")
    other.begins(holding, condition, condition.notify)
    freed = ended and ends_soon(scene, other)
    if refused:
        finds(f"wait() raises without the lock: the release() that follows raises {refused[0]}")
    elif freed:
        finds("wait() raises without the lock: the release() that follows frees another thread's")
    if ended and not freed:
        notifier.does(condition.release)
    if not ends_soon(scene, other):
        finds("afterwards the lock cannot be had")
        scene.actors(1)[0].begins(condition.release)
        scene.finish([other], 1)


@clause("property.barrier.stuck-after-interrupt")
@primitives("barrier")
@either_way
def test_whether_a_round_passes_after_an_interrupted_wait(new, actors, scene, finds, way):
    barrier = new(2)
    first, second = actors(2)
    _, ended = try_to_interrupt(
        scene, barrier.wait, free=lambda: first.begins(barrier.wait), way=way
    )
    if not ended:
        return
    first.begins(barrier.wait)
    scene.quiesce()
    if not first.busy:
        finds(f"interrupted by {way}: the next wait() {first.call.result} by itself")
        return
    second.begins(barrier.wait)
    scene.quiesce()
    if first.busy or second.busy:
        finds(f"interrupted by {way}: a round of two does not pass")
        with suppress(Stuck):
            scene.actors(1)[0].begins(barrier.abort).ends()


# -- a handler that returns -----------------------------------------------------------------


@clause("mod.signals.wait-goes-on")
@primitives("semaphore", "bounded_semaphore", "event", "condition", "barrier")
def test_a_wait_goes_on_after_a_handler_that_returns(case, thing, waiting, actors, scene):
    (helper,) = actors(1)
    if case.primitive in SEMAPHORES:
        helper.does(thing.acquire)
    still = []
    wake = wakes_the_waiter(case, thing, helper)

    def then():
        still.append(any(a.name == "main" and a.busy for a in scene.cast))
        if still[0] or case.primitive in SEMAPHORES:
            wake()

    main = signalled(scene, waiting, then=then)
    assert still == [True], f"the wait {main.call.result}: a signal handler had returned"
    main.completes()
    helper.completes()


@clause("mod.signals.wait-goes-on")
@primitives("semaphore", "bounded_semaphore", "event", "condition", "barrier")
def test_signals_do_not_start_a_timeout_afresh(case, thing, actors, scene, delays):
    (helper,) = actors(1)

    def timed_wait():
        if case.primitive in SEMAPHORES:
            return thing.acquire(True, delays.short)
        if case.primitive == "condition":
            return holding(thing, lambda: thing.wait(delays.short))
        return thing.wait(delays.short)

    if case.primitive in SEMAPHORES:
        helper.does(thing.acquire)
    main, ended = signalled_again_and_again(
        scene, timed_wait, 12, delays.short / 2, free=wakes_the_waiter(case, thing, helper)
    )
    assert ended, "signals keep it from ending by its timeout"
    main.took_at_least(delays.short)


# -- threads that end -----------------------------------------------------------------------


def in_a_thread_that_ends(operation):
    """Do it in a thread of its own, which has ended afterwards; the thread's ident."""
    errors = []

    def perform():
        try:
            operation()
        except SystemExit:
            pass  # as a thread does that it ends
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=perform, daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return thread.ident


@clause("lock.release.any-thread")
@primitives("lock")
def test_a_lock_whose_holder_has_ended_can_be_released(lock, actors):
    undertaker, waiter, other = actors(3)
    undertaker.does(in_a_thread_that_ends, lock.acquire)
    waiter.begins(lock.acquire).blocks()
    other.does(lock.release)
    waiter.completes()


@clause("sem.release.other-thread")
@primitives("semaphore", "bounded_semaphore")
def test_a_permit_whose_holder_has_ended_can_be_released(semaphore, actors):
    undertaker, waiter, other = actors(3)
    undertaker.does(in_a_thread_that_ends, semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    other.does(semaphore.release)
    waiter.completes()


@clause("mod.with.exit-on-exception")
@primitives("lock", "rlock", "semaphore", "bounded_semaphore", "condition")
def test_a_thread_that_ends_within_a_with_block_releases(thing, actors):
    undertaker, other = actors(2)

    def block():
        with thing:
            sys.exit()

    undertaker.does(in_a_thread_that_ends, block)
    other.does(thing.acquire)
    other.does(thing.release)


@clause("property.lock.dead-holder")
@primitives("lock", "rlock")
def test_what_a_lock_is_whose_holder_has_ended(new, actors, finds):
    lock = new()
    undertaker, other = actors(2)
    undertaker.does(in_a_thread_that_ends, lock.acquire)
    call = other.begins(lock.acquire, False).ends()
    if call.error is not None or call.value:
        finds(f"a try of another thread {call.result}")


@clause("property.rlock.owner-by-ident")
@primitives("rlock")
def test_whether_a_thread_inherits_by_its_ident(rlock, actors, finds):
    undertaker, other = actors(2)
    dead = undertaker.does(in_a_thread_that_ends, rlock.acquire)
    taken = []

    def try_as(ident):
        if threading.get_ident() == ident and rlock.acquire(False):
            taken.append(ident)

    def look_for_a_twin():
        return any(
            in_a_thread_that_ends(lambda: try_as(dead)) == dead for _ in range(64)
        )

    found = other.does(look_for_a_twin)
    if taken:
        finds("a thread with the ident of the dead owner acquires it again")
    elif not found:
        pytest.skip("no thread got the ident of one that had ended")


# -- an owner that comes back in the midst of something else --------------------------------


@clause("rlock.acquire.reentrant")
@primitives("rlock")
@needs("acquire.blocking")
def test_a_signal_handler_is_the_owner_too(rlock, actors, scene):
    main = main_thread(scene)
    (other,) = actors(1)
    seen = []

    def handle(number, frame):
        seen.append(rlock.acquire(False))
        rlock.release()

    def hold_and_be_signalled():
        rlock.acquire()
        signal.raise_signal(SIGNAL)

    before = signal.signal(SIGNAL, handle)
    try:
        main.does(hold_and_be_signalled)
    finally:
        signal.signal(SIGNAL, before)
    assert seen == [True], f"in a handler, acquire(False) by the owner returned {seen}"
    other.begins(rlock.acquire).blocks()
    main.does(rlock.release)
    other.completes()


@clause("rlock.acquire.reentrant")
@primitives("rlock")
@needs("acquire.blocking")
def test_a_finalizer_is_the_owner_too(rlock, actors):
    owner, other = actors(2)
    seen = []

    class Dropped:
        def __init__(self):
            self.itself = self

        def __del__(self):
            seen.append(rlock.acquire(False))
            rlock.release()

    def hold_and_collect():
        rlock.acquire()
        Dropped()
        gc.collect()

    owner.does(hold_and_collect)
    assert seen == [True], f"in __del__, acquire(False) by the owner returned {seen}"
    other.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    other.completes()


# -- ordeals --------------------------------------------------------------------------------


@pytest.fixture
def deep(delays):
    """What takes a process of its own is left out of a quick check."""
    if delays.depth == "quick":
        pytest.skip("a quick check leaves this out")


@clause("property.rlock.with-in-handler")
@primitives("rlock")
def test_whether_a_handler_may_enter_the_lock_that_is_being_taken(deep, ordeal):
    ordeal("handlers:everywhere")


@clause("property.sem.release-in-handler")
@primitives("semaphore")
def test_whether_a_handler_may_release_the_semaphore_in_use(deep, ordeal):
    ordeal("handlers:everywhere")


@clause("property.event.set-in-handler")
@primitives("event")
def test_whether_a_handler_may_set_the_event_in_use(deep, ordeal):
    ordeal("handlers:everywhere")


@clause("property.event.set-in-handler")
@primitives("event")
def test_whether_a_handler_ends_the_wait_of_its_own_thread(deep, ordeal):
    ordeal("handlers:while_blocked")


@clause("property.fork.child")
@over("default")
def test_what_a_fork_makes_of_what_other_threads_hold(deep, ordeal):
    ordeal("forks:in_two")


@clause("property.daemon.at-exit")
@over("default")
def test_whether_the_interpreter_ends_with_daemon_threads_in_it(deep, ordeal, finds):
    answer = ordeal("endings:with_daemons")
    if not answer.unfinished and answer.ending != "exited with status 0":
        finds(f"the process {answer.ending}")


@clause(
    "property.lock.interrupt-sweep",
    "property.sem.interrupt-sweep",
    "property.event.interrupt-sweep",
    "property.cond.interrupt-sweep",
    "property.barrier.interrupt-sweep",
)
@over("default")
def test_what_an_interrupt_at_each_point_leaves_behind(deep, ordeal):
    ordeal("sweeps:sweep")
