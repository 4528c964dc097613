"""Lock and RLock: what both promise in the same words, and what both are asked beyond that.

Where a semaphore of one permit promises the same, it is here as well.
"""

from __future__ import annotations

import gc
import weakref
from fractions import Fraction

import pytest

from syncproof.actors import all_of, one_of, rest_of
from syncproof.actors.carriers import in_a_row
from syncproof.actors.signals import signalled
from syncproof.suite import clause, models, needs, primitives
from syncproof.suite.contention import Section, after, around, fresh, race, rounds, wakes_in_vain

pytestmark = primitives("lock", "rlock")


@pytest.fixture
def lock(new):
    """One of the kind that this case is about."""
    return new()


# -- a new one ----------------------------------------------------------------------------


@clause("lock.init.unlocked", "rlock.init.unowned")
def test_a_new_lock_is_free_whatever_became_of_others(subject, case, actors):
    user, other = actors(2)
    make = subject.factories[case.primitive]

    def take_and_drop():
        for _ in range(20):
            make().acquire()

    user.does(take_and_drop)
    other.does(take_and_drop)


@clause("lock.init.unlocked", "rlock.init.unowned")
def test_locks_do_not_share_their_state(new, actors):
    holder, other = actors(2)
    first, second = new(), new()
    holder.does(first.acquire)
    other.does(second.acquire)


# -- acquire ------------------------------------------------------------------------------


@clause("lock.acquire.free-immediate", "rlock.acquire.unowned-immediate")
def test_acquire_takes_a_free_lock_at_once(lock, actors):
    holder, late = actors(2)
    holder.does(lock.acquire)
    late.begins(lock.acquire).blocks()
    holder.does(lock.release)
    late.completes()


@clause("lock.acquire.held-blocks", "rlock.acquire.other-owner-blocks")
def test_acquire_of_a_held_lock_waits_for_a_release(lock, actors):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    waiter.completes()


@clause("lock.acquire.held-blocks", "rlock.acquire.other-owner-blocks")
def test_every_waiter_gets_in_in_the_end(lock, actors):
    holder, *waiters = actors(5)
    holder.does(lock.acquire)
    for waiter in waiters:
        waiter.begins(lock.acquire)
    all_of(waiters).block()
    holder.does(lock.release)
    while waiters:
        entered = one_of(waiters).completes()
        waiters = rest_of(waiters, entered)
        entered.does(lock.release)


@clause("lock.acquire.returns-true", "rlock.acquire.returns-true")
def test_acquire_that_waited_returns_true_itself(lock, actors):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    waiter.returns(True)


# -- timeouts ------------------------------------------------------------------------------


@clause("lock.acquire.timeout-upper-bound", "rlock.acquire.other-owner-timeout")
def test_a_timeout_limits_the_wait(lock, actors, delays):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire, timeout=delays.short).completes()


@clause("lock.acquire.timeout-waits", "rlock.acquire.timeout-waits")
def test_a_timed_acquire_does_not_give_up_early(lock, actors, delays):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire, timeout=delays.short).ends()
    waiter.took_at_least(delays.short)


@clause("lock.acquire.timeout-success-early", "rlock.acquire.timeout-success-early")
def test_a_timed_acquire_returns_as_soon_as_it_gets_the_lock(lock, actors, delays):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire, timeout=delays.long).blocks()
    holder.does(lock.release)
    waiter.returns(True)


@clause("lock.acquire.timeout-minus-one", "rlock.acquire.timeout-minus-one")
def test_a_timeout_of_minus_one_waits_without_limit(lock, actors, scene):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire, timeout=-1).blocks()
    scene.passes(scene.delays.short)
    waiter.remains_blocked()
    holder.does(lock.release)
    waiter.completes()


@clause("mod.timeout-max.overflow.lock", "mod.timeout-max.overflow.rlock")
def test_more_than_timeout_max_overflows(lock, actors, subject):
    caller, other = actors(2)
    too_long = subject.timeout_max * 2 + 1
    caller.begins(lock.acquire, timeout=too_long).raises(OverflowError)
    other.does(lock.acquire)
    caller.begins(lock.acquire, timeout=too_long).raises(OverflowError)
    other.does(lock.release)
    caller.does(lock.acquire)


@clause("mod.timeout-max.itself-legal")
def test_a_timeout_of_timeout_max_is_accepted(lock, actors, subject):
    holder, waiter = actors(2)
    holder.begins(lock.acquire, timeout=subject.timeout_max).returns(True)
    waiter.begins(lock.acquire, timeout=subject.timeout_max).blocks()
    holder.does(lock.release)
    waiter.returns(True)


@clause("mod.timeout.real-number")
def test_a_timeout_may_be_any_real_number(lock, actors, delays):
    holder, waiter = actors(2)
    holder.begins(lock.acquire, timeout=Fraction(60)).returns(True)
    waiter.begins(lock.acquire, timeout=Fraction(delays.short)).returns(False)
    waiter.took_at_least(delays.short)


# -- timeouts, where a semaphore of one permit promises the same ---------------------------


@clause(
    "lock.acquire.timeout-upper-bound",
    "rlock.acquire.other-owner-timeout",
    "sem.acquire.timeout-total",
)
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
@needs("acquire.blocking")
def test_wake_ups_that_lead_nowhere_do_not_start_the_timeout_afresh(lock, actors, delays):
    holder, waiter = actors(2)
    holder.does(lock.acquire)

    def begin():
        if waiter.call.value is True:  # it was quicker than the holder: back to the start
            waiter.does(lock.release)
            holder.does(lock.acquire)
        waiter.begins(lock.acquire, timeout=delays.short)

    def wake():
        def release_and_try():
            return in_a_row(lock.release, (lock.acquire, False))

        return holder.does(release_and_try)

    ended = wakes_in_vain(waiter, begin, wake, delays)
    assert ended, "woken again and again without the lock, a timed acquire did not give up"


@clause(
    "lock.acquire.timeout-waits",
    "rlock.acquire.timeout-waits",
    "sem.acquire.timeout-waits",
)
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
@needs("acquire.blocking")
def test_a_timed_acquire_that_is_woken_in_vain_goes_on_waiting(lock, actors, delays, scene):
    holder, waiter = actors(2)

    def release_and_try():
        return in_a_row(lock.release, (lock.acquire, False))

    for _ in rounds(delays):
        holder.does(lock.acquire)
        waiter.begins(lock.acquire, timeout=delays.long).blocks()
        if holder.does(release_and_try):
            scene.quiesce()
            assert waiter.busy or waiter.call.value, "woken in vain, it gave up at once"
            if not waiter.busy:
                break  # it says that it was not in vain: that is another clause's
            holder.does(lock.release)
        waiter.completes()
        waiter.does(lock.release)


@clause(
    "lock.acquire.timeout-waits",
    "rlock.acquire.timeout-waits",
    "sem.acquire.timeout-waits",
)
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
@needs("acquire.blocking")
def test_a_timed_acquire_that_is_woken_in_vain_waits_out_its_time(lock, actors, delays, scene):
    holder, waiter = actors(2)
    timeout = 4 * delays.short

    def release_and_try():
        return in_a_row(lock.release, (lock.acquire, False))

    for _ in range(5):
        holder.does(lock.acquire)
        waiter.begins(lock.acquire, timeout=timeout)
        scene.quiesce()
        in_vain = holder.does(release_and_try)
        if not waiter.completes():
            waiter.took_at_least(timeout)
        if in_vain:
            break
        waiter.does(lock.release)  # it was quicker than the holder: once more


@clause(
    "lock.acquire.usable-after-timeout",
    "rlock.acquire.usable-after-timeout",
    "sem.acquire.failed-leaves-counter",
)
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
@needs("acquire.blocking", "acquire.timeout")
def test_a_release_that_comes_as_the_timeout_passes_is_not_lost(lock, actors, delays):
    holder, waiter = actors(2)
    for moment in around(delays):
        holder.does(lock.acquire)
        waiter.begins(lock.acquire, timeout=delays.brief)
        holder.does(after(moment, lock.release))
        if waiter.completes():
            waiter.does(lock.release)
        assert waiter.does(lock.acquire, blocking=False), "nobody has the lock, and it is not free"
        waiter.does(lock.release)


@clause(
    "lock.acquire.usable-after-timeout",
    "rlock.acquire.usable-after-timeout",
    "sem.acquire.failed-leaves-counter",
)
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
@needs("acquire.timeout")
def test_a_waiter_behind_one_that_timed_out_is_woken(lock, actors, delays):
    holder, impatient, patient = actors(3)
    holder.does(lock.acquire)
    impatient.begins(lock.acquire, timeout=delays.short)
    patient.begins(lock.acquire).blocks()
    impatient.ends()
    holder.does(lock.release)
    patient.completes()


# -- exclusion -----------------------------------------------------------------------------


@clause("lock.exclusion", "rlock.exclusion")
def test_a_new_lock_has_one_first_holder(new, actors, delays):
    cast = actors(3)
    for lock in fresh(new, delays):
        section = Section()

        def turn(lock=lock, section=section):
            lock.acquire()
            section.visit()
            lock.release()

        race(cast, turn)
        all_of(cast).complete()
        assert section.most_inside == 1, f"{section.most_inside} held a new lock at once"


@clause("mod.atomic.methods")
@needs("acquire.blocking")
def test_racing_tries_have_one_winner(new, actors, delays):
    cast = actors(3)
    for lock in fresh(new, delays):
        calls = race(cast, lambda lock=lock: lock.acquire(False))
        values = [bool(call.value) for call in calls]
        assert values.count(True) == 1, f"three tries at one free lock returned {values}"


@clause("mod.atomic.methods")
def test_a_release_that_races_with_an_acquire_wakes_it(new, actors, delays):
    holder, waiter = actors(2)
    for lock in fresh(new, delays):
        holder.does(lock.acquire)
        race([holder, waiter], lock.release, lock.acquire)
        holder.completes()
        waiter.completes()


# -- with ----------------------------------------------------------------------------------


@clause("mod.with.enter-calls-acquire")
def test_entering_a_with_block_waits_and_then_holds(lock, actors):
    holder, waiter, late = actors(3)
    holder.does(lock.acquire)
    waiter.begins_to_enter(lock).blocks()
    holder.does(lock.release)
    waiter.completes()
    late.begins(lock.acquire).blocks()
    waiter.does(lock.release)
    late.completes()


@clause("mod.with.exit-on-exception")
@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_leaves_a_with_block_and_releases(lock, actors, kind):
    holder, other = actors(2)
    error = kind("raised in the block")

    def block():
        with lock:
            raise error

    assert holder.begins(block).raises(kind) is error
    other.does(lock.acquire)


@clause("mod.with.exit-calls-release")
def test_leaving_a_block_that_was_released_already_is_like_a_second_release(new, actors):
    (holder,) = actors(1)
    one, other = new(), new()

    def release_twice():
        one.acquire()
        one.release()
        one.release()

    def block():
        with other:
            other.release()

    bare, left = holder.begins(release_twice).ends(), holder.begins(block).ends()
    assert (left.error is None) == (bare.error is None), (
        f"a second release {bare.result}, and leaving the block {left.result}"
    )


# -- what CPython's own tests ask for beyond the documentation -----------------------------


@clause("detail.lock.resumes-after-handler")
@models("thread")
def test_acquire_goes_on_waiting_after_a_handler_that_returns(lock, actors, scene):
    (holder,) = actors(1)
    holder.does(lock.acquire)
    main = signalled(scene, lock.acquire, then=lambda: holder.begins(lock.release))
    main.returns(True)


@clause("detail.lock.resumes-after-handler")
@models("thread")
def test_a_signal_does_not_lengthen_or_cut_a_timeout(lock, actors, scene, delays):
    (holder,) = actors(1)
    holder.does(lock.acquire)

    def timed_acquire():
        return lock.acquire(timeout=delays.short)

    main = signalled(scene, timed_acquire, then=lambda: None)
    main.returns(False)
    main.took_at_least(delays.short)


@clause("detail.lock.negative-timeout")
def test_a_negative_timeout_is_refused(lock, actors):
    (caller,) = actors(1)
    caller.begins(lock.acquire, timeout=-2).raises(ValueError)


@clause(
    "detail.lock.nonblocking-timeout-valueerror", "detail.rlock.nonblocking-timeout-valueerror"
)
def test_a_try_with_a_timeout_raises_value_error(lock, actors):
    (caller,) = actors(1)
    caller.begins(lock.acquire, blocking=False, timeout=1).raises(ValueError)


@clause("detail.lock.weakref")
def test_a_weak_reference_dies_with_its_lock(subject, case, actors):
    (maker,) = actors(1)
    reference = maker.does(lambda: weakref.ref(subject.factories[case.primitive]()))
    _collect()
    assert reference() is None


@clause("detail.lock.repr-state")
def test_the_repr_tells_the_state(lock, actors):
    (holder,) = actors(1)
    assert "unlocked" in holder.does(repr, lock)
    holder.does(lock.acquire)
    held = holder.does(repr, lock)
    assert "locked" in held
    assert "unlocked" not in held


@clause("detail.lock.held-may-be-dropped")
def test_a_held_lock_may_be_dropped(subject, case, actors):
    (maker,) = actors(1)

    def hold_and_drop():
        lock = subject.factories[case.primitive]()
        lock.acquire()

    maker.does(hold_and_drop)
    _collect()


@clause("detail.lock.enter-value")
def test_the_value_of_a_with_statement_is_true(lock, actors):
    (holder,) = actors(1)
    assert holder.enters(lock) is True


def _collect():
    for _ in range(3):
        gc.collect()


# -- what the documentation leaves undecided -----------------------------------------------


@clause("property.lock.fifo", "property.rlock.fifo")
def test_whether_waiters_are_served_in_order(lock, actors, finds):
    holder, *waiters = actors(4)
    holder.does(lock.acquire)
    for waiter in waiters:
        waiter.begins(lock.acquire).blocks()
    order = []
    left = list(waiters)
    releaser = holder
    while left:
        releaser.does(lock.release)
        releaser = one_of(left).completes()
        order.append(releaser)
        left = rest_of(left, releaser)
    finds("in order of arrival" if order == waiters else "not in order of arrival")


@clause("property.lock.handoff")
@needs("acquire.blocking")
def test_whether_release_hands_the_lock_over(lock, actors, finds):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()

    def release_and_try():
        return in_a_row(lock.release, (lock.acquire, False))

    if holder.does(release_and_try):
        finds("a newcomer may overtake who waits")
        holder.does(lock.release)
    else:
        finds("released to who waits: nobody overtakes")
    waiter.completes()


# -- between processes ---------------------------------------------------------------------


@clause("multiprocessing.acquire.keyword-names")
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
def test_block_and_timeout_by_position_and_by_name(lock, actors, delays):
    holder, other = actors(2)
    holder.does(lock.acquire, True, delays.long)
    holder.does(lock.release)
    holder.does(lock.acquire, block=True, timeout=delays.long)
    other.begins(lock.acquire, False).returns(False)
    other.begins(lock.acquire, block=False).returns(False)
    other.begins(lock.acquire, True, delays.short).returns(False)
    other.begins(lock.acquire, timeout=delays.short, block=True).returns(False)


@clause("multiprocessing.acquire.timeout-none")
def test_a_timeout_of_none_waits_without_limit(lock, actors, scene, delays):
    holder, waiter = actors(2)
    holder.does(lock.acquire, timeout=None)
    waiter.begins(lock.acquire, timeout=None).blocks()
    scene.passes(delays.short)
    waiter.remains_blocked()
    holder.does(lock.release)
    waiter.completes()


@clause("multiprocessing.acquire.timeout-negative")
def test_a_negative_timeout_is_one_of_zero(lock, actors):
    holder, other = actors(2)
    holder.begins(lock.acquire, timeout=-1).returns(True)
    other.begins(lock.acquire, timeout=-1).returns(False)
    other.begins(lock.acquire, timeout=-0.5).returns(False)


@clause("multiprocessing.acquire.nonblocking-ignores-timeout")
def test_a_try_takes_no_notice_of_its_timeout(lock, actors, delays):
    holder, other = actors(2)
    holder.begins(lock.acquire, False, delays.long).returns(True)
    other.begins(lock.acquire, False, delays.long).returns(False)


@clause("property.process.holder-killed")
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
@models("process")
def test_what_becomes_of_a_lock_whose_holder_is_killed(lock, actors, finds):
    holder, other = actors(2)
    holder.does(lock.acquire)
    holder.is_killed()
    free = other.does(lock.acquire, blocking=False)
    finds("free" if free else "held for ever")


@clause("property.process.waiter-killed")
@primitives("lock", "rlock", "semaphore", "bounded_semaphore")
@models("process")
def test_whether_a_waiter_that_is_killed_costs_others_their_turn(lock, actors, scene, finds):
    holder, victim, waiter = actors(3)
    holder.does(lock.acquire)
    victim.begins(lock.acquire).blocks()
    waiter.begins(lock.acquire).blocks()
    victim.is_killed()
    holder.begins(lock.release)
    scene.quiesce()
    for actor, name in ((holder, "release() does not return"), (waiter, "nobody gets in")):
        if actor.busy:
            finds(name)
            actor.is_killed()


@clause("property.process.release-check")
@primitives("lock", "bounded_semaphore")
@models("process")
def test_whether_racing_releases_pass_the_check_together(new, actors, delays, finds):
    cast = actors(3)
    for lock in fresh(new, delays):
        cast[0].does(lock.acquire)
        accepted = [call for call in race(cast, lock.release) if call.error is None]
        if len(accepted) > 1:
            finds(f"{len(accepted)} releases of one acquire() were accepted, in a race")
            return
