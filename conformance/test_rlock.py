"""RLock: a test or more for every promise of threading.RLock; see test_locks.py too."""

from __future__ import annotations

import threading

import pytest

from syncproof.actors import one_of, rest_of
from syncproof.actors.signals import Interrupted, interrupted
from syncproof.suite import clause, models, needs, primitives
from syncproof.suite.contention import Section, contend

pytestmark = primitives("rlock")

#: Deep enough to show a counter that is narrow, a recursion, or a fixed table.
DEEP = 300


def nested(rlock, depth):
    """Acquire so often: as one operation."""

    def acquire_often():
        for _ in range(depth):
            rlock.acquire()

    return acquire_often


def unnested(rlock, depth):
    """Release so often: as one operation."""

    def release_often():
        for _ in range(depth):
            rlock.release()

    return release_often


# -- a new lock ---------------------------------------------------------------------------


@clause("rlock.init.unowned")
def test_anybody_may_take_a_new_lock(rlock, actors):
    (owner,) = actors(1)
    owner.does(rlock.acquire)


@clause("rlock.init.unowned")
def test_nobody_may_release_a_new_lock(rlock, actors):
    (caller,) = actors(1)
    caller.begins(rlock.release).raises(Exception)


@clause("rlock.init.no-args")
@pytest.mark.parametrize(("args", "kwargs"), [((1,), {}), ((), {"name": "x"})])
def test_arguments_are_refused(subject, actors, args, kwargs):
    (maker,) = actors(1)
    maker.begins(subject.factories["rlock"], *args, **kwargs).raises(TypeError)


# -- acquire ------------------------------------------------------------------------------


@clause("rlock.acquire.reentrant")
def test_the_owner_may_acquire_again(rlock, actors):
    (owner,) = actors(1)
    owner.does(rlock.acquire)
    owner.does(rlock.acquire)


@clause("rlock.acquire.reentrant")
def test_the_owner_may_acquire_again_while_others_wait(rlock, actors):
    owner, waiter = actors(2)
    owner.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    owner.does(rlock.acquire)
    waiter.remains_blocked()
    owner.does(unnested(rlock, 2))
    waiter.completes()


@clause("rlock.acquire.reentrant")
def test_who_waited_for_the_lock_may_acquire_again(rlock, actors):
    owner, waiter = actors(2)
    owner.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    waiter.completes()
    waiter.does(rlock.acquire)


@clause("rlock.acquire.nonblocking-unowned")
def test_a_try_takes_a_lock_without_owner(rlock, actors):
    owner, late = actors(2)
    owner.does(rlock.acquire, blocking=False)
    late.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    late.completes()


@clause("rlock.acquire.nonblocking-other-owner")
def test_a_try_at_a_lock_of_another_comes_back_without_it(rlock, actors):
    owner, other = actors(2)
    owner.does(rlock.acquire)
    assert not other.does(rlock.acquire, blocking=False)
    owner.does(rlock.release)
    owner.does(rlock.acquire)


@clause("rlock.acquire.nonblocking-owner")
def test_a_try_by_the_owner_counts_as_a_level(rlock, actors):
    owner, waiter = actors(2)
    owner.does(rlock.acquire)
    assert owner.does(rlock.acquire, blocking=False)
    waiter.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("rlock.acquire.returns-true")
def test_acquire_returns_true_itself_at_every_level(rlock, actors):
    (owner,) = actors(1)
    for _ in range(3):
        owner.begins(rlock.acquire).returns(True)


@clause("rlock.acquire.returns-true")
@needs("acquire.blocking", "acquire.timeout")
def test_tried_and_timed_acquires_return_true_itself(rlock, actors, delays):
    (owner,) = actors(1)
    owner.begins(rlock.acquire, blocking=False).returns(True)
    owner.begins(rlock.acquire, blocking=False).returns(True)
    owner.begins(rlock.acquire, timeout=delays.long).returns(True)


@clause("rlock.acquire.returns-false")
def test_acquire_without_the_lock_returns_false_itself(rlock, actors, delays):
    owner, other = actors(2)
    owner.does(rlock.acquire)
    other.begins(rlock.acquire, blocking=False).returns(False)
    other.begins(rlock.acquire, timeout=delays.short).returns(False)


@clause("rlock.acquire.keyword-names")
def test_blocking_and_timeout_by_position_and_by_name(rlock, actors, delays):
    owner, other = actors(2)
    owner.does(rlock.acquire, True, delays.long)
    owner.does(rlock.acquire, blocking=True, timeout=delays.long)
    owner.does(unnested(rlock, 2))
    owner.does(rlock.acquire)
    assert not other.does(rlock.acquire, False)
    assert not other.does(rlock.acquire, False, -1)
    assert not other.does(rlock.acquire, blocking=False)
    assert not other.does(rlock.acquire, True, delays.short)
    assert not other.does(rlock.acquire, timeout=delays.short, blocking=True)
    other.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    other.completes()


# -- timeouts -----------------------------------------------------------------------------


@clause("rlock.acquire.timeout-success-early")
def test_a_timed_acquire_by_the_owner_returns_at_once(rlock, actors, delays):
    (owner,) = actors(1)
    owner.does(rlock.acquire)
    owner.begins(rlock.acquire, timeout=delays.long).returns(True)


@clause("rlock.acquire.timeout-zero")
def test_a_timeout_of_zero_tries_once(rlock, actors):
    owner, other = actors(2)
    owner.begins(rlock.acquire, timeout=0).returns(True)
    owner.begins(rlock.acquire, timeout=0).returns(True)
    other.begins(rlock.acquire, timeout=0).returns(False)


@clause("rlock.acquire.timeout-minus-one")
def test_without_a_timeout_acquire_waits_as_long_as_it_takes(rlock, actors, scene, delays):
    owner, waiter = actors(2)
    owner.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    scene.passes(delays.short)
    waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("rlock.acquire.usable-after-timeout")
def test_a_timed_out_acquire_leaves_nothing_behind(rlock, actors, delays):
    owner, waiter, other = actors(3)
    owner.does(nested(rlock, 2))
    waiter.begins(rlock.acquire, timeout=delays.short).ends()
    other.begins(rlock.acquire).blocks()
    owner.does(unnested(rlock, 2))
    other.completes()
    other.does(rlock.release)
    waiter.does(rlock.acquire)
    owner.begins(rlock.acquire).blocks()
    waiter.does(rlock.release)
    owner.completes()


@clause("rlock.acquire.usable-after-timeout")
@needs("acquire.blocking")
def test_a_try_that_failed_leaves_nothing_behind(rlock, actors):
    owner, other = actors(2)
    owner.does(rlock.acquire)
    other.does(rlock.acquire, blocking=False)
    owner.does(rlock.release)
    other.does(rlock.acquire)
    other.does(rlock.release)
    owner.does(rlock.acquire)


@clause("property.timeout-max.unneeded")
@needs("acquire.timeout")
def test_whether_the_owner_may_give_any_timeout(rlock, actors, subject, finds):
    (owner,) = actors(1)
    owner.does(rlock.acquire)
    again = owner.begins(rlock.acquire, timeout=subject.timeout_max * 2 + 1).ends()
    finds("refused" if again.error else "accepted")


# -- ownership ----------------------------------------------------------------------------


@clause("rlock.owner.single")
def test_only_the_owner_can_acquire_again_or_release(rlock, actors):
    owner, other, waiter = actors(3)
    owner.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    other.begins(rlock.release).raises(Exception)
    waiter.remains_blocked()
    owner.does(rlock.acquire)
    owner.does(unnested(rlock, 2))
    waiter.completes()
    owner.begins(rlock.release).raises(Exception)


@clause("rlock.owner.single")
def test_two_threads_of_one_name_are_two(rlock, actors):
    owner, other = actors(2)

    def take_a_name():
        threading.current_thread().name = "the same"

    for actor in (owner, other):
        actor.does(take_a_name)
    owner.does(rlock.acquire)
    other.begins(rlock.release).raises(Exception)
    other.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    other.completes()


@clause("rlock.owner.single")
def test_ownership_passes_with_the_lock(rlock, actors):
    first, second = actors(2)
    first.does(rlock.acquire)
    first.does(rlock.release)
    second.does(rlock.acquire)
    first.begins(rlock.release).raises(Exception)
    first.begins(rlock.acquire).blocks()
    second.does(rlock.release)
    first.completes()


# -- nesting ------------------------------------------------------------------------------


@clause("rlock.nest.pairs")
def test_a_pair_within_a_pair_leaves_the_outer_one(rlock, actors):
    owner, waiter = actors(2)
    owner.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    for _ in range(2):
        owner.does(rlock.acquire)
        owner.does(rlock.release)
        waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("rlock.nest.deep")
def test_hundreds_of_levels_go_in_and_come_out(rlock, actors):
    owner, waiter = actors(2)
    for _ in range(DEEP // 50):  # in portions: each call may be slow
        owner.does(nested(rlock, 50))
    waiter.begins(rlock.acquire).blocks()
    for _ in range(DEEP // 50 - 1):
        owner.does(unnested(rlock, 50))
    owner.does(unnested(rlock, 49))
    waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("rlock.nest.outermost-frees")
def test_the_outermost_release_lets_another_in(rlock, actors):
    owner, waiter = actors(2)
    owner.does(nested(rlock, 3))
    waiter.begins(rlock.acquire).blocks()
    for _ in range(2):
        owner.does(rlock.release)
        waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("rlock.release.decrements")
def test_each_release_takes_back_one_level(rlock, actors):
    owner, waiter = actors(2)
    for depth in (1, 2, 5):
        owner.does(nested(rlock, depth))
        owner.does(unnested(rlock, depth))
        owner.begins(rlock.release).raises(Exception)
    owner.does(nested(rlock, 2))
    waiter.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("rlock.release.zero-frees")
def test_after_the_last_release_another_takes_the_lock(rlock, actors):
    owner, other = actors(2)
    owner.does(nested(rlock, 2))
    owner.does(unnested(rlock, 2))
    other.does(rlock.acquire)


@clause("rlock.release.nonzero-keeps")
def test_the_lock_stays_with_its_owner_while_levels_are_left(rlock, actors):
    owner, other = actors(2)
    owner.does(nested(rlock, 2))
    owner.does(rlock.release)
    other.begins(rlock.acquire).blocks()
    owner.does(rlock.acquire)
    owner.does(rlock.release)
    other.remains_blocked()
    owner.does(rlock.release)
    other.completes()


# -- release ------------------------------------------------------------------------------


@clause("rlock.release.wakes-exactly-one")
def test_the_last_release_lets_exactly_one_waiter_in(rlock, actors):
    owner, *waiters = actors(4)
    owner.does(nested(rlock, 2))
    for waiter in waiters:
        waiter.begins(rlock.acquire).blocks()
    owner.does(unnested(rlock, 2))
    while waiters:
        entered = one_of(waiters).completes()
        waiters = rest_of(waiters, entered).remain_blocked()
        entered.does(rlock.release)


@clause("rlock.release.unacquired-raises")
def test_release_of_a_new_lock_raises_runtime_error(rlock, actors):
    (caller,) = actors(1)
    caller.begins(rlock.release).raises(RuntimeError)


@clause("rlock.release.unacquired-raises")
def test_one_release_too_many_raises_runtime_error(rlock, actors):
    owner, other = actors(2)
    owner.does(nested(rlock, 2))
    owner.does(unnested(rlock, 2))
    owner.begins(rlock.release).raises(RuntimeError)
    other.begins(rlock.release).raises(RuntimeError)


@clause("rlock.release.unacquired-raises")
def test_a_refused_release_leaves_the_lock_as_it_was(rlock, actors):
    caller, other = actors(2)
    caller.begins(rlock.release).raises(RuntimeError)
    other.does(rlock.acquire)
    caller.begins(rlock.acquire).blocks()
    other.does(rlock.release)
    caller.completes()


@clause("rlock.release.owner-only")
def test_release_by_another_is_refused(rlock, actors):
    owner, other, waiter = actors(3)
    owner.does(nested(rlock, 2))
    other.begins(rlock.release).raises(Exception)
    waiter.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("rlock.release.returns-none")
def test_release_returns_none_at_every_level(rlock, actors):
    owner, waiter = actors(2)
    owner.does(nested(rlock, 2))
    owner.begins(rlock.release).returns(None)
    owner.begins(rlock.release).returns(None)
    owner.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    owner.begins(rlock.release).returns(None)
    waiter.completes()


# -- state --------------------------------------------------------------------------------


@clause("rlock.locked.now")
def test_locked_is_true_at_every_level(rlock, actors):
    (owner,) = actors(1)
    owner.begins(rlock.locked).returns(False)
    owner.does(rlock.acquire)
    owner.begins(rlock.locked).returns(True)
    owner.does(rlock.acquire)
    owner.begins(rlock.locked).returns(True)
    owner.does(rlock.release)
    owner.begins(rlock.locked).returns(True)
    owner.does(rlock.release)
    owner.begins(rlock.locked).returns(False)


@clause("rlock.locked.other-thread")
def test_locked_is_true_for_others_too(rlock, actors):
    owner, other = actors(2)
    owner.does(rlock.acquire)
    other.begins(rlock.locked).returns(True)
    owner.does(rlock.release)
    other.begins(rlock.locked).returns(False)


# -- exclusion ----------------------------------------------------------------------------


@clause("rlock.exclusion")
def test_at_most_one_is_inside_under_contention(rlock, actors, delays):
    section = Section()

    def turn():
        rlock.acquire()
        rlock.acquire()
        section.visit()
        rlock.release()
        section.visit()
        rlock.release()

    contend(actors(4), delays, turn)
    assert section.most_inside == 1, f"{section.most_inside} were inside at once"


# -- with ---------------------------------------------------------------------------------


@clause("mod.with.rlock")
def test_an_rlock_works_in_nested_with_statements(rlock, actors):
    (owner,) = actors(1)

    def blocks():
        with rlock:  # noqa: SIM117
            with rlock:
                return "inside"

    assert owner.does(blocks) == "inside"


@clause("mod.with.exit-on-exception")
def test_an_exception_leaves_one_level_and_no_more(rlock, actors):
    owner, waiter = actors(2)

    def inner_block():
        with rlock:
            raise LookupError

    owner.does(rlock.acquire)
    waiter.begins(rlock.acquire).blocks()
    owner.begins(inner_block).raises(LookupError)
    waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()


@clause("mod.with.exit-calls-release")
def test_leaving_a_with_block_releases_one_level(rlock, actors):
    owner, waiter = actors(2)
    owner.enters(rlock)
    owner.enters(rlock)
    waiter.begins(rlock.acquire).blocks()
    owner.leaves(rlock)
    waiter.remains_blocked()
    owner.leaves(rlock)
    waiter.completes()


# -- what CPython's own tests ask for beyond the documentation ----------------------------


@clause("detail.rlock.interruptible")
@models("thread")
def test_a_signal_interrupts_a_waiting_acquire(rlock, actors, scene):
    (owner,) = actors(1)
    owner.does(rlock.acquire)
    main = interrupted(scene, rlock.acquire, free=lambda: owner.begins(rlock.release))
    main.raises(Interrupted)


@clause("detail.rlock.release-non-owner-runtimeerror")
def test_release_by_another_raises_runtime_error(rlock, actors):
    owner, other = actors(2)
    owner.does(rlock.acquire)
    other.begins(rlock.release).raises(RuntimeError)


# -- locks of processes --------------------------------------------------------------------


@clause("multiprocessing.rlock.release.not-owner-raises")
def test_release_of_a_lock_that_nobody_owns_raises_assertion_error(rlock, actors):
    caller, other = actors(2)
    caller.begins(rlock.release).raises(AssertionError)
    caller.does(nested(rlock, 2))
    caller.does(unnested(rlock, 2))
    caller.begins(rlock.release).raises(AssertionError)
    other.does(rlock.acquire)
    caller.begins(rlock.acquire).blocks()
    other.does(rlock.release)
    caller.completes()


@clause("multiprocessing.rlock.release.not-owner-raises")
def test_release_by_another_process_raises_assertion_error(rlock, actors):
    owner, other, waiter = actors(3)
    owner.does(nested(rlock, 2))
    other.begins(rlock.release).raises(AssertionError)
    waiter.begins(rlock.acquire).blocks()
    owner.does(rlock.release)
    waiter.remains_blocked()
    owner.does(rlock.release)
    waiter.completes()
