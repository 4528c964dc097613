"""Cancellation: what becomes of a primitive when tasks that wait for it are cancelled.

What is said of tasks goes for greenlets: to be cancelled is to be killed there.

A task can be cancelled at any moment: while it waits, in the very step in which it is woken, or
after that and before it runs. Whatever the moment, a permit, lock or wake-up that was meant for it
is lost for nobody else. ``in_one_step`` does several things before any other task runs.

One that is cancelled when it has been let in already may also come out with what it waited for:
then it has it, and gives it back.
"""

from __future__ import annotations

from itertools import product

import pytest

from syncproof.actors import Actor, all_of, at_least, carriers, one_of, some_of
from syncproof.actors.carriers import breathe
from syncproof.suite import clause, models, needs, primitives

pytestmark = models("asyncio", "uvloop", "trio", "anyio", "gevent", "eventlet")

#: What comes first; where waking does, the cancellation comes in the same step or some steps later.
ORDERS = ("cancelled first", "woken first", "woken a step before", "woken two steps before")


def in_one_step(actor, *operations):
    """The actor does them, one after the other, and no other task runs before it has."""
    step = carriers.in_one_step(*operations)
    step.__name__ = " then ".join(map(said, operations))
    actor.does(step)


def said(operation):
    """What the story calls a step: a method by its name, a cancellation by whom it is about."""
    whose = getattr(operation, "__self__", None)
    return f"cancel {whose.name}" if isinstance(whose, Actor) else operation.__name__


def in_order(order, wake, cancels):
    """The steps of waking somebody and of cancelling some, as the order says."""
    if order == "cancelled first":
        return [*cancels, *wake]
    between = {"woken a step before": 1, "woken two steps before": 2}.get(order, 0)
    return [*wake, *[breathe] * between, *cancels]


def patterns(count):
    """Every choice of some of so many actors, as tuples of True and False."""
    return product((False, True), repeat=count)


def chosen(actors, pattern):
    return [actor for actor, hit in zip(actors, pattern) if hit]


def cancels(actors):
    return [actor.is_cancelled for actor in actors]


def got_in(actor):
    """Whether one that was cancelled came out with what it waited for, and not cancelled."""
    if actor.ends().error is None:
        return True
    actor.ends_cancelled()
    return False


# -- a task that is cancelled ends ---------------------------------------------------------


@clause("cancel.ends")
@primitives("lock")
def test_a_waiter_for_a_lock_ends_when_it_is_cancelled(lock, actors):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    waiter.is_cancelled().ends_cancelled()


@clause("cancel.ends")
@primitives("rlock")
def test_a_waiter_for_an_rlock_ends_when_it_is_cancelled(rlock, actors):
    holder, waiter = actors(2)
    holder.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    waiter.is_cancelled().ends_cancelled()


@clause("cancel.ends")
@primitives("semaphore", "bounded_semaphore")
def test_a_waiter_for_a_permit_ends_when_it_is_cancelled(new, actors):
    holder, waiter = actors(2)
    semaphore = new(1)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    waiter.is_cancelled().ends_cancelled()


@clause("cancel.ends")
@primitives("event")
def test_a_waiter_for_an_event_ends_when_it_is_cancelled(event, actors):
    (waiter,) = actors(1)
    waiter.begins(event.wait).blocks()
    waiter.is_cancelled().ends_cancelled()


@clause("cancel.ends")
@primitives("condition")
@needs("acquire")
def test_a_waiter_of_a_condition_ends_when_it_is_cancelled(condition, actors):
    (waiter,) = actors(1)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait).blocks()
    waiter.is_cancelled().ends_cancelled()


@clause("asyncio.cancel.cond.ends")
@primitives("condition")
@needs("acquire", "notify")
def test_one_that_is_cancelled_as_it_gets_the_lock_back_ends_cancelled(condition, actors):
    waiter, notifier = actors(2)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait).blocks()
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    waiter.is_cancelled().blocks()
    notifier.does(condition.release)
    waiter.ends_cancelled()


@clause("cancel.ends")
@primitives("barrier")
def test_a_waiter_at_a_barrier_ends_when_it_is_cancelled(new, actors):
    (waiter,) = actors(1)
    barrier = new(2)
    waiter.begins(barrier.wait).blocks()
    waiter.is_cancelled().ends_cancelled()


# -- Lock ----------------------------------------------------------------------------------


@clause("cancel.lock.nothing-lost")
@primitives("lock")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_the_lock_goes_on_whoever_is_cancelled(new, actors, order, count):
    holder, late, *waiters = actors(count + 2)
    for pattern in patterns(count):
        lock = new()
        cancelled = chosen(waiters, pattern)
        holder.does(lock.acquire)
        all_of(waiters).begin(lock.acquire).block()
        in_one_step(holder, *in_order(order, [lock.release], cancels(cancelled)))
        alive = [w for w in waiters if w not in cancelled]
        for waiter in cancelled:
            if got_in(waiter):
                all_of(alive).remain_blocked()
                waiter.does(lock.release)
        while alive:
            entered = one_of(alive).completes()
            alive.remove(entered)
            late.begins(lock.acquire).blocks()
            late.is_cancelled().ends_cancelled()
            entered.does(lock.release)
        late.does(lock.acquire)


@clause("cancel.lock.nothing-lost")
@primitives("lock")
@pytest.mark.parametrize("count", [2, 3])
def test_a_cancelled_waiter_leaves_no_place_in_the_line(lock, actors, count):
    holder, late, *waiters = actors(count + 2)
    holder.does(lock.acquire)
    all_of(waiters).begin(lock.acquire).block()
    for waiter in waiters:
        waiter.is_cancelled().ends_cancelled()
    late.begins(lock.acquire).blocks()
    holder.does(lock.release)
    late.completes()


@clause("cancel.lock.nothing-lost")
@primitives("lock")
def test_a_lock_that_is_free_is_taken_past_those_that_are_cancelled(lock, actors):
    holder, late, *waiters = actors(4)
    holder.does(lock.acquire)
    all_of(waiters).begin(lock.acquire).block()
    in_one_step(holder, *cancels(waiters), lock.release)
    late.does(lock.acquire)


@clause("cancel.lock.nothing-lost")
@primitives("lock")
def test_the_next_is_let_in_when_the_woken_one_is_cancelled_before_it_runs(lock, actors):
    holder, first, second = actors(3)
    holder.does(lock.acquire)
    first.begins(lock.acquire).blocks()
    second.begins(lock.acquire).blocks()

    def release_then_cancel():
        lock.release()
        first.is_cancelled()

    holder.does(release_then_cancel)
    if got_in(first):
        first.does(lock.release)
    second.completes()


@clause("cancel.lock.nothing-lost")
@primitives("lock")
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_one_that_is_cancelled_as_it_takes_a_free_lock_leaves_it_to_others(new, actors, steps):
    taker, other = actors(2)
    lock = new()
    taker.begins(lock.acquire)
    in_one_step(other, *[breathe] * steps, *cancels([taker]))
    if got_in(taker):
        taker.does(lock.release)
    other.does(lock.acquire)


@clause("cancel.lock.order")
@primitives("lock")
@pytest.mark.parametrize("order", ORDERS)
def test_those_who_are_left_keep_their_order(new, actors, order):
    holder, *waiters = actors(5)
    for pattern in patterns(4):
        lock = new()
        cancelled = chosen(waiters, pattern)
        holder.does(lock.acquire)
        for waiter in waiters:
            waiter.begins(lock.acquire).blocks()
        in_one_step(holder, *in_order(order, [lock.release], cancels(cancelled)))
        for waiter in cancelled:
            if got_in(waiter):
                waiter.does(lock.release)
        for waiter in waiters:
            if waiter not in cancelled:
                waiter.completes()
                waiter.does(lock.release)


# -- RLock ---------------------------------------------------------------------------------


@clause("cancel.rlock.nothing-lost")
@primitives("rlock")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_rlock_goes_on_whoever_is_cancelled(new, actors, order, count):
    holder, late, *waiters = actors(count + 2)
    for pattern in patterns(count):
        rlock = new()
        cancelled = chosen(waiters, pattern)
        holder.does(rlock.acquire)
        holder.does(rlock.acquire)
        all_of(waiters).begin(rlock.acquire).block()
        in_one_step(holder, *cancels(cancelled[:1]), rlock.release)
        steps = [rlock.release, *cancels(cancelled[1:])]
        in_one_step(holder, *(steps if order == "woken first" else [*steps[1:], steps[0]]))
        alive = [w for w in waiters if w not in cancelled]
        for waiter in cancelled:
            if got_in(waiter):
                all_of(alive).remain_blocked()
                waiter.does(rlock.release)
        while alive:
            entered = one_of(alive).completes()
            alive.remove(entered)
            late.begins(rlock.acquire).blocks()
            late.is_cancelled().ends_cancelled()
            entered.does(rlock.release)
        late.does(rlock.acquire)


# -- Semaphore and BoundedSemaphore --------------------------------------------------------


@clause("cancel.sem.nothing-lost")
@primitives("semaphore", "bounded_semaphore")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_no_permit_is_lost_whoever_is_cancelled(new, actors, order, count):
    holder, *waiters = actors(count + 1)
    for pattern in patterns(count):
        semaphore = new(count)
        for _ in range(count):
            holder.does(semaphore.acquire)
        all_of(waiters).begin(semaphore.acquire).block()
        steps = []
        for waiter, hit in zip(waiters, pattern):
            steps += in_order(order, [semaphore.release], cancels([waiter] * hit))
        in_one_step(holder, *steps)
        out = [w for w in waiters if got_in_with_a_permit(w, w in chosen(waiters, pattern))]
        has_permits(semaphore, holder, count - len(out))


@clause("cancel.sem.nothing-lost")
@primitives("semaphore", "bounded_semaphore")
@pytest.mark.parametrize("released", [1, 2, 3])
@pytest.mark.parametrize("order", ORDERS)
def test_the_permits_go_to_those_who_are_left(new, actors, released, order):
    holder, *waiters = actors(5)
    for pattern in patterns(4):
        semaphore = new(4)
        for _ in range(4):
            holder.does(semaphore.acquire)
        all_of(waiters).begin(semaphore.acquire).block()
        cancelled = chosen(waiters, pattern)
        wakes = [semaphore.release] * released
        in_one_step(holder, *in_order(order, wakes, cancels(cancelled)))
        out = sum(got_in(w) for w in cancelled)
        alive = [w for w in waiters if w not in cancelled]
        let_in = min(len(alive), released - out)
        if let_in:
            some_of(let_in, alive).complete()
        left = [w for w in alive if w.busy]
        for _ in left:
            holder.does(semaphore.release)
        for waiter in left:
            waiter.completes()
        has_permits(semaphore, holder, released - out - let_in)


@clause("cancel.sem.nothing-lost")
@primitives("semaphore", "bounded_semaphore")
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_one_that_is_cancelled_as_it_takes_a_permit_has_it_or_leaves_it(new, actors, steps):
    taker, other = actors(2)
    semaphore = new(2)
    taker.begins(semaphore.acquire)
    in_one_step(other, *[breathe] * steps, *cancels([taker]))
    has_permits(semaphore, other, 1 if got_in(taker) else 2)


def got_in_with_a_permit(waiter, was_cancelled):
    if was_cancelled:
        return got_in(waiter)
    waiter.completes()
    return True


def has_permits(semaphore, actor, count):
    """So many permits can be had, and not one more."""
    for _ in range(count):
        actor.does(semaphore.acquire)
    actor.begins(semaphore.acquire).blocks()
    actor.is_cancelled().ends_cancelled()


# -- Event ---------------------------------------------------------------------------------


@clause("cancel.event.others-wake")
@primitives("event")
@pytest.mark.parametrize("order", ORDERS)
def test_set_wakes_all_others_whoever_is_cancelled(new, actors, order):
    setter, late, *waiters = actors(6)
    for pattern in patterns(4):
        event = new()
        cancelled = chosen(waiters, pattern)
        all_of(waiters).begin(event.wait).block()
        in_one_step(setter, *in_order(order, [event.set], cancels(cancelled)))
        for waiter in waiters:
            if waiter in cancelled:
                got_in(waiter)
            else:
                waiter.completes()
        late.does(event.wait)


@clause("cancel.event.others-wake")
@primitives("event")
def test_set_wakes_the_others_when_one_was_cancelled_long_before(event, actors):
    setter, first, second, third = actors(4)
    all_of([first, second, third]).begin(event.wait).block()
    second.is_cancelled().ends_cancelled()
    setter.does(event.set)
    all_of([first, third]).complete()


# -- Condition -----------------------------------------------------------------------------


def holds(actor, condition, late):
    """The actor has the lock: one that comes late is let in when it releases, and not before."""
    late.begins(condition.acquire).blocks()
    actor.does(condition.release)
    late.completes()
    late.does(condition.release)


@clause("cancel.cond.lock-held")
@primitives("condition")
@needs("acquire")
def test_a_cancelled_wait_has_the_lock_again(condition, actors):
    waiter, late = actors(2)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait).blocks()
    waiter.is_cancelled().ends_cancelled()
    holds(waiter, condition, late)


@clause("cancel.cond.lock-held")
@primitives("condition")
@needs("acquire")
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_cancelled_wait_waits_for_the_lock_however_often_it_is_cancelled(
    condition, actors, times
):
    waiter, other, late = actors(3)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait).blocks()
    other.does(condition.acquire)
    for _ in range(times):
        waiter.is_cancelled().blocks()
    other.does(condition.release)
    waiter.ends_cancelled()
    holds(waiter, condition, late)


@clause("cancel.cond.lock-held")
@primitives("condition")
@needs("acquire", "notify")
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_notified_wait_that_is_cancelled_has_the_lock_again(condition, actors, times):
    waiter, notifier, late = actors(3)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait).blocks()
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    for _ in range(times):
        waiter.is_cancelled().blocks()
    notifier.does(condition.release)
    got_in(waiter)
    holds(waiter, condition, late)


@clause("cancel.cond.lock-held")
@primitives("condition")
@needs("acquire")
def test_many_that_are_cancelled_get_the_lock_one_by_one(condition, actors):
    other, *waiters = actors(6)
    for waiter in waiters:
        waiter.does(condition.acquire)
        waiter.begins(condition.wait).blocks()
    in_one_step(other, *cancels(waiters))
    while waiters:
        (done,) = one_of(waiters).finish()
        done.ends_cancelled()
        done.does(condition.release)
        waiters.remove(done)
    other.does(condition.acquire)


@clause("cancel.cond.nothing-lost")
@primitives("condition")
@needs("acquire", "notify")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_notify_wakes_one_of_those_who_are_left(new, actors, order, count):
    notifier, *waiters = actors(count + 1)
    for pattern in patterns(count):
        cancelled = chosen(waiters, pattern)
        alive = [w for w in waiters if w not in cancelled]
        if not alive:
            continue
        condition = new()
        for waiter in waiters:
            waiter.does(condition.acquire)
            waiter.begins(wait_and_release, condition).blocks()
        notifier.does(condition.acquire)
        steps = in_order(order, [condition.notify], cancels(cancelled))
        in_one_step(notifier, *steps, condition.release)
        woken = 0
        for waiter in cancelled:
            woken += got_in(waiter)
        if not woken:
            at_least(1, alive).complete()
        notifier.does(condition.acquire)
        notifier.does(condition.notify_all)
        notifier.does(condition.release)
        all_of(alive).complete()


@clause("cancel.cond.nothing-lost")
@primitives("condition")
@needs("acquire", "notify")
def test_a_notify_goes_past_one_that_was_cancelled_long_before(condition, actors):
    notifier, first, second = actors(3)
    for waiter in (first, second):
        waiter.does(condition.acquire)
        waiter.begins(wait_and_release, condition).blocks()
    first.is_cancelled().ends_cancelled()
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    notifier.does(condition.release)
    second.completes()


@clause("cancel.cond.nothing-lost")
@primitives("condition")
@needs("acquire", "notify")
def test_a_notify_is_passed_on_by_one_that_is_cancelled_as_it_gets_the_lock_back(
    condition, actors
):
    notifier, *waiters = actors(3)
    for waiter in waiters:
        waiter.does(condition.acquire)
        waiter.begins(wait_and_release, condition).blocks()
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    first, second = waiters
    first.is_cancelled()
    second.blocks()
    notifier.does(condition.release)
    if not got_in(first):
        second.completes()
    elif second.busy:
        notifier.does(condition.acquire)
        notifier.does(condition.notify)
        notifier.does(condition.release)
        second.completes()


@clause("cancel.cond.same-error")
@primitives("condition")
@needs("acquire")
def test_what_leaves_a_cancelled_wait_is_what_it_was_cancelled_with(condition, actors):
    waiter, other = actors(2)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait).blocks()
    other.does(condition.acquire)
    waiter.is_cancelled("by somebody").blocks()
    other.does(condition.release)
    assert waiter.ends_cancelled().args == ("by somebody",)


@clause("cancel.cond.same-error")
@primitives("condition")
@needs("acquire", "notify")
def test_a_cancellation_as_it_gets_the_lock_back_keeps_its_message(condition, actors):
    waiter, notifier = actors(2)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait).blocks()
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    waiter.blocks()
    waiter.is_cancelled("by somebody").blocks()
    notifier.does(condition.release)
    assert waiter.ends_cancelled().args == ("by somebody",)


def wait_and_release(condition):
    """It has the lock when wait() is over, whatever ended it."""
    try:
        condition.wait()
    finally:
        condition.release()


# -- Barrier -------------------------------------------------------------------------------


@clause("asyncio.cancel.barrier.leaves")
@primitives("barrier")
@needs("n_waiting", "broken")
def test_a_cancelled_waiter_leaves_the_barrier_whole(new, actors):
    first, second, third, fourth = actors(4)
    barrier = new(3)
    all_of([first, second]).begin(barrier.wait).block()
    first.is_cancelled().ends_cancelled()
    assert third.reads(barrier, "n_waiting") == 1
    assert third.reads(barrier, "broken") is False
    third.begins(barrier.wait).blocks()
    fourth.begins(barrier.wait)
    all_of([second, third, fourth]).complete()


@clause("asyncio.cancel.barrier.leaves")
@primitives("barrier")
@needs("n_waiting", "broken")
def test_a_round_is_whole_whoever_has_left_it(new, actors):
    *waiters, last = actors(4)
    for pattern in patterns(3):
        barrier = new(4)
        cancelled = chosen(waiters, pattern)
        all_of(waiters).begin(barrier.wait).block()
        in_one_step(last, *cancels(cancelled))
        for waiter in cancelled:
            waiter.ends_cancelled()
        all_of(cancelled).begin(barrier.wait).block()
        last.begins(barrier.wait)
        all_of([*waiters, last]).complete()


@clause("asyncio.cancel.barrier.index-unique")
@primitives("barrier")
@pytest.mark.parametrize("leaver", [0, 1])
def test_the_indices_differ_also_after_one_has_left(new, actors, leaver):
    first, second, third, fourth = actors(4)
    barrier = new(3)
    all_of([first, second]).begin(barrier.wait).block()
    gone = (first, second)[leaver]
    gone.is_cancelled().ends_cancelled()
    third.begins(barrier.wait).blocks()
    fourth.begins(barrier.wait)
    there = [w for w in (first, second, third, fourth) if w is not gone]
    all_of(there).complete()
    assert sorted(w.call.value for w in there) == [0, 1, 2]


@clause("aiologic.cancel.barrier.breaks")
@primitives("barrier")
@needs("broken")
def test_a_cancelled_waiter_breaks_the_barrier(new, actors, subject):
    waiter, other, late = actors(3)
    barrier = new(3)
    waiter.begins(barrier.wait).blocks()
    other.begins(barrier.wait).blocks()
    waiter.is_cancelled().ends_cancelled()
    other.raises(subject.broken_barrier_error)
    assert late.reads(barrier, "broken")
    late.begins(barrier.wait).raises(subject.broken_barrier_error)
