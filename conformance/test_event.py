"""Event: a test or more for every promise of threading.Event."""

from __future__ import annotations

from fractions import Fraction

import pytest

from syncproof.actors import all_of
from syncproof.actors.carriers import in_a_row
from syncproof.suite import clause, models, needs, primitives
from syncproof.suite.contention import contend, fresh, race, rounds

pytestmark = primitives("event")


# -- a new event --------------------------------------------------------------------------


@clause("event.init.false")
def test_a_new_event_is_not_set(event, actors):
    (reader,) = actors(1)
    reader.begins(event.is_set).returns(False)


@clause("mod.classes.since-3.3")
@models("thread")
def test_event_is_a_class_that_can_be_subclassed(subject, actors):
    maker, waiter = actors(2)

    def derive():
        class Alarm(subject.factories["event"]):
            """An event with something of its own."""

            def ring(self):
                self.set()

        return Alarm()

    alarm = maker.does(derive)
    assert isinstance(alarm, subject.factories["event"])
    waiter.begins(alarm.wait).blocks()
    maker.does(alarm.ring)
    waiter.completes()


# -- wait ---------------------------------------------------------------------------------


@clause("event.wait.blocks-while-false")
def test_wait_blocks_until_the_event_is_set(event, actors):
    setter, waiter = actors(2)
    waiter.begins(event.wait).blocks()
    setter.does(event.set)
    waiter.completes()


@clause("event.wait.blocks-while-false")
def test_setting_another_event_lets_nobody_through(new, actors):
    setter, waiter, passer = actors(3)
    event, another = new(), new()
    waiter.begins(event.wait).blocks()
    setter.does(another.set)
    passer.does(another.wait)
    waiter.remains_blocked()
    setter.does(event.set)
    waiter.completes()


@clause("event.wait.blocks-while-false")
@needs("is_set")
def test_looking_at_the_event_lets_nobody_through(event, actors):
    setter, waiter, reader = actors(3)
    waiter.begins(event.wait).blocks()
    reader.does(event.is_set)
    waiter.remains_blocked()
    setter.does(event.set)
    waiter.completes()


@clause("event.wait.returns-true")
def test_wait_that_blocked_returns_true(event, actors):
    setter, waiter = actors(2)
    waiter.begins(event.wait).blocks()
    setter.does(event.set)
    waiter.returns(True)


@clause("event.wait.returns-true")
def test_wait_for_a_set_event_returns_true(event, actors):
    setter, waiter = actors(2)
    setter.does(event.set)
    waiter.begins(event.wait).returns(True)
    setter.begins(event.wait).returns(True)


# -- wait with a timeout ------------------------------------------------------------------


@clause("event.wait.keyword")
def test_the_timeout_is_given_by_position_or_by_name(event, actors, delays):
    (waiter,) = actors(1)
    waiter.does(event.wait, delays.short)
    waiter.does(event.wait, timeout=delays.short)


@clause("event.wait.timeout-none")
def test_a_timeout_of_none_sets_no_limit(event, actors):
    setter, *waiters = actors(3)
    waiters[0].begins(event.wait, None).blocks()
    waiters[1].begins(event.wait, timeout=None).blocks()
    setter.does(event.set)
    all_of(waiters).complete()


@clause("event.wait.timeout-none")
def test_without_a_timeout_there_is_no_limit(event, actors, scene, delays):
    setter, waiter = actors(2)
    waiter.begins(event.wait).blocks()
    scene.passes(delays.short)
    waiter.remains_blocked()
    setter.does(event.set)
    waiter.completes()


@clause("event.wait.timeout-zero")
def test_a_timeout_of_zero_returns_the_flag_without_waiting(event, actors):
    setter, caller = actors(2)
    caller.begins(event.wait, timeout=0).returns(False)
    setter.does(event.set)
    caller.begins(event.wait, timeout=0).returns(True)


@clause("event.wait.timeout-false")
def test_wait_returns_false_when_its_timeout_passes(event, actors, delays):
    (waiter,) = actors(1)
    waiter.begins(event.wait, timeout=delays.short).returns(False)


@clause("event.wait.timeout-false")
@needs("clear")
def test_wait_returns_false_when_the_event_was_set_and_cleared_before(event, actors, delays):
    setter, waiter = actors(2)
    setter.does(event.set)
    setter.does(event.clear)
    waiter.begins(event.wait, timeout=delays.short).returns(False)


@clause("event.wait.timeout-bound")
def test_a_timeout_limits_the_wait(event, actors, delays):
    setter, waiter, patient = actors(3)
    patient.begins(event.wait, timeout=delays.long).blocks()
    waiter.does(event.wait, timeout=delays.short)
    patient.remains_blocked()
    setter.does(event.set)
    patient.completes()


@clause("event.wait.timeout-bound")
@needs("clear")
def test_clear_does_not_start_the_timeout_afresh(event, actors, delays, scene):
    clearer, waiter = actors(2)
    waiter.begins(event.wait, timeout=delays.short)
    assert scene.until(
        lambda: not waiter.busy,
        lambda: clearer.does(event.clear),
        delays.short + delays.deadline,
    )


@clause("event.wait.timeout-waits")
def test_wait_does_not_give_up_before_its_timeout(event, actors, delays):
    (waiter,) = actors(1)
    waiter.begins(event.wait, timeout=delays.short).completes()
    waiter.took_at_least(delays.short)


@clause("event.wait.timeout-waits")
@needs("clear")
def test_clear_does_not_cut_the_timeout_short(event, actors, delays, scene):
    clearer, waiter = actors(2)
    waiter.begins(event.wait, timeout=delays.short)
    scene.until(lambda: not waiter.busy, lambda: clearer.does(event.clear), delays.deadline)
    waiter.completes()
    waiter.took_at_least(delays.short)


@clause("event.wait.timeout-set-true")
def test_wait_with_a_timeout_returns_true_when_the_event_is_set(event, actors, delays):
    setter, *waiters = actors(4)
    all_of(waiters[:2]).begin(event.wait, timeout=delays.long).block()
    waiters[2].begins(event.wait).blocks()
    setter.does(event.set)
    all_of(waiters[:2]).return_(True)
    waiters[2].completes()


@clause("event.wait.timeout-set-true")
def test_a_waiter_that_gave_up_does_not_stand_in_for_the_others(event, actors, delays):
    setter, gone, *waiters = actors(4)
    gone.begins(event.wait, timeout=delays.short)
    for waiter in waiters:
        waiter.begins(event.wait, timeout=delays.long)
    gone.completes()
    all_of(waiters).block()
    setter.does(event.set)
    all_of(waiters).return_(True)


@clause("mod.timeout-max.itself-legal.wait")
def test_a_timeout_of_timeout_max_is_accepted(event, actors, subject):
    setter, waiter = actors(2)
    waiter.begins(event.wait, subject.timeout_max).blocks()
    setter.does(event.set)
    waiter.completes()
    waiter.does(event.wait, subject.timeout_max)


@clause("mod.timeout-max.overflow.others.wait")
def test_more_than_timeout_max_overflows(event, actors, subject):
    setter, waiter, other = actors(3)
    waiter.begins(event.wait, subject.timeout_max * 2 + 1).raises(OverflowError)
    other.begins(event.wait).blocks()
    setter.does(event.set)
    other.completes()


@clause("property.timeout-max.unneeded")
@needs("wait.timeout")
def test_whether_any_timeout_is_accepted_when_the_event_is_set(event, actors, subject, finds):
    (caller,) = actors(1)
    caller.does(event.set)
    waited = caller.begins(event.wait, subject.timeout_max * 2 + 1).ends()
    finds("refused" if waited.error else "accepted")


@clause("mod.timeout.real-number.wait")
def test_a_timeout_may_be_any_real_number(event, actors, delays):
    setter, waiter = actors(2)
    waiter.does(event.wait, Fraction(delays.short))
    waiter.took_at_least(delays.short)
    waiter.begins(event.wait, Fraction(delays.long)).blocks()
    setter.does(event.set)
    waiter.completes()


@clause("detail.event.negative-timeout-as-zero")
def test_a_negative_timeout_is_like_zero(event, actors):
    (caller,) = actors(1)
    caller.begins(event.wait, -1).returns(False)
    caller.begins(event.wait, timeout=-0.5).returns(False)
    caller.does(event.set)
    caller.begins(event.wait, -1).returns(True)


# -- set ----------------------------------------------------------------------------------


@clause("event.set.sets")
def test_set_makes_the_flag_true_and_it_stays_so(event, actors):
    setter, waiter, late = actors(3)
    setter.does(event.set)
    waiter.does(event.wait)
    late.does(event.wait)


@clause("event.set.wakes-all")
def test_set_wakes_every_waiter(event, actors):
    setter, *waiters = actors(6)
    all_of(waiters).begin(event.wait).block()
    setter.does(event.set)
    all_of(waiters).complete()


@clause("event.set.wakes-all")
@needs("clear")
def test_set_wakes_every_waiter_of_every_generation(event, actors):
    setter, *waiters = actors(4)
    for _ in range(4):
        all_of(waiters).begin(event.wait).block()
        setter.does(event.set)
        all_of(waiters).complete()
        setter.does(event.clear)


@clause("event.set.later-waits-pass")
def test_any_wait_after_set_passes(event, actors):
    setter, *passers = actors(4)
    setter.does(event.set)
    for passer in [*passers, setter]:
        for _ in range(3):
            passer.does(event.wait)


@clause("event.set.later-waits-pass")
def test_a_wait_after_set_passes_though_others_waited_before(event, actors):
    setter, *waiters = actors(4)
    all_of(waiters[:2]).begin(event.wait).block()
    setter.does(event.set)
    waiters[2].does(event.wait)
    all_of(waiters[:2]).complete()
    for waiter in waiters:
        waiter.does(event.wait)


@clause("event.set.idempotent")
def test_set_twice_leaves_what_set_once_leaves(new, actors):
    setter, reader = actors(2)
    once, often = new(), new()
    setter.does(once.set)
    for _ in range(3):
        setter.does(often.set)
    assert reader.does(often.is_set) is reader.does(once.is_set)
    setter.does(once.clear)
    setter.does(often.clear)
    assert reader.does(often.is_set) is reader.does(once.is_set)


@clause("event.set.idempotent")
def test_set_on_a_set_event_is_not_saved_up(new, actors, scene):
    setter, after_once, after_often = actors(3)
    once, often = new(), new()
    setter.does(once.set)
    setter.does(once.clear)
    for _ in range(3):
        setter.does(often.set)
    setter.does(often.clear)
    after_once.begins(once.wait)
    after_often.begins(often.wait)
    scene.quiesce()
    through = not after_often.busy, not after_once.busy
    setter.does(once.set)
    setter.does(often.set)
    all_of([after_once, after_often]).complete()
    assert through[0] == through[1]


# -- is_set -------------------------------------------------------------------------------


@clause("event.is_set.iff")
def test_is_set_tells_the_flag(event, actors):
    setter, reader, other = actors(3)
    reader.begins(event.is_set).returns(False)
    setter.does(event.set)
    for caller in (reader, other, setter):
        caller.begins(event.is_set).returns(True)
        caller.begins(event.is_set).returns(True)


@clause("event.is_set.iff")
def test_is_set_is_false_while_somebody_waits(event, actors):
    setter, waiter, reader = actors(3)
    waiter.begins(event.wait).blocks()
    reader.begins(event.is_set).returns(False)
    setter.does(event.set)
    waiter.completes()
    reader.begins(event.is_set).returns(True)


@clause("event.is_set.iff")
@needs("clear")
def test_is_set_agrees_with_wait(event, actors, scene):
    setter, reader, waiter = actors(3)
    for _ in range(3):
        setter.does(event.set)
        setter.does(event.clear)
        waiter.begins(event.wait)
        scene.quiesce()
        told, passed = reader.does(event.is_set), not waiter.busy
        setter.does(event.set)
        waiter.completes()
        assert told is passed
        reader.begins(event.is_set).returns(True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@clause("event.isSet.alias")
def test_is_set_has_its_old_name_too(event, actors):
    setter, reader = actors(2)
    reader.begins(event.isSet).returns(False)
    setter.does(event.set)
    reader.begins(event.isSet).returns(True)


# -- clear --------------------------------------------------------------------------------


@clause("event.clear.resets")
def test_clear_makes_the_flag_false(event, actors):
    setter, clearer, reader = actors(3)
    setter.does(event.set)
    clearer.does(event.clear)
    reader.begins(event.is_set).returns(False)
    setter.does(event.set)
    setter.does(event.clear)
    reader.begins(event.is_set).returns(False)


@clause("event.clear.later-waits-block")
def test_a_wait_after_clear_blocks_until_the_next_set(event, actors):
    setter, clearer, waiter, other = actors(4)
    for _ in range(3):
        setter.does(event.set)
        clearer.does(event.clear)
        waiter.begins(event.wait).blocks()
        other.begins(event.wait).blocks()
        setter.does(event.set)
        all_of([waiter, other]).complete()


@clause("event.clear.later-waits-block")
def test_a_wait_after_clear_does_not_pass_with_those_that_are_still_waking(event, actors):
    setter, newcomer, *waiters = actors(5)

    def pulse_and_wait():
        in_a_row(event.set, event.clear, event.wait)

    all_of(waiters).begin(event.wait).block()
    newcomer.begins(pulse_and_wait).blocks()
    setter.does(event.set)
    newcomer.completes()
    all_of(waiters).complete()


@clause("event.clear.idempotent")
def test_clear_on_an_event_that_is_not_set_wakes_nobody(event, actors):
    setter, clearer, waiter = actors(3)
    waiter.begins(event.wait).blocks()
    for _ in range(3):
        clearer.does(event.clear)
        waiter.remains_blocked()
    setter.does(event.set)
    waiter.completes()


@clause("event.clear.idempotent")
def test_one_set_is_enough_however_often_the_event_was_cleared(event, actors):
    setter, clearer, waiter, late = actors(4)
    for _ in range(3):
        clearer.does(event.clear)
    waiter.begins(event.wait).blocks()
    setter.does(event.set)
    waiter.completes()
    late.does(event.wait)


@clause("event.wait.true-despite-clear")
def test_waiters_get_true_though_clear_follows_set_at_once(event, actors):
    setter, *waiters = actors(4)

    def pulse():
        in_a_row(event.set, event.clear)

    all_of(waiters).begin(event.wait).block()
    setter.does(pulse)
    all_of(waiters).return_(True)


@clause("event.wait.true-despite-clear")
def test_waiters_get_true_though_the_event_is_set_and_cleared_again(event, actors):
    setter, *waiters = actors(4)

    def pulse_twice():
        in_a_row(*[event.set, event.clear] * 2)

    for _ in range(25):  # who looks at the flag again may find it still set, now and then
        all_of(waiters).begin(event.wait).block()
        setter.does(pulse_twice)
        all_of(waiters).return_(True)


@clause("event.wait.true-despite-clear")
@needs("wait.timeout")
def test_waiters_with_a_timeout_get_true_though_clear_follows_set(event, actors, delays):
    setter, *waiters = actors(3)

    def pulse():
        in_a_row(event.set, event.clear)

    all_of(waiters).begin(event.wait, timeout=delays.long).block()
    setter.does(pulse)
    all_of(waiters).return_(True)


@clause("detail.event.returns-none")
def test_set_and_clear_return_none(event, actors):
    (caller,) = actors(1)
    for operation in (event.clear, event.set, event.set, event.clear):
        caller.begins(operation).returns(None)


# -- calls that race ----------------------------------------------------------------------


@clause("mod.atomic.methods")
def test_no_wait_misses_a_set_that_races_with_it(new, actors, delays):
    cast = actors(4)
    for event in fresh(new, delays):
        calls = race(cast, event.wait, event.wait, event.wait, event.set)
        assert [c.error for c in calls] == [None] * 4


@clause("mod.atomic.methods")
@needs("clear")
def test_a_set_that_races_with_a_clear_wakes_who_waits(event, actors, delays):
    setter, clearer, waiter = actors(3)
    for _ in rounds(delays):
        waiter.begins(event.wait).blocks()
        calls = race([setter, clearer], event.set, event.clear)
        assert [c.error for c in calls] == [None] * 2
        waiter.completes()
        clearer.does(event.clear)


@clause("mod.atomic.methods")
def test_sets_that_race_are_all_accepted(new, actors, delays):
    cast = actors(3)
    for event in fresh(new, delays):
        calls = race(cast, event.set)
        assert [c.error for c in calls] == [None] * 3


@clause("mod.atomic.methods")
@needs("clear")
def test_no_set_is_lost_on_the_way_to_and_fro(new, actors, delays):
    """Two actors wake each other in turn: one lost wake-up stops both."""
    first, second = actors(2)
    ping, pong, over = new(), new(), []

    def serve():
        for _ in rounds(delays):
            ping.set()
            pong.wait()
            pong.clear()
        over.append(True)
        ping.set()

    def play():
        while True:
            ping.wait()
            ping.clear()
            if over:
                return
            pong.set()

    first.begins(serve)
    second.begins(play)
    first.completes()
    second.completes()


@clause("mod.atomic.methods")
@needs("clear", "wait.timeout")
def test_short_timeouts_and_pulses_leave_a_sound_event(event, actors, delays):
    setter, *others = actors(4)

    def turn():
        event.wait(timeout=0.0001)
        event.set()
        event.clear()
        event.wait(timeout=0)

    contend(others, delays, turn, most=100)
    waiters = others
    all_of(waiters).begin(event.wait).block()
    setter.does(event.set)
    all_of(waiters).complete()


# -- events of greenlets -------------------------------------------------------------------


@clause("greenlets.event.ready")
@needs("ready", "clear")
def test_ready_says_what_is_set_says(event, actors):
    (user,) = actors(1)
    user.begins(event.ready).returns(False)
    user.does(event.set)
    user.begins(event.ready).returns(True)
    user.does(event.clear)
    user.begins(event.ready).returns(False)


# -- events of processes ------------------------------------------------------------------


@clause("property.multiprocessing.event.false-after-clear")
def test_whether_a_wait_returns_false_when_clear_follows_set(event, actors, finds):
    setter, *waiters = actors(4)
    all_of(waiters).begin(event.wait).block()
    setter.does(in_a_row, event.set, event.clear)
    values = [waiter.completes() for waiter in waiters]
    finds(f"wait() returned {', '.join(map(str, sorted(set(values))))}")


@clause("property.process.waiter-killed")
@models("process")
def test_whether_set_wakes_the_others_when_a_waiter_is_killed(event, actors, scene, finds):
    setter, victim, waiter = actors(3)
    victim.begins(event.wait).blocks()
    waiter.begins(event.wait).blocks()
    victim.is_killed()
    setter.begins(event.set)
    scene.quiesce()
    for actor, what in ((setter, "set() does not return"), (waiter, "another waiter sleeps on")):
        if actor.busy:
            finds(what)
            actor.is_killed()


# -- of tornado: a timeout is an exception --------------------------------------------------


@clause("tornado.event.timeout-raises")
def test_an_event_that_is_not_set_in_time_raises_timeout_error(event, actors, delays, subject):
    waiter, other = actors(2)
    waiter.begins(event.wait, timeout=delays.short).blocks()
    waiter.raises(subject.timed_out)
    waiter.took_at_least(delays.short)
    other.does(event.set)
    waiter.does(event.wait, timeout=delays.short)
