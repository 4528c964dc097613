"""BoundedSemaphore: what it adds to a Semaphore. What both promise is in test_semaphore.py."""

from __future__ import annotations

import pytest

from syncproof.suite import clause, models_but, needs, primitives
from syncproof.suite.contention import fresh, race

pytestmark = primitives("bounded_semaphore")


def takes_exactly(count, semaphore, taker, waiter):
    """So many acquires succeed, and one more waits; then all is given back."""
    for _ in range(count):
        taker.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    taker.does(semaphore.release)
    waiter.completes()
    for _ in range(count):
        taker.does(semaphore.release)


@clause("bsem.init.default-one")
def test_value_and_bound_are_one(new, actors):
    user, waiter = actors(2)
    semaphore = new()
    user.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    user.does(semaphore.release)
    waiter.completes()
    waiter.does(semaphore.release)
    user.begins(semaphore.release).raises(Exception)


@clause("bsem.init.negative-raises")
@pytest.mark.parametrize("value", [-1, -100])
def test_a_negative_value_raises_value_error(subject, actors, value):
    (maker,) = actors(1)
    maker.begins(subject.factories["bounded_semaphore"], value).raises(ValueError)


@clause("bsem.acquire.as-semaphore")
def test_acquire_takes_permits_down_to_zero_and_waits_there(new, actors):
    user, waiter = actors(2)
    semaphore = new(2)
    user.begins(semaphore.acquire).returns(True)
    user.begins(semaphore.acquire).returns(True)
    waiter.begins(semaphore.acquire).blocks()
    user.does(semaphore.release)
    waiter.returns(True)


@clause("bsem.acquire.as-semaphore")
@needs("acquire.blocking", "acquire.timeout")
def test_acquire_can_be_tried_and_timed(new, actors, delays):
    user, other = actors(2)
    semaphore = new(1)
    user.begins(semaphore.acquire, blocking=False).returns(True)
    other.begins(semaphore.acquire, blocking=False).returns(False)
    other.begins(semaphore.acquire, timeout=delays.short).returns(False)
    other.took_at_least(delays.short)


@clause("bsem.release.within-bound-ok")
def test_release_up_to_the_initial_value_is_accepted(new, actors):
    (user,) = actors(1)
    semaphore = new(2)
    for _ in range(3):
        user.does(semaphore.acquire)
        user.does(semaphore.acquire)
        user.does(semaphore.release)
        user.does(semaphore.release)


@clause("bsem.release.over-bound-raises")
@pytest.mark.parametrize("value", [0, 1, 3])
def test_release_above_the_initial_value_raises_value_error(new, actors, value):
    (user,) = actors(1)
    semaphore = new(value)
    user.begins(semaphore.release).raises(ValueError)


@clause("bsem.release.over-bound-raises")
def test_one_release_too_many_raises_value_error(new, actors):
    user, other = actors(2)
    semaphore = new(2)
    user.does(semaphore.acquire)
    user.does(semaphore.acquire)
    other.does(semaphore.release)
    user.does(semaphore.release)
    other.begins(semaphore.release).raises(ValueError)
    user.begins(semaphore.release).raises(ValueError)


@clause("bsem.release.check-atomic")
def test_of_two_releases_in_a_row_one_is_refused_where_one_fits(new, actors):
    user, other = actors(2)
    semaphore = new(2)
    user.does(semaphore.acquire)

    def release_twice():
        semaphore.release()
        semaphore.release()

    user.begins(release_twice).raises(Exception)  # of which kind is said by another clause
    user.does(semaphore.acquire)
    user.does(semaphore.acquire)
    other.begins(semaphore.acquire).blocks()
    user.does(semaphore.release)
    other.completes()


@clause("bsem.release.n-over-bound-raises")
def test_release_of_too_many_raises_value_error_even_if_some_fit(new, actors):
    (user,) = actors(1)
    semaphore = new(3)
    user.does(semaphore.acquire)
    user.begins(semaphore.release, 2).raises(ValueError)
    user.does(semaphore.acquire)
    user.begins(semaphore.release, 3).raises(ValueError)


@clause("bsem.release.n-over-bound-raises")
def test_release_of_too_many_raises_value_error_also_when_a_thread_waits(new, actors):
    user, waiter = actors(2)
    semaphore = new(1)
    user.does(semaphore.acquire)
    waiter.begins(semaphore.acquire).blocks()
    user.begins(semaphore.release, 2).raises(ValueError)
    waiter.remains_blocked()
    user.does(semaphore.release)
    waiter.completes()


@clause("bsem.release.failed-leaves-value")
def test_a_refused_release_changes_nothing(new, actors):
    user, waiter = actors(2)
    semaphore = new(2)
    for _ in range(3):
        user.begins(semaphore.release).ends()
    takes_exactly(2, semaphore, user, waiter)


@clause("bsem.release.failed-leaves-value")
@needs("release.n")
def test_a_refused_release_of_n_changes_nothing(new, actors):
    user, waiter = actors(2)
    semaphore = new(3)
    user.does(semaphore.acquire)
    user.begins(semaphore.release, 2).raises(Exception)
    takes_exactly(2, semaphore, user, waiter)


@clause("bsem.release.check-atomic", "mod.atomic.methods")
@needs("acquire.blocking")
@models_but("process")  # test_locks.py: whether the check of a release is a step of its own
def test_racing_releases_cannot_pass_the_check_together(new, actors, delays):
    cast = actors(3)
    user = cast[0]
    for semaphore in fresh(new, delays, 2):
        user.does(semaphore.acquire)
        calls = race(cast, semaphore.release)
        accepted = [call for call in calls if call.error is None]
        assert len(accepted) == 1, (
            f"there was room for one release, and {len(accepted)} of three were accepted"
        )
        taken = [user.does(semaphore.acquire, False) for _ in range(4)].count(True)
        assert taken == 2, f"after racing releases a semaphore of 2 gave {taken} permits"
