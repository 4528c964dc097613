"""Lock: a test or more for every promise of threading.Lock; see test_locks.py too."""

from __future__ import annotations

import pytest

from syncproof.actors import all_of, one_of, rest_of
from syncproof.actors.signals import Interrupted, interrupted
from syncproof.suite import clause, models, models_but, needs, primitives
from syncproof.suite.contention import (
    Section,
    contend,
    fresh,
    race,
    rounds,
)

pytestmark = primitives("lock")


# -- a new lock ---------------------------------------------------------------------------


@clause("lock.locked.false-when-free")
def test_locked_is_false_while_free(lock, actors):
    holder, other = actors(2)
    holder.begins(lock.locked).returns(False)
    holder.does(lock.acquire)
    holder.does(lock.release)
    holder.begins(lock.locked).returns(False)
    other.begins(lock.locked).returns(False)


@clause("lock.init.unlocked")
def test_the_first_acquire_of_a_new_lock_gets_it(lock, actors):
    (holder,) = actors(1)
    holder.does(lock.acquire)


@clause("lock.init.no-args")
def test_a_lock_is_made_without_arguments(new):
    new()


# -- acquire ------------------------------------------------------------------------------


@clause("lock.acquire.same-thread-blocks")
def test_the_holder_waits_for_its_own_lock(lock, actors):
    holder, other = actors(2)
    holder.does(lock.acquire)
    holder.begins(lock.acquire).blocks()
    other.does(lock.release)
    holder.completes()


@clause("lock.acquire.relocks-on-wake")
def test_who_waited_has_the_lock_for_itself(lock, actors):
    holder, waiter, late = actors(3)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    waiter.completes()
    late.begins(lock.acquire).blocks()
    waiter.does(lock.release)
    late.completes()


@clause("lock.acquire.returns-true")
def test_acquire_of_a_free_lock_returns_true_itself(lock, actors):
    (holder,) = actors(1)
    holder.begins(lock.acquire).returns(True)


@clause("lock.acquire.default-blocking")
def test_acquire_waits_as_long_as_it_takes(lock, actors, scene):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    scene.passes(scene.delays.short)
    waiter.remains_blocked()
    holder.does(lock.release)
    waiter.completes()


@clause("lock.acquire.nonblocking-held-false")
def test_a_try_at_a_held_lock_returns_false(lock, actors):
    holder, other = actors(2)
    holder.does(lock.acquire)
    other.begins(lock.acquire, blocking=False).returns(False)


@clause("lock.acquire.nonblocking-held-false")
def test_a_try_at_a_contended_lock_returns_false(lock, actors):
    holder, waiter, other = actors(3)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    other.begins(lock.acquire, blocking=False).returns(False)
    waiter.remains_blocked()
    holder.does(lock.release)
    waiter.completes()


@clause("lock.acquire.nonblocking-free-true")
def test_a_try_at_a_free_lock_takes_it(lock, actors):
    holder, other = actors(2)
    holder.begins(lock.acquire, blocking=False).returns(True)
    other.begins(lock.acquire).blocks()
    holder.does(lock.release)
    other.completes()


@clause("lock.acquire.keyword-names")
def test_blocking_and_timeout_by_position_and_by_name(lock, actors, delays):
    holder, other = actors(2)
    holder.does(lock.acquire, True, delays.long)
    holder.does(lock.release)
    holder.does(lock.acquire, blocking=True, timeout=delays.long)
    other.begins(lock.acquire, False).returns(False)
    other.begins(lock.acquire, blocking=False).returns(False)
    other.begins(lock.acquire, True, delays.short).returns(False)
    other.begins(lock.acquire, timeout=delays.short, blocking=True).returns(False)


# -- timeouts -----------------------------------------------------------------------------


@clause("lock.acquire.timeout-expired-false")
def test_a_timed_out_acquire_returns_false_itself(lock, actors, delays):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire, timeout=delays.short).returns(False)


@clause("lock.acquire.timeout-success-early", "lock.acquire.returns-true")
@needs("acquire.timeout")
def test_a_timed_acquire_of_a_free_lock_returns_true(lock, actors, delays):
    (holder,) = actors(1)
    holder.begins(lock.acquire, timeout=delays.long).returns(True)


@clause("lock.acquire.timeout-zero")
def test_a_timeout_of_zero_tries_once(lock, actors):
    holder, other = actors(2)
    holder.begins(lock.acquire, timeout=0).returns(True)
    other.begins(lock.acquire, timeout=0).returns(False)


@clause("lock.acquire.timeout-minus-one")
def test_a_timeout_of_minus_one_may_go_with_either_kind_of_acquire(lock, actors):
    holder, other = actors(2)
    holder.does(lock.acquire, True, -1)
    other.begins(lock.acquire, False, -1).returns(False)


@clause("lock.acquire.nonblocking-timeout-forbidden")
def test_a_try_with_a_timeout_is_refused(lock, actors, delays):
    caller, other = actors(2)
    caller.begins(lock.acquire, blocking=False, timeout=delays.short).raises(Exception)
    other.does(lock.acquire)
    caller.begins(lock.acquire, blocking=False, timeout=delays.short).raises(Exception)


@clause("lock.acquire.usable-after-timeout")
def test_a_timed_out_acquire_leaves_nothing_behind(lock, actors, delays):
    holder, waiter, other = actors(3)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire, timeout=delays.short).ends()
    other.begins(lock.acquire).blocks()
    holder.does(lock.release)
    other.completes()
    other.does(lock.release)
    waiter.does(lock.acquire)
    holder.begins(lock.acquire).blocks()
    waiter.does(lock.release)
    holder.completes()


@clause("lock.acquire.usable-after-timeout")
def test_a_refused_acquire_leaves_nothing_behind(lock, actors, delays):
    caller, other = actors(2)
    caller.begins(lock.acquire, blocking=False, timeout=delays.short).ends()
    if caller.call.error is None and caller.call.value:
        caller.does(lock.release)
    caller.does(lock.acquire)
    other.begins(lock.acquire).blocks()
    caller.does(lock.release)
    other.completes()


# -- release ------------------------------------------------------------------------------


@clause("lock.release.unlocks")
def test_release_makes_the_lock_free(lock, actors):
    holder, other = actors(2)
    holder.does(lock.acquire)
    holder.does(lock.release)
    other.does(lock.acquire)


@clause("lock.release.unlocks")
def test_a_lock_can_be_taken_and_released_again_and_again(lock, actors):
    one, other = actors(2)
    for _ in range(3):
        one.does(lock.acquire)
        one.does(lock.release)
        other.does(lock.acquire)
        other.does(lock.release)


@clause("lock.release.any-thread")
def test_any_thread_may_release(lock, actors):
    holder, other, third = actors(3)
    holder.does(lock.acquire)
    other.does(lock.release)
    third.does(lock.acquire)


@clause("lock.release.any-thread")
def test_another_thread_lets_a_waiter_in(lock, actors):
    holder, waiter, other = actors(3)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    other.does(lock.release)
    waiter.completes()


@clause("lock.release.immediate")
def test_release_waits_for_nobody(lock, actors):
    holder, *waiters = actors(4)
    holder.does(lock.acquire)
    holder.does(lock.release)
    holder.does(lock.acquire)
    for waiter in waiters:
        waiter.begins(lock.acquire)
    all_of(waiters).block()
    releaser = holder
    while waiters:
        releaser.does(lock.release)
        releaser = one_of(waiters).completes()
        waiters = rest_of(waiters, releaser)


@clause("lock.release.wakes-exactly-one")
def test_release_lets_exactly_one_waiter_in(lock, actors):
    holder, *waiters = actors(4)
    holder.does(lock.acquire)
    for waiter in waiters:
        waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    while waiters:
        entered = one_of(waiters).completes()
        waiters = rest_of(waiters, entered).remain_blocked()
        entered.does(lock.release)


@clause("lock.release.free-raises")
def test_release_of_a_free_lock_raises_runtime_error(lock, actors):
    (caller,) = actors(1)
    caller.begins(lock.release).raises(RuntimeError)


@clause("lock.release.free-raises")
def test_a_second_release_raises_runtime_error(lock, actors):
    holder, other = actors(2)
    holder.does(lock.acquire)
    holder.does(lock.release)
    holder.begins(lock.release).raises(RuntimeError)
    other.begins(lock.release).raises(RuntimeError)


@clause("lock.release.refused-leaves-free")
def test_a_refused_release_leaves_the_lock_free(lock, actors):
    caller, holder, late = actors(3)
    caller.begins(lock.release).ends()
    holder.does(lock.acquire)
    late.begins(lock.acquire).blocks()
    holder.does(lock.release)
    late.completes()


@clause("lock.release.returns-none")
def test_release_returns_none(lock, actors):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    holder.begins(lock.release).returns(None)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.begins(lock.release).returns(None)
    waiter.completes()


# -- state --------------------------------------------------------------------------------


@clause("lock.locked.true-when-held")
def test_locked_is_true_while_held(lock, actors):
    holder, other = actors(2)
    holder.does(lock.acquire)
    holder.begins(lock.locked).returns(True)
    other.begins(lock.locked).returns(True)


@clause("lock.locked.true-when-held")
def test_locked_is_true_when_a_waiter_has_taken_over(lock, actors):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.begins(lock.locked).returns(True)
    holder.does(lock.release)
    waiter.completes()
    holder.begins(lock.locked).returns(True)


@clause("lock.state.two")
def test_locked_agrees_with_what_a_try_can_do(lock, actors):
    holder, other = actors(2)

    def agrees():
        locked = other.does(lock.locked)
        taken = other.does(lock.acquire, blocking=False)
        assert locked is not taken, f"locked() was {locked}, and a try got {taken}"
        if taken:
            other.does(lock.release)

    agrees()
    holder.does(lock.acquire)
    agrees()
    other.does(lock.acquire, blocking=False)
    agrees()
    holder.does(lock.release)
    agrees()
    holder.begins(lock.release).ends()  # refused: it is free
    agrees()


@clause("lock.owner.none")
def test_the_holder_is_refused_like_everybody_else(lock, actors):
    holder, other = actors(2)
    holder.does(lock.acquire)
    holder.begins(lock.acquire, blocking=False).returns(False)
    other.begins(lock.acquire, blocking=False).returns(False)


# -- exclusion ----------------------------------------------------------------------------


@clause("lock.exclusion")
def test_at_most_one_holds_the_lock_under_contention(lock, actors, delays):
    section = Section()

    def turn():
        lock.acquire()
        section.visit()
        lock.release()

    contend(actors(4), delays, turn)
    assert section.most_inside == 1, f"{section.most_inside} held the lock at once"


@clause("mod.atomic.methods")
@needs("acquire.blocking", "locked")
def test_a_look_at_a_lock_is_in_nobodys_way(lock, actors, delays):
    trier, *lookers = actors(3)

    def try_again_and_again():
        tries = []
        for _ in rounds(delays):
            tries.append(lock.acquire(False))
            if tries[-1]:
                lock.release()
        return tries

    def look_again_and_again():
        for _ in rounds(delays):
            lock.locked()

    tried, *_ = race([trier, *lookers], try_again_and_again, *[look_again_and_again] * 2)
    refused = (tried.value or []).count(False)
    assert not refused, f"{refused} tries at a free lock failed while others asked locked()"


@clause("mod.atomic.methods")
@models_but("process")  # test_locks.py: whether the check of a release is a step of its own
def test_racing_releases_have_one_winner(new, actors, delays):
    cast = actors(3)
    for lock in fresh(new, delays):
        cast[0].does(lock.acquire)
        calls = race(cast, lock.release)
        done = [call for call in calls if call.error is None]
        assert len(done) == 1, f"{len(done)} of three releases of one held lock were accepted"


# -- with ---------------------------------------------------------------------------------


@clause("mod.with.lock")
def test_a_lock_works_in_a_with_statement(lock, actors):
    (holder,) = actors(1)

    def block():
        with lock:
            return "inside"

    assert holder.does(block) == "inside"


@clause("mod.with.exit-calls-release")
def test_leaving_a_with_block_releases(lock, actors):
    holder, waiter = actors(2)
    holder.enters(lock)
    waiter.begins(lock.acquire).blocks()
    holder.leaves(lock)
    waiter.completes()


# -- signals ------------------------------------------------------------------------------


@clause("lock.acquire.interruptible-posix", "lock.acquire.interruptible-windows")
@models("thread")
def test_a_signal_interrupts_a_waiting_acquire(lock, actors, scene):
    (holder,) = actors(1)
    holder.does(lock.acquire)
    main = interrupted(scene, lock.acquire, free=lambda: holder.begins(lock.release))
    main.raises(Interrupted)


# -- what CPython's own tests ask for beyond the documentation ----------------------------


@clause("detail.lock.refuses-arguments")
@pytest.mark.parametrize(("args", "kwargs"), [((1,), {}), ((1, 2), {}), ((), {"name": "x"})])
def test_lock_refuses_arguments(subject, actors, args, kwargs):
    (maker,) = actors(1)
    maker.begins(subject.factories["lock"], *args, **kwargs).raises(TypeError)


# -- locks of event loops ------------------------------------------------------------------


@clause("asyncio.lock.fifo")
def test_who_began_to_wait_first_gets_the_lock_first(lock, actors):
    holder, *waiters = actors(6)
    holder.does(lock.acquire)
    for waiter in waiters:
        waiter.begins(lock.acquire).blocks()
    for waiter in waiters:
        holder.does(lock.release)
        waiter.completes()
        holder = waiter


@clause("asyncio.lock.fifo")
def test_one_that_comes_late_does_not_overtake_one_that_is_woken(lock, actors):
    holder, waiter = actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()

    def release_and_acquire():
        lock.release()
        lock.acquire()

    holder.begins(release_and_acquire)
    waiter.completes()
    holder.blocks()
    waiter.does(lock.release)
    holder.completes()


@clause("tasks.lock.owner-release-only")
def test_nobody_but_the_holder_may_release(lock, actors):
    holder, other, late = actors(3)
    holder.does(lock.acquire)
    other.begins(lock.release).raises(RuntimeError)
    late.begins(lock.acquire).blocks()
    holder.does(lock.release)
    late.completes()


@clause("tasks.lock.nowait")
@needs("acquire_nowait")
def test_a_try_at_a_lock_takes_it_or_raises(lock, actors, subject):
    holder, other = actors(2)
    holder.does(lock.acquire_nowait)
    other.begins(lock.acquire_nowait).raises(subject.would_block)
    other.begins(lock.acquire).blocks()
    holder.does(lock.release)
    other.completes()


# -- of tornado: a timeout is an exception --------------------------------------------------


@clause("tornado.lock.timeout-raises")
def test_a_lock_that_is_not_had_in_time_raises_timeout_error(lock, actors, delays, subject):
    holder, leaver, waiter = actors(3)
    holder.does(lock.acquire)
    leaver.begins(lock.acquire, timeout=delays.short).blocks()
    waiter.begins(lock.acquire, timeout=delays.long).blocks()
    leaver.raises(subject.timed_out)
    leaver.took_at_least(delays.short)
    waiter.remains_blocked()
    holder.does(lock.release)
    waiter.completes()


# -- locks of processes --------------------------------------------------------------------


@clause("multiprocessing.lock.release.free-raises")
def test_release_of_a_free_lock_raises_value_error(lock, actors):
    holder, other = actors(2)
    other.begins(lock.release).raises(ValueError)
    holder.does(lock.acquire)
    holder.does(lock.release)
    holder.begins(lock.release).raises(ValueError)
    other.begins(lock.release).raises(ValueError)
