"""Schedules under control: what an implementation in Python does at its every step.

Programs of two or three actors run one step at a time; a scheduler says whose, and when a timeout
passes. What happens is held against a model of what the documentation allows, and the clause that
is broken is the one that fails. An implementation in C cannot be scheduled: it is skipped here, and
its turn comes in test_histories.py.
"""

from __future__ import annotations

import pytest

from syncproof.suite import clause, deep, models, over, primitives, searches

pytestmark = [
    models("thread"),
    primitives("lock", "rlock", "semaphore", "bounded_semaphore", "event", "condition", "barrier"),
]

#: A condition that is given no lock makes an RLock: to go through all its steps over an RLock that
#: it is given would be to do it twice.
over_each_kind_of_lock = over("default", "lock")


@pytest.mark.again
@searches
def test_what_failed_before_fails_no_more(schedules):
    schedules.again()


@searches
@over_each_kind_of_lock
def test_no_step_is_a_bad_moment_for_another_actor(schedules):
    schedules.sweep()


@searches
@over_each_kind_of_lock
def test_every_schedule_with_few_preemptions_is_allowed(schedules, finds):
    finds(schedules.exhaust())


@searches
def test_random_programs_under_random_schedules_are_allowed(schedules):
    schedules.at_random()


# -- what the documentation leaves undecided -----------------------------------------------


@deep
@over_each_kind_of_lock
@clause("property.cond.notify-eaten-by-timed-out-waiter")
@primitives("condition")
def test_whether_a_schedule_has_a_timed_out_waiter_eat_a_notify(schedules, finds):
    found = schedules.showing("property.cond.notify-eaten-by-timed-out-waiter")
    if found is None:
        finds("no schedule that was tried has a waiter whose timeout has passed eat a notify")
    else:
        finds("; ".join([f"a waiter whose timeout has passed eats a notify: {found.lines[0]}",
                         *found.lines[1:], f"replay {found.token}"]))
