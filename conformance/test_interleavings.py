"""Schedules under control: what an implementation in Python does at its every step.

Programs of two or three actors run one step at a time; a scheduler says whose, and when a timeout
passes. What happens is held against a model of what the documentation allows, and the clause that
is broken is the one that fails. An implementation in C cannot be scheduled: it is skipped here, and
its turn comes in test_histories.py.
"""

from __future__ import annotations

import pytest

from syncproof.suite import clause, deep, primitives

LOCK = (
    "lock.acquire.nonblocking-free-true",
    "lock.acquire.nonblocking-held-false",
    "lock.acquire.returns-true",
    "lock.acquire.timeout-expired-false",
    "lock.acquire.timeout-success-early",
    "lock.acquire.timeout-upper-bound",
    "lock.exclusion",
    "lock.locked.false-when-free",
    "lock.locked.true-when-held",
    "lock.release.free-raises",
    "lock.release.immediate",
    "lock.release.returns-none",
    "lock.release.unlocks",
    "lock.release.wakes-exactly-one",
)
RLOCK = (
    "rlock.acquire.nonblocking-other-owner",
    "rlock.acquire.nonblocking-unowned",
    "rlock.acquire.other-owner-timeout",
    "rlock.acquire.returns-false",
    "rlock.acquire.returns-true",
    "rlock.acquire.timeout-success-early",
    "rlock.exclusion",
    "rlock.owner.single",
    "rlock.release.decrements",
    "rlock.release.returns-none",
    "rlock.release.wakes-exactly-one",
    "rlock.release.zero-frees",
)
SEMAPHORE = (
    "sem.acquire.nonblocking-false",
    "sem.acquire.nonblocking-true",
    "sem.acquire.positive-decrements",
    "sem.acquire.timeout-bound",
    "sem.acquire.timeout-false",
    "sem.acquire.timeout-true",
    "sem.counter.formula",
    "sem.counter.never-negative",
    "sem.release.increments",
    "sem.release.one-wakes-one",
)
BOUNDED_SEMAPHORE = (
    "bsem.release.check-atomic",
    "bsem.release.n-over-bound-raises",
    "bsem.release.over-bound-raises",
    "bsem.release.within-bound-ok",
)
EVENT = (
    "event.clear.resets",
    "event.is_set.iff",
    "event.set.sets",
    "event.set.wakes-all",
    "event.wait.blocks-while-false",
    "event.wait.returns-true",
    "event.wait.timeout-bound",
    "event.wait.timeout-false",
    "event.wait.timeout-set-true",
)
CONDITION = (
    "cond.acquire.delegates",
    "cond.methods.need-lock",
    "cond.notify.default-one",
    "cond.notify.keeps-lock",
    "cond.notify.other-holder-raises",
    "cond.notify.return-after-release",
    "cond.notify_all.keeps-lock",
    "cond.notify_all.other-holder-raises",
    "cond.notify_all.wakes-all",
    "cond.release.delegates",
    "cond.wait.blocks-until-notified",
    "cond.wait.no-lost-wakeup",
    "cond.wait.reacquires-on-notify",
    "cond.wait.reacquires-on-timeout",
    "cond.wait.returns-true",
    "cond.wait.timeout-bound",
    "cond.wait.timeout-returns-false",
    "cond.with.holds-lock",
)
BARRIER = (
    "barrier.abort.active-fail",
    "barrier.abort.breaks",
    "barrier.broken",
    "barrier.error.type",
    "barrier.n_waiting",
    "barrier.parties",
    "barrier.reset.empties",
    "barrier.reset.waiters-raise",
    "barrier.timeout.others-raise",
    "barrier.timeout.raises",
    "barrier.wait.blocks-until-parties",
    "barrier.wait.broken-raises",
    "barrier.wait.index-range",
    "barrier.wait.index-unique",
    "barrier.wait.releases-all",
)
#: Whatever a schedule can show to be broken: the model says which of them it is.
ANY = (
    "mod.atomic.methods",
    *LOCK,
    *RLOCK,
    *SEMAPHORE,
    *BOUNDED_SEMAPHORE,
    *EVENT,
    *CONDITION,
    *BARRIER,
)

pytestmark = [
    deep,
    primitives(
        "lock", "rlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier"
    ),
]


@pytest.mark.again
@clause(*ANY)
def test_what_failed_before_fails_no_more(schedules):
    schedules.again()


@clause(*ANY)
def test_no_step_is_a_bad_moment_for_another_actor(schedules):
    schedules.sweep()


@clause(*ANY)
def test_every_schedule_with_few_preemptions_is_allowed(schedules, finds):
    finds(schedules.exhaust())


@clause(*ANY)
def test_random_programs_under_random_schedules_are_allowed(schedules):
    schedules.at_random()


# -- what the documentation leaves undecided -----------------------------------------------


@clause("property.cond.notify-eaten-by-timed-out-waiter")
@primitives("condition")
def test_whether_a_schedule_has_a_timed_out_waiter_eat_a_notify(schedules, finds):
    found = schedules.showing("property.cond.notify-eaten-by-timed-out-waiter")
    if found is None:
        finds("no schedule that was tried has a waiter whose timeout has passed eat a notify")
    else:
        finds("; ".join([f"a waiter whose timeout has passed eats a notify: {found.lines[0]}",
                         *found.lines[1:], f"replay {found.token}"]))
