"""Semaphore, and what a BoundedSemaphore shares with it: a test or more for every promise.

The counter is never looked at: what it is shows in how many acquires succeed before one waits.
So that the tests hold for both, no scenario releases more than it has acquired, unless it is about
just that.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from syncproof.actors import all_of, one_of, rest_of, some_of
from syncproof.actors.carriers import in_a_row
from syncproof.suite import clause, models, needs, primitives
from syncproof.suite.contention import (
    Section,
    contend,
    fresh,
    race,
    rounds,
)

pytestmark = primitives("semaphore", "bounded_semaphore")


def holds_exactly(count, semaphore, actors):
    """So many acquires succeed, and one more waits; then all is as before."""
    taker, waiter = actors(2)
    for _ in range(count):
        taker.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    taker.does(semaphore.release)
    waiter.completes()
    for _ in range(count):
        taker.does(semaphore.release)


# -- a new semaphore ----------------------------------------------------------------------


@clause("sem.init.default-one")
def test_the_counter_starts_at_one(new, actors):
    taker, waiter = actors(2)
    semaphore = new()
    taker.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    taker.does(semaphore.release)
    waiter.completes()


@clause("sem.init.negative-raises")
@pytest.mark.parametrize("value", [-1, -100])
def test_a_negative_value_raises_value_error(subject, case, actors, value):
    (maker,) = actors(1)
    maker.begins(subject.factories[case.primitive], value).raises(ValueError)


@primitives("semaphore")
@clause("sem.init.zero-ok")
def test_zero_is_a_legal_value(new, actors):
    waiter, releaser = actors(2)
    semaphore = new(0)
    waiter.begins(semaphore.acquire).blocks()
    releaser.does(semaphore.release)
    waiter.completes()


@primitives("bounded_semaphore")
@clause("sem.init.zero-ok")
@needs("acquire.timeout")
def test_zero_is_a_legal_value_and_bound(new, actors, delays):
    (waiter,) = actors(1)
    waiter.begins(new(0).acquire, timeout=delays.short).returns(False)


@clause("sem.init.keyword")
def test_the_value_by_position_and_by_name(new, actors):
    for semaphore in (new(2), new(value=2)):
        taker, waiter = actors(2)
        taker.does(semaphore.acquire)
        taker.does(semaphore.acquire)
        waiter.begins(semaphore.acquire).blocks()
        taker.does(semaphore.release)
        waiter.completes()


# -- the counter --------------------------------------------------------------------------


@clause("sem.counter.formula")
def test_the_counter_is_what_was_put_in_less_what_was_taken(new, actors):
    semaphore = new(3)
    (user,) = actors(1)
    holds_exactly(3, semaphore, actors)
    user.does(semaphore.acquire)
    holds_exactly(2, semaphore, actors)
    user.does(semaphore.acquire)
    holds_exactly(1, semaphore, actors)
    user.does(semaphore.release)
    user.does(semaphore.release)
    holds_exactly(3, semaphore, actors)


@clause("sem.counter.formula")
@pytest.mark.parametrize("history", ["-+", "--+-++", "-+--+-++-+", "---+++-+-+"])
def test_the_counter_is_right_after_any_history(new, actors, history):
    semaphore = new(3)
    (user,) = actors(1)
    for step in history:
        user.does(semaphore.acquire if step == "-" else semaphore.release)
    holds_exactly(3 - history.count("-") + history.count("+"), semaphore, actors)


@clause("sem.counter.formula")
def test_a_new_semaphore_has_its_permit_whatever_became_of_others(subject, case, actors):
    (user,) = actors(1)
    make = subject.factories[case.primitive]

    def take_and_drop():
        for _ in range(20):
            make(1).acquire()

    user.does(take_and_drop)


@clause("sem.counter.formula")
def test_semaphores_do_not_share_their_counter(new, actors):
    first, second = new(1), new(1)
    one, other = actors(2)
    one.does(first.acquire)
    other.does(second.acquire)


@clause("sem.counter.above-initial")
def test_releases_above_the_initial_value_count(new, actors):
    semaphore = new(1)
    (releaser,) = actors(1)
    for _ in range(3):
        releaser.does(semaphore.release)
    holds_exactly(4, semaphore, actors)


@clause("sem.counter.never-negative")
@pytest.mark.parametrize("permits", [1, 2])
def test_no_more_are_inside_than_there_are_permits(new, actors, delays, permits):
    semaphore = new(permits)
    section = Section()

    def turn():
        semaphore.acquire()
        section.visit()
        semaphore.release()

    contend(actors(4), delays, turn)
    assert section.most_inside <= permits, (
        f"{section.most_inside} held one of {permits} permits at once"
    )


@clause("sem.counter.never-negative")
@needs("acquire.blocking")
def test_no_more_tries_succeed_than_there_are_permits(new, actors, delays):
    cast = actors(4)
    for semaphore in fresh(new, delays, 2):
        calls = race(cast, lambda semaphore=semaphore: semaphore.acquire(False))
        taken = [call.value for call in calls].count(True)
        assert taken <= 2, f"{taken} of four tries got one of two permits"


# -- acquire ------------------------------------------------------------------------------


@clause("sem.acquire.positive-decrements")
def test_acquire_takes_one_and_returns_true_itself(new, actors):
    semaphore = new(2)
    taker, waiter = actors(2)
    taker.begins(semaphore.acquire).returns(True)
    taker.begins(semaphore.acquire).returns(True)
    waiter.begins(semaphore.acquire).blocks()
    taker.does(semaphore.release)
    waiter.completes()


@clause("sem.acquire.zero-blocks")
def test_acquire_at_zero_waits_for_a_release(new, actors):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    holder.does(semaphore.release)
    waiter.completes()


@clause("sem.acquire.zero-blocks")
def test_every_waiter_gets_through_in_the_end(new, actors):
    semaphore = new(1)
    holder, *waiters = actors(5)
    holder.does(semaphore.acquire)
    for waiter in waiters:
        waiter.begins(semaphore.acquire)
    all_of(waiters).block()
    holder.does(semaphore.release)
    while waiters:
        through = one_of(waiters).completes()
        waiters = rest_of(waiters, through)
        through.does(semaphore.release)


@clause("sem.acquire.woken-decrements")
def test_who_waited_has_taken_the_permit(new, actors):
    semaphore = new(1)
    holder, waiter, late = actors(3)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    holder.does(semaphore.release)
    waiter.returns(True)
    late.begins(semaphore.acquire).blocks()
    waiter.does(semaphore.release)
    late.completes()


@clause("sem.acquire.rechecks-after-wake")
@needs("acquire.blocking")
def test_who_is_woken_in_vain_goes_on_waiting(new, actors, delays):
    semaphore = new(1)
    holder, waiter = actors(2)

    def release_and_try():
        return in_a_row(semaphore.release, (semaphore.acquire, False))

    for _ in rounds(delays):
        holder.does(semaphore.acquire)
        waiter.begins(semaphore.acquire).blocks()
        if holder.does(release_and_try):
            waiter.remains_blocked()
            holder.does(semaphore.release)
        waiter.completes()
        waiter.does(semaphore.release)


@clause("sem.acquire.rechecks-after-wake")
@needs("acquire.blocking")
def test_permits_are_not_doubled_when_wake_ups_lead_nowhere(new, actors, delays):
    semaphore = new(1)
    section = Section()

    def turn():
        semaphore.acquire()
        section.visit()
        semaphore.release()
        if semaphore.acquire(False):
            section.visit()
            semaphore.release()

    contend(actors(4), delays, turn)
    assert section.most_inside == 1, f"{section.most_inside} held the one permit at once"


@clause("sem.acquire.keyword-names")
def test_blocking_and_timeout_by_position_and_by_name(new, actors, delays):
    semaphore = new(2)
    taker, other = actors(2)
    taker.does(semaphore.acquire, True, delays.long)
    taker.does(semaphore.acquire, blocking=True, timeout=delays.long)
    assert not other.does(semaphore.acquire, False)
    assert not other.does(semaphore.acquire, blocking=False)
    assert not other.does(semaphore.acquire, False, None)
    assert not other.does(semaphore.acquire, True, delays.short)
    assert not other.does(semaphore.acquire, timeout=delays.short, blocking=True)
    other.begins(semaphore.acquire, True, None).blocks()
    taker.does(semaphore.release)
    other.completes()


@clause("sem.acquire.nonblocking-false")
def test_a_try_at_zero_returns_false_itself(new, actors):
    semaphore = new(1)
    holder, waiter, other = actors(3)
    holder.does(semaphore.acquire)
    other.begins(semaphore.acquire, blocking=False).returns(False)
    waiter.begins(semaphore.acquire).blocks()
    other.begins(semaphore.acquire, blocking=False).returns(False)
    holder.does(semaphore.release)
    waiter.completes()


@clause("sem.acquire.nonblocking-true")
def test_a_try_above_zero_takes_one_and_returns_true_itself(new, actors):
    semaphore = new(2)
    taker, waiter = actors(2)
    taker.begins(semaphore.acquire, blocking=False).returns(True)
    taker.begins(semaphore.acquire, blocking=False).returns(True)
    waiter.begins(semaphore.acquire).blocks()
    taker.does(semaphore.release)
    waiter.completes()


@clause("sem.acquire.failed-leaves-counter")
def test_an_acquire_that_failed_has_taken_nothing(new, actors, delays):
    semaphore = new(1)
    holder, other, late = actors(3)
    holder.does(semaphore.acquire)
    for _ in range(2):
        other.does(semaphore.acquire, blocking=False)
    other.does(semaphore.acquire, timeout=delays.short)
    holder.does(semaphore.release)
    other.does(semaphore.acquire)
    late.begins(semaphore.acquire).blocks()
    other.does(semaphore.release)
    late.completes()


@clause("sem.acquire.failed-leaves-counter")
def test_after_an_acquire_that_failed_a_try_gets_the_permit(new, actors, delays):
    semaphore = new(1)
    holder, other = actors(2)
    holder.does(semaphore.acquire)
    other.does(semaphore.acquire, timeout=delays.short)
    other.does(semaphore.acquire, blocking=False)
    holder.does(semaphore.release)
    assert other.does(semaphore.acquire, blocking=False)


# -- timeouts -----------------------------------------------------------------------------


@clause("sem.acquire.timeout-bound")
def test_a_timeout_limits_the_wait(new, actors, delays):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire, timeout=delays.short).completes()


@clause("sem.acquire.timeout-waits")
def test_a_timed_acquire_does_not_give_up_early(new, actors, delays):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire, timeout=delays.short).ends()
    waiter.took_at_least(delays.short)


@clause("sem.acquire.timeout-zero")
def test_a_timeout_of_zero_tries_once(new, actors):
    semaphore = new(1)
    taker, other = actors(2)
    taker.begins(semaphore.acquire, timeout=0).returns(True)
    other.begins(semaphore.acquire, timeout=0).returns(False)


@clause("sem.acquire.timeout-false")
def test_a_timed_out_acquire_returns_false_itself(new, actors, delays):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire, timeout=delays.short).returns(False)


@clause("sem.acquire.timeout-true")
def test_a_timed_acquire_returns_true_itself(new, actors, delays):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.begins(semaphore.acquire, timeout=delays.long).returns(True)
    waiter.begins(semaphore.acquire, timeout=delays.long).blocks()
    holder.does(semaphore.release)
    waiter.returns(True)


@clause("sem.acquire.timeout-none")
def test_a_timeout_of_none_waits_without_limit(new, actors, scene, delays):
    semaphore = new(1)
    holder, waiter, other = actors(3)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire, timeout=None)
    other.begins(semaphore.acquire)
    all_of([waiter, other]).block()
    scene.passes(delays.short)
    all_of([waiter, other]).remain_blocked()
    holder.does(semaphore.release)
    through = one_of([waiter, other]).completes()
    through.does(semaphore.release)
    all_of([waiter, other]).complete()


@clause("mod.timeout-max.itself-legal")
def test_a_timeout_of_timeout_max_is_accepted(new, actors, subject):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.begins(semaphore.acquire, timeout=subject.timeout_max).returns(True)
    waiter.begins(semaphore.acquire, timeout=subject.timeout_max).blocks()
    holder.does(semaphore.release)
    waiter.returns(True)


@clause("mod.timeout-max.overflow.others")
def test_more_than_timeout_max_overflows_at_zero(new, actors, subject):
    semaphore = new(1)
    holder, caller, late = actors(3)
    holder.does(semaphore.acquire)
    caller.begins(semaphore.acquire, timeout=subject.timeout_max * 2 + 1).raises(OverflowError)
    holder.does(semaphore.release)
    caller.does(semaphore.acquire)
    late.begins(semaphore.acquire).blocks()
    caller.does(semaphore.release)
    late.completes()


@clause("property.timeout-max.unneeded")
@needs("acquire.timeout")
def test_whether_any_timeout_is_accepted_above_zero(new, actors, subject, finds):
    (caller,) = actors(1)
    taken = caller.begins(new(1).acquire, timeout=subject.timeout_max * 2 + 1).ends()
    finds("refused" if taken.error else "accepted")


@clause("mod.timeout.real-number")
def test_a_timeout_may_be_any_real_number(new, actors, delays):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.begins(semaphore.acquire, timeout=Fraction(60)).returns(True)
    waiter.begins(semaphore.acquire, timeout=Fraction(delays.short)).returns(False)
    waiter.took_at_least(delays.short)


# -- release ------------------------------------------------------------------------------


@clause("sem.release.increments")
def test_release_adds_one(new, actors):
    semaphore = new(2)
    (user,) = actors(1)
    user.does(semaphore.acquire)
    user.does(semaphore.acquire)
    user.does(semaphore.release)
    holds_exactly(1, semaphore, actors)
    user.does(semaphore.release)
    holds_exactly(2, semaphore, actors)


@clause("sem.release.n-increments")
def test_release_of_n_adds_n(new, actors):
    semaphore = new(4)
    (user,) = actors(1)
    for _ in range(4):
        user.does(semaphore.acquire)
    user.does(semaphore.release, 3)
    holds_exactly(3, semaphore, actors)


@clause("sem.release.n-increments")
def test_release_of_more_than_there_are_waiters_keeps_the_rest(new, actors):
    semaphore = new(4)
    user, waiter = actors(2)
    for _ in range(4):
        user.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    user.does(semaphore.release, 3)
    waiter.completes()
    holds_exactly(2, semaphore, actors)


@clause("sem.release.keyword")
def test_n_by_position_and_by_name_and_its_default(new, actors):
    semaphore = new(5)
    (user,) = actors(1)
    for _ in range(5):
        user.does(semaphore.acquire)
    user.does(semaphore.release, 2)
    user.does(semaphore.release, n=2)
    user.does(semaphore.release)
    holds_exactly(5, semaphore, actors)


@clause("sem.release.one-wakes-one")
def test_each_release_lets_exactly_one_waiter_through(new, actors):
    semaphore = new(3)
    holder, *waiters = actors(4)
    for _ in range(3):
        holder.does(semaphore.acquire)
    for waiter in waiters:
        waiter.begins(semaphore.acquire).blocks()
    while waiters:
        holder.does(semaphore.release)
        through = one_of(waiters).completes()
        waiters = rest_of(waiters, through).remain_blocked()


@clause("sem.release.one-wakes-one")
def test_two_releases_at_once_let_two_through(new, actors):
    semaphore = new(3)
    holder, *waiters = actors(4)
    for _ in range(3):
        holder.does(semaphore.acquire)
    for waiter in waiters:
        waiter.begins(semaphore.acquire).blocks()

    def release_twice():
        in_a_row(semaphore.release, semaphore.release)

    holder.does(release_twice)
    through = some_of(2, waiters).complete()
    holder.does(semaphore.release)
    one_of(rest_of(waiters, through)).completes()


@clause("sem.release.n-wakes-n", "bsem.release.n-wakes-n")
@pytest.mark.parametrize("count", [2, 3])
def test_release_of_n_lets_n_waiters_through(new, actors, count):
    semaphore = new(4)
    holder, *waiters = actors(5)
    for _ in range(4):
        holder.does(semaphore.acquire)
    for waiter in waiters:
        waiter.begins(semaphore.acquire).blocks()
    holder.does(semaphore.release, count)
    through = some_of(count, waiters).complete()
    left = rest_of(waiters, through).remain_blocked()
    for _ in left:
        holder.does(semaphore.release)
    left.complete()


@clause("sem.release.other-thread")
def test_any_thread_may_release(new, actors):
    semaphore = new(1)
    holder, other, waiter = actors(3)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    other.does(semaphore.release)
    waiter.completes()


# -- at the same time ---------------------------------------------------------------------


@clause("mod.atomic.methods")
@needs("acquire.blocking")
def test_racing_tries_take_every_permit_once(new, actors, delays):
    cast = actors(3)
    for semaphore in fresh(new, delays, 2):
        calls = race(cast, lambda semaphore=semaphore: semaphore.acquire(False))
        taken = [call.value for call in calls].count(True)
        assert taken == 2, f"three tries at two permits: {taken} got one"


@clause("mod.atomic.methods")
@needs("acquire.blocking")
def test_racing_releases_all_count(new, actors, delays):
    cast = actors(3)
    taker = cast[0]
    for semaphore in fresh(new, delays, 3):
        for _ in cast:
            taker.does(semaphore.acquire)
        race(cast, semaphore.release)
        all_of(cast).complete()
        left = [taker.does(semaphore.acquire, False) for _ in range(4)].count(True)
        assert left == 3, f"three permits were released at the same time: {left} came back"


@clause("mod.atomic.methods")
def test_a_release_that_races_with_an_acquire_wakes_it(new, actors, delays):
    holder, waiter = actors(2)
    for semaphore in fresh(new, delays, 1):
        holder.does(semaphore.acquire)
        race([holder, waiter], semaphore.release, semaphore.acquire)
        holder.completes()
        waiter.completes()


# -- with ---------------------------------------------------------------------------------


@clause("mod.with.semaphore", "mod.with.bounded-semaphore")
def test_a_semaphore_works_in_a_with_statement(new, actors):
    (holder,) = actors(1)
    semaphore = new(1)

    def block():
        with semaphore:
            return "inside"

    assert holder.does(block) == "inside"


@clause("mod.with.enter-calls-acquire")
def test_entering_a_with_block_waits_and_then_holds_a_permit(new, actors):
    semaphore = new(1)
    holder, waiter, late = actors(3)
    holder.does(semaphore.acquire)
    waiter.begins_to_enter(semaphore).blocks()
    holder.does(semaphore.release)
    waiter.completes()
    late.begins(semaphore.acquire).blocks()
    waiter.does(semaphore.release)
    late.completes()


@clause("mod.with.exit-calls-release")
def test_leaving_a_with_block_gives_the_permit_back(new, actors):
    semaphore = new(1)
    holder, waiter = actors(2)
    holder.enters(semaphore)
    waiter.begins(semaphore.acquire).blocks()
    holder.leaves(semaphore)
    waiter.completes()


@clause("mod.with.exit-on-exception")
@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_leaves_a_with_block_and_gives_the_permit_back(new, actors, kind):
    semaphore = new(1)
    holder, other = actors(2)
    error = kind("raised in the block")

    def block():
        with semaphore:
            raise error

    assert holder.begins(block).raises(kind) is error
    other.does(semaphore.acquire)


@clause("sem.with.counter-restored")
def test_after_with_blocks_the_counter_is_what_it_was(new, actors):
    semaphore = new(2)
    (holder,) = actors(1)

    def blocks():
        for number in range(4):
            try:
                with semaphore:
                    if number % 2:
                        raise LookupError
            except LookupError:
                pass

    holder.does(blocks)
    holds_exactly(2, semaphore, actors)


# -- subclasses ---------------------------------------------------------------------------


@clause("mod.classes.since-3.3")
@models("thread")
def test_a_subclass_works_and_is_one(subject, case, actors):
    maker, waiter = actors(2)
    base = subject.factories[case.primitive]

    def make():
        class Counted(base):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.taken = 0

            def acquire(self, *args, **kwargs):
                taken = super().acquire(*args, **kwargs)
                self.taken += 1
                return taken

        return Counted(1)

    semaphore = maker.does(make)
    assert isinstance(semaphore, base)
    maker.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    maker.does(semaphore.release)
    waiter.completes()
    assert maker.reads(semaphore, "taken") == 2


# -- what CPython's own tests ask for beyond the documentation ----------------------------


@clause("detail.sem.nonblocking-timeout-valueerror")
def test_a_try_with_a_timeout_raises_value_error(semaphore, actors):
    (caller,) = actors(1)
    caller.begins(semaphore.acquire, blocking=False, timeout=1).raises(ValueError)


@clause("detail.sem.negative-timeout-as-zero")
@pytest.mark.parametrize("timeout", [-1, -5.5])
def test_a_negative_timeout_is_like_zero(new, actors, timeout):
    semaphore = new(1)
    taker, other = actors(2)
    taker.begins(semaphore.acquire, timeout=timeout).returns(True)
    other.begins(semaphore.acquire, timeout=timeout).returns(False)


@clause("detail.sem.release-n-positive")
@pytest.mark.parametrize("count", [0, -1])
def test_n_must_be_positive(new, actors, count):
    semaphore = new(1)
    (caller,) = actors(1)
    caller.does(semaphore.acquire)
    caller.begins(semaphore.release, count).raises(ValueError)


@clause("detail.sem.release-returns-none")
def test_release_returns_none(new, actors):
    semaphore = new(1)
    (caller,) = actors(1)
    caller.does(semaphore.acquire)
    caller.begins(semaphore.release).returns(None)


# -- what the documentation leaves undecided ----------------------------------------------


@clause("property.sem.fifo")
def test_whether_waiters_are_served_in_order(new, actors, finds):
    semaphore = new(1)
    holder, *waiters = actors(4)
    holder.does(semaphore.acquire)
    for waiter in waiters:
        waiter.begins(semaphore.acquire).blocks()
    order = []
    left = list(waiters)
    releaser = holder
    while left:
        releaser.does(semaphore.release)
        releaser = one_of(left).completes()
        order.append(releaser)
        left = rest_of(left, releaser)
    finds("in order of arrival" if order == waiters else "not in order of arrival")


@clause("property.sem.fractional")
def test_whether_a_fractional_value_is_accepted(subject, case, actors, finds):
    (maker,) = actors(1)
    made = maker.begins(subject.factories[case.primitive], 0.5).ends()
    if made.error is not None:
        finds("a fractional value is refused")
        return
    tries = maker.begins(lambda: [made.value.acquire(False) for _ in range(4)]).ends()
    if tries.error is None:
        taken = tries.value.count(True)
        finds(f"a value of 0.5 is accepted, and lets {taken} of 4 tries through")


# -- semaphores of event loops -------------------------------------------------------------


@clause("asyncio.sem.locked")
@needs("locked")
def test_locked_says_whether_an_acquire_would_wait(new, actors):
    user, waiter = actors(2)
    semaphore = new(2)
    user.begins(semaphore.locked).returns(False)
    user.does(semaphore.acquire)
    user.begins(semaphore.locked).returns(False)
    user.does(semaphore.acquire)
    user.begins(semaphore.locked).returns(True)
    waiter.begins(semaphore.acquire).blocks()
    user.begins(semaphore.locked).returns(True)
    user.does(semaphore.release)
    waiter.completes()
    user.begins(semaphore.locked).returns(True)
    user.does(semaphore.release)
    user.begins(semaphore.locked).returns(False)


@clause("property.asyncio.sem.locked-while-promised")
@needs("locked")
def test_whether_a_permit_that_is_on_its_way_counts(new, actors, finds):
    user, waiter = actors(2)
    semaphore = new(1)
    user.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()

    def release_and_look():
        semaphore.release()
        return semaphore.locked()

    there = not user.does(release_and_look)
    finds("locked() says that there is one" if there else "locked() says that there is none")
    waiter.completes()


@clause("tasks.sem.nowait")
@needs("acquire_nowait")
def test_a_try_at_a_semaphore_takes_a_permit_or_raises(new, actors, subject):
    user, other = actors(2)
    semaphore = new(1)
    user.does(semaphore.acquire_nowait)
    other.begins(semaphore.acquire_nowait).raises(subject.would_block)
    other.begins(semaphore.acquire).blocks()
    user.does(semaphore.release)
    other.completes()


@clause("tasks.sem.value")
@needs("value")
def test_value_is_how_many_permits_there_are(new, actors):
    user, waiter = actors(2)
    semaphore = new(2)
    assert user.reads(semaphore, "value") == 2
    user.does(semaphore.acquire)
    assert user.reads(semaphore, "value") == 1
    user.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    assert user.reads(semaphore, "value") == 0
    user.does(semaphore.release)
    waiter.completes()
    user.does(semaphore.release)
    assert user.reads(semaphore, "value") == 1


# -- semaphores of greenlets ---------------------------------------------------------------


@clause("greenlets.sem.fifo")
def test_who_began_to_wait_first_gets_a_permit_first(new, actors):
    holder, *waiters = actors(6)
    semaphore = new(1)
    holder.does(semaphore.acquire)
    for waiter in waiters:
        waiter.begins(semaphore.acquire).blocks()
    for waiter in waiters:
        holder.does(semaphore.release)
        waiter.completes()


@clause("greenlets.sem.fifo")
def test_those_who_leave_the_line_do_not_change_its_order(new, actors, delays):
    holder, *waiters = actors(6)
    semaphore = new(1)
    holder.does(semaphore.acquire)
    for number, waiter in enumerate(waiters):
        timeout = delays.short if number % 2 else None
        waiter.begins(semaphore.acquire, timeout=timeout)
        if timeout is None:
            waiter.blocks()
    for waiter in waiters[1::2]:
        waiter.returns(False)
    for waiter in waiters[::2]:
        holder.does(semaphore.release)
        waiter.completes()


@clause("greenlets.sem.release.returns-none")
def test_release_of_a_semaphore_returns_none(new, actors):
    holder, waiter = actors(2)
    semaphore = new(1)
    holder.does(semaphore.acquire)
    holder.begins(semaphore.release).returns(None)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    holder.begins(semaphore.release).returns(None)
    waiter.completes()


@clause("greenlets.sem.ready")
@needs("ready")
def test_ready_says_whether_a_permit_can_be_had(new, actors):
    (user,) = actors(1)
    semaphore = new(2)
    for there in (True, True, False):
        assert bool(user.does(semaphore.ready)) is there
        if there:
            user.does(semaphore.acquire)
    user.does(semaphore.release)
    assert user.does(semaphore.ready)


@clause("greenlets.sem.wait")
@needs("wait")
def test_wait_takes_nothing(new, actors):
    (user,) = actors(1)
    semaphore = new(2)
    user.begins(semaphore.wait).returns(2)
    user.does(semaphore.acquire)
    for _ in range(3):
        user.begins(semaphore.wait).returns(1)
    user.begins(semaphore.acquire, blocking=False).returns(True)


@clause("greenlets.sem.wait")
@needs("wait")
def test_wait_waits_for_a_permit(new, actors):
    holder, waiter = actors(2)
    semaphore = new(1)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.wait).blocks()
    holder.does(semaphore.release)
    waiter.completes()
    holder.begins(semaphore.acquire, blocking=False).returns(True)


@clause("greenlets.sem.wait")
@needs("wait")
def test_wait_ends_by_its_timeout(new, actors, delays):
    (waiter,) = actors(1)
    semaphore = new(0)
    waiter.begins(semaphore.wait, timeout=delays.short).returns(0)
    waiter.took_at_least(delays.short)


# -- semaphores of processes ---------------------------------------------------------------


@clause("multiprocessing.sem.init.negative-refused")
@pytest.mark.parametrize("value", [-1, -100])
def test_a_negative_value_is_refused(subject, case, actors, value):
    (maker,) = actors(1)
    maker.begins(subject.factories[case.primitive], value).raises(Exception)


# -- of tornado: a timeout is an exception --------------------------------------------------


@clause("tornado.sem.timeout-raises")
def test_a_permit_that_is_not_had_in_time_raises_timeout_error(new, actors, delays, subject):
    holder, leaver, waiter = actors(3)
    semaphore = new(1)
    holder.does(semaphore.acquire)
    leaver.begins(semaphore.acquire, timeout=delays.short).blocks()
    leaver.raises(subject.timed_out)
    leaver.took_at_least(delays.short)
    holder.does(semaphore.release)
    holder.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    holder.does(semaphore.release)
    waiter.completes()
