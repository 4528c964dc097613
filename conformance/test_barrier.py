"""Barrier: a test or more for every promise of threading.Barrier."""

from __future__ import annotations

import itertools
import time
from fractions import Fraction

from syncproof.actors import all_of
from syncproof.actors.carriers import breathe, in_a_row, who
from syncproof.actors.signals import Interrupted, interrupted
from syncproof.suite import clause, models, needs, primitives
from syncproof.suite.contention import fresh, race

pytestmark = primitives("barrier")


def gather(barrier, parties):
    """One round: all but the last of the parties wait, the last one lets everybody go."""
    *early, last = parties
    all_of(early).begin(barrier.wait).block()
    last.does(barrier.wait)
    for party in early:
        party.completes()


def indices(parties):
    """What the last wait() of each party returned."""
    return [party.call.value for party in parties]


def hurry_through(barrier, parties, delays, look=lambda: None):
    """The parties go through round after round, for ``delays.contended`` seconds.

    Returns their calls, and what each saw when it left a round: the round's number from 1 on, its
    index, the earliest and the latest round that any party had come to, and ``look()``.
    """
    arrived = [0] * len(parties)
    end = time.perf_counter() + delays.contended
    last_round, seen = [], []

    def party(place):
        def go():
            for number in itertools.count(1):
                if place == 0 and time.perf_counter() > end and not last_round:
                    last_round.append(number)
                arrived[place] = number
                index = barrier.wait()
                seen.append((number, index, min(arrived), max(arrived), look()))
                if last_round and number >= last_round[0]:
                    return

        return go

    calls = race(parties, *(party(place) for place in range(len(parties))))
    return calls, seen


# -- a new barrier ------------------------------------------------------------------------


@clause("barrier.init.signature")
def test_the_parameters_may_be_given_by_position(new, actors):
    (party,) = actors(1)
    acted = []
    for barrier in (
        new(1, lambda: acted.append(1)),
        new(1, lambda: acted.append(2), 60),
        new(1, None),
        new(1, None, None),
    ):
        party.does(barrier.wait)
    assert {1, 2} <= set(acted)


@clause("barrier.init.signature")
def test_the_parameters_may_be_given_by_name(new, actors):
    (party,) = actors(1)
    acted = []
    for barrier in (
        new(parties=1),
        new(1, action=lambda: acted.append(1)),
        new(1, timeout=60),
        new(timeout=60, action=lambda: acted.append(2), parties=1),
        new(parties=1, action=None, timeout=None),
    ):
        party.does(barrier.wait)
    assert {1, 2} <= set(acted)


@clause("detail.barrier.parties-positive")
def test_a_barrier_has_at_least_one_party(subject, actors):
    (maker,) = actors(1)
    maker.begins(subject.factories["barrier"], 0).raises(ValueError)
    maker.begins(subject.factories["barrier"], -1).raises(ValueError)


@clause("barrier.parties")
def test_parties_is_the_number_that_was_asked_for(new, actors):
    (reader,) = actors(1)
    for number, barrier in [(number, new(number)) for number in (1, 2, 7)]:
        assert reader.reads(barrier, "parties") == number


@clause("barrier.parties")
def test_parties_does_not_change_in_a_round(new, actors):
    barrier = new(3)
    reader, *parties = actors(4)
    *early, last = parties
    for party in early:
        party.begins(barrier.wait).blocks()
        assert reader.reads(barrier, "parties") == 3
    last.does(barrier.wait)
    all_of(early).complete()
    assert reader.reads(barrier, "parties") == 3


@clause("barrier.parties")
@needs("abort")
def test_parties_does_not_change_when_the_barrier_is_broken(new, actors):
    barrier = new(3)
    (caller,) = actors(1)
    caller.does(barrier.abort)
    assert caller.reads(barrier, "parties") == 3


# -- wait ---------------------------------------------------------------------------------


@clause("barrier.wait.blocks-until-parties")
def test_wait_blocks_until_every_party_has_come(new, actors):
    barrier = new(4)
    *early, last = actors(4)
    all_of(early).begin(barrier.wait).block()
    all_of(early).remain_blocked()
    last.does(barrier.wait)
    all_of(early).complete()


@clause("barrier.wait.blocks-until-parties")
def test_barriers_do_not_count_each_others_parties(new, actors):
    first, second, third, fourth = actors(4)
    here, there = new(2), new(2)
    first.begins(here.wait).blocks()
    second.begins(there.wait).blocks()
    third.does(here.wait)
    first.completes()
    second.remains_blocked()
    fourth.does(there.wait)
    second.completes()


@clause("barrier.wait.one-party")
def test_a_barrier_for_one_lets_it_pass_every_time(new, actors):
    barrier = new(1)
    party, other = actors(2)
    for _ in range(3):
        party.does(barrier.wait)
        other.does(barrier.wait)


@clause("barrier.wait.releases-all")
def test_the_last_party_lets_everybody_go(new, actors):
    for number in (2, 6):
        barrier = new(number)
        *early, last = actors(number)
        all_of(early).begin(barrier.wait).block()
        last.does(barrier.wait)
        all_of(early).complete()


@clause("barrier.wait.keyword")
def test_the_timeout_is_given_by_position_or_by_name(new, actors, delays):
    barrier = new(2)
    first, second = actors(2)
    first.begins(barrier.wait, delays.long).blocks()
    second.does(barrier.wait, timeout=delays.long)
    first.completes()


@clause("barrier.reuse")
def test_a_barrier_serves_one_round_after_another(new, actors):
    barrier = new(3)
    parties = actors(3)
    for _ in range(6):
        gather(barrier, parties)
        parties.append(parties.pop(0))


@clause("barrier.reuse")
def test_other_threads_may_come_to_the_next_round(new, actors):
    barrier = new(2)
    cast = actors(6)
    for pair in (cast[:2], cast[2:4], cast[4:], cast[1:3]):
        gather(barrier, pair)


@clause("barrier.reuse")
def test_a_barrier_serves_a_great_many_rounds(new, actors, delays):
    calls, seen = hurry_through(new(3), actors(3), delays)
    assert [call.error for call in calls] == [None] * 3
    assert len({number for number, *_ in seen}) * 3 == len(seen)


@clause("barrier.reuse.no-overtake")
def test_a_party_that_comes_back_at_once_waits_for_the_next_round(new, actors):
    barrier = new(3)
    *others, fast = actors(3)

    def wait_twice():
        in_a_row(barrier.wait, barrier.wait)

    all_of(others).begin(barrier.wait).block()
    fast.begins(wait_twice)
    all_of(others).complete()
    fast.blocks()
    others[0].begins(barrier.wait).blocks()
    fast.remains_blocked()
    others[1].does(barrier.wait)
    all_of([fast, others[0]]).complete()


@clause("barrier.reuse.no-overtake")
def test_a_newcomer_does_not_pass_with_the_round_before(new, actors):
    barrier = new(3)
    *early, last, newcomer = actors(4)
    all_of(early).begin(barrier.wait).block()
    last.begins(barrier.wait)
    all_of([*early, last]).complete()
    newcomer.begins(barrier.wait).blocks()
    for party in early:
        party.begins(barrier.wait)
    all_of([newcomer, *early]).complete()


@clause("barrier.reuse.no-overtake")
def test_no_party_is_ever_a_round_ahead(new, actors, delays):
    _, seen = hurry_through(new(3), actors(3), delays)
    early = [number for number, _, earliest, _, _ in seen if earliest < number]
    late = [number for number, _, _, latest, _ in seen if latest > number + 1]
    assert not early, f"left round {early[0]} before everybody had come"
    assert not late, f"somebody was two rounds past round {late[0] - 1}"


# -- the value of wait --------------------------------------------------------------------


@clause("barrier.wait.index-range")
def test_wait_returns_a_number_below_that_of_the_parties(new, actors):
    for number in (1, 2, 5):
        barrier = new(number)
        parties = actors(number)
        for _ in range(3):
            gather(barrier, parties)
            for index in indices(parties):
                assert isinstance(index, int)
                assert 0 <= index < number


@clause("barrier.wait.index-range", "barrier.wait.index-unique")
@needs("action")
def test_what_an_action_returns_is_no_index(new, actors):
    parties = actors(3)
    values = ("a value", 7, True)
    for barrier in [new(3, action=lambda value=value: value) for value in values]:
        gather(barrier, parties)
        assert sorted(indices(parties)) == [0, 1, 2]
        assert not any(isinstance(index, bool) for index in indices(parties))


@clause("barrier.wait.index-unique")
def test_every_party_of_a_round_gets_another_index(new, actors):
    for number in (2, 5):
        barrier = new(number)
        parties = actors(number)
        for _ in range(3):
            gather(barrier, parties)
            assert len(set(indices(parties))) == number


@clause("barrier.wait.index-unique")
def test_the_indices_of_a_round_differ_also_when_the_parties_hurry(new, actors, delays):
    _, seen = hurry_through(new(3), actors(3), delays)
    told = [(number, index) for number, index, *_ in seen]
    assert len(set(told)) == len(told)


# -- the action ---------------------------------------------------------------------------


class ActionError(Exception):
    """What an action of these tests raises."""


def action_that_waits(delays):
    """An action that does not end before it is told to go on; and what tells it."""
    told = []

    def action():
        end = time.perf_counter() + delays.deadline
        while not told and time.perf_counter() < end:
            breathe()

    def go_on():
        told.append(True)

    return action, go_on


@clause("barrier.action.by-one-thread")
def test_the_action_is_called_once_by_one_of_the_parties(new, actors):
    callers = []
    barrier = new(3, action=lambda: callers.append(who()))
    parties = actors(3)
    mine = [party.does(who) for party in parties]
    gather(barrier, parties)
    assert len(callers) == 1
    assert callers[0] in mine


@clause("barrier.action.by-one-thread")
def test_the_action_waits_for_the_last_party(new, actors):
    acted = []
    barrier = new(3, action=lambda: acted.append(1))
    *early, last = actors(3)
    for party in early:
        party.begins(barrier.wait).blocks()
        assert not acted
    last.does(barrier.wait)
    all_of(early).complete()


@clause("barrier.action.by-one-thread")
def test_the_action_is_called_once_a_round_also_when_the_parties_hurry(new, actors, delays):
    acted = []
    barrier = new(3, action=lambda: acted.append(1))
    _, seen = hurry_through(barrier, actors(3), delays, look=lambda: len(acted))
    often = [number for number, *_, actions in seen if actions > number]
    assert not often, f"called more than once by the end of round {often[0]}"


@clause("barrier.action.before-release")
def test_nobody_leaves_while_the_action_runs(new, actors, delays):
    action, go_on = action_that_waits(delays)
    parties = actors(3)
    barrier = new(3, action=action)
    all_of(parties).begin(barrier.wait).block()
    all_of(parties).remain_blocked()
    go_on()
    all_of(parties).complete()


@clause("barrier.action.before-release")
def test_everybody_finds_the_action_done_in_every_round(new, actors, delays):
    done = []

    def action():
        time.sleep(0)
        done.append(1)

    barrier = new(3, action)
    _, seen = hurry_through(barrier, actors(3), delays, look=lambda: len(done))
    missing = [number for number, *_, actions in seen if actions < number]
    assert not missing, f"left round {missing[0]} before its action was done"


@clause("barrier.action.each-round")
def test_the_action_is_called_in_every_round(new, actors):
    acted = []
    barrier = new(2, action=lambda: acted.append(1))
    parties = actors(2)
    for _ in range(4):
        before = len(acted)
        gather(barrier, parties)
        assert len(acted) > before


def failing_barrier(new, number):
    """A barrier whose action notes the thread that called it, and raises."""
    callers = []

    def fail():
        callers.append(who())
        raise ActionError

    return new(number, action=fail), callers


@clause("barrier.action.error-breaks")
def test_an_action_that_raises_breaks_the_barrier(new, actors):
    barrier, _ = failing_barrier(new, 3)
    parties = actors(3)
    assert not parties[0].reads(barrier, "broken")
    all_of(parties).begin(barrier.wait).finish()
    assert parties[0].reads(barrier, "broken")


@clause("barrier.action.error-breaks")
def test_an_action_that_exits_breaks_the_barrier(new, actors):
    def exit_():
        raise SystemExit

    barrier = new(2, action=exit_)
    parties = actors(2)
    all_of(parties).begin(barrier.wait).finish()
    assert parties[0].reads(barrier, "broken")


@clause("barrier.action.error-breaks")
def test_nobody_passes_after_an_action_has_raised(new, actors, subject):
    barrier, _ = failing_barrier(new, 2)
    parties = actors(2)
    all_of(parties).begin(barrier.wait).finish()
    for party in parties:
        party.begins(barrier.wait).raises(subject.broken_barrier_error)


@clause("barrier.action.error-breaks")
def test_an_action_that_raises_in_a_later_round_breaks_the_barrier(new, actors):
    acted = []

    def fail_in_the_third():
        acted.append(1)
        if len(acted) == 3:
            raise ActionError

    barrier = new(2, action=fail_in_the_third)
    parties = actors(2)
    gather(barrier, parties)
    gather(barrier, parties)
    assert not parties[0].reads(barrier, "broken")
    all_of(parties).begin(barrier.wait).finish()
    assert parties[0].reads(barrier, "broken")


@clause("barrier.action.error-others-raise")
def test_the_other_parties_of_a_failed_action_learn_of_it(new, actors, subject):
    barrier, callers = failing_barrier(new, 4)
    parties = actors(4)
    threads = [party.does(who) for party in parties]
    *early, last = parties
    all_of(early).begin(barrier.wait).block()
    last.begins(barrier.wait)
    all_of(parties).finish()
    others = [party for party, thread in zip(parties, threads) if thread not in callers]
    assert len(others) == 3
    all_of(others).raise_(subject.broken_barrier_error)


@clause("detail.barrier.action-error-propagates")
def test_the_error_of_an_action_comes_out_of_the_wait_that_called_it(new, actors):
    barrier, callers = failing_barrier(new, 2)
    parties = actors(2)
    threads = [party.does(who) for party in parties]
    all_of(parties).begin(barrier.wait).finish()
    parties[threads.index(callers[0])].raises(ActionError)


# -- timeouts -----------------------------------------------------------------------------


@clause("barrier.timeout.raises")
def test_a_wait_that_times_out_raises(new, actors, delays, subject):
    barrier = new(2)
    (party,) = actors(1)
    party.begins(barrier.wait, timeout=delays.short).raises(subject.broken_barrier_error)


@clause("barrier.timeout.raises")
def test_a_wait_times_out_in_a_later_round_too(new, actors, delays, subject):
    barrier = new(2)
    parties = actors(2)
    gather(barrier, parties)
    parties[0].begins(barrier.wait, delays.short).raises(subject.broken_barrier_error)


@clause("barrier.timeout.breaks")
def test_a_wait_that_times_out_breaks_the_barrier(new, actors, delays):
    barrier = new(2)
    party, reader = actors(2)
    party.begins(barrier.wait, timeout=delays.short).ends()
    assert reader.reads(barrier, "broken")


@clause("barrier.timeout.breaks")
def test_a_timeout_cannot_be_made_up_for_by_a_late_party(new, actors, delays, subject):
    barrier = new(2)
    party, *late = actors(3)
    party.begins(barrier.wait, timeout=delays.short).ends()
    all_of(late).begin(barrier.wait).raise_(subject.broken_barrier_error)


@clause("barrier.timeout.others-raise")
def test_those_that_wait_with_one_that_times_out_raise_too(new, actors, delays, subject):
    barrier = new(4)
    hasty, patient, other = actors(3)
    patient.begins(barrier.wait, timeout=delays.long).blocks()
    other.begins(barrier.wait).blocks()
    hasty.begins(barrier.wait, timeout=delays.short).ends()
    all_of([patient, other]).raise_(subject.broken_barrier_error)


@clause("barrier.timeout.waits")
def test_wait_does_not_give_up_before_its_timeout(new, actors, delays):
    barrier = new(2)
    (party,) = actors(1)
    party.begins(barrier.wait, timeout=delays.short).ends()
    party.took_at_least(delays.short)


@clause("barrier.timeout.waits")
def test_wait_does_not_give_up_early_because_another_party_comes(new, actors, delays):
    barrier = new(3)
    party, other = actors(2)
    party.begins(barrier.wait, timeout=delays.short)
    other.begins(barrier.wait, timeout=4 * delays.short)
    party.ends()
    party.took_at_least(delays.short)
    other.ends()


@clause("barrier.timeout.constructor-default")
def test_the_timeout_of_the_constructor_holds_for_a_wait_without_one(new, actors, delays):
    barrier = new(2, timeout=delays.short)
    (party,) = actors(1)
    assert party.begins(barrier.wait).ends().error is not None
    party.took_at_least(delays.short)


@clause("barrier.timeout.constructor-default")
@needs("reset")
def test_the_timeout_of_the_constructor_holds_for_every_wait(new, actors, delays):
    barrier = new(3, timeout=delays.short)
    parties = actors(2)
    for party in parties:
        assert party.begins(barrier.wait).ends().error is not None
        party.took_at_least(delays.short)
        party.does(barrier.reset)


@clause("barrier.timeout.constructor-default")
def test_a_timeout_of_zero_in_the_constructor_counts(new, actors):
    (party,) = actors(1)
    assert party.begins(new(2, timeout=0).wait).ends().error is not None


@clause("barrier.timeout.constructor-default")
def test_a_timeout_of_the_constructor_that_does_not_pass_is_not_seen(new, actors, delays):
    gather(new(3, timeout=delays.long), actors(3))


@clause("barrier.timeout.explicit-wins")
def test_a_shorter_timeout_of_wait_counts(new, actors, delays):
    barrier = new(2, timeout=delays.long)
    (party,) = actors(1)
    assert party.begins(barrier.wait, timeout=delays.short).ends().error is not None


@clause("barrier.timeout.explicit-wins")
def test_a_longer_timeout_of_wait_counts(new, actors, delays, scene):
    barrier = new(2, timeout=delays.short)
    party, other = actors(2)
    party.begins(barrier.wait, timeout=delays.long)
    scene.passes(2 * delays.short)
    party.remains_blocked()
    other.does(barrier.wait, timeout=delays.long)
    party.completes()


@clause("barrier.timeout.zero-wins")
def test_a_timeout_of_zero_counts(new, actors, delays):
    (party,) = actors(1)
    for barrier in [new(2, timeout=patience) for patience in (delays.long, None)]:
        assert party.begins(barrier.wait, timeout=0).ends().error is not None


@clause("barrier.timeout.unexpired-harmless")
def test_a_full_round_takes_no_notice_of_timeouts(new, actors, delays):
    barrier = new(3)
    *early, last = actors(3)
    all_of(early).begin(barrier.wait, timeout=delays.long).block()
    last.does(barrier.wait, timeout=delays.long)
    all_of(early).complete()
    assert not last.reads(barrier, "broken")
    gather(barrier, [*early, last])


@clause("barrier.timeout.unexpired-harmless")
def test_a_timeout_does_not_outlive_its_round(new, actors, delays, scene):
    first, last = actors(2)
    for barrier, often in [(new(2), often) for often in (1, 4, 16)]:
        timeout = often * delays.short
        first.begins(barrier.wait, timeout=timeout)
        scene.quiesce()  # so that the one with the timeout is the one that waits
        last.begins(barrier.wait)
        if first.ends().error is None:
            break  # else the machine is so busy that the timeout passed before the round was full
        last.ends()
    last.completes()
    first.begins(barrier.wait)
    scene.passes(2 * timeout)
    first.remains_blocked()
    assert not last.reads(barrier, "broken")
    last.does(barrier.wait)
    first.completes()


@clause("mod.timeout-max.itself-legal.wait")
def test_a_timeout_of_timeout_max_is_accepted(new, actors, subject):
    barrier = new(2)
    party, last = actors(2)
    party.begins(barrier.wait, subject.timeout_max).blocks()
    last.does(barrier.wait, subject.timeout_max)
    party.completes()


@clause("mod.timeout-max.overflow.others.wait")
def test_more_than_timeout_max_overflows(new, actors, subject):
    barrier = new(2)
    (party,) = actors(1)
    party.begins(barrier.wait, subject.timeout_max * 2 + 1).raises(OverflowError)


@clause("property.timeout-max.unneeded")
@needs("wait.timeout")
def test_whether_the_last_party_may_give_any_timeout(new, actors, subject, finds):
    (party,) = actors(1)
    waited = party.begins(new(1).wait, subject.timeout_max * 2 + 1).ends()
    finds("refused" if waited.error else "accepted")


@clause("mod.timeout.real-number.wait")
def test_a_timeout_may_be_any_real_number(new, actors, delays, subject):
    barrier = new(2)
    party, other = actors(2)
    party.begins(barrier.wait, Fraction(delays.long)).blocks()
    other.does(barrier.wait, Fraction(delays.long))
    party.completes()
    party.begins(barrier.wait, Fraction(delays.short)).raises(subject.broken_barrier_error)


@clause("detail.barrier.negative-timeout-as-zero")
def test_a_negative_timeout_breaks_the_barrier_at_once(new, actors, subject):
    barrier = new(2)
    party, late = actors(2)
    party.begins(barrier.wait, timeout=-1).raises(subject.broken_barrier_error)
    late.begins(barrier.wait).raises(subject.broken_barrier_error)


@clause("detail.barrier.none-means-default")
def test_a_timeout_of_none_is_that_of_the_constructor(new, actors, delays, subject):
    barrier = new(2, timeout=delays.short)
    (party,) = actors(1)
    party.begins(barrier.wait, None).raises(subject.broken_barrier_error)


# -- abort --------------------------------------------------------------------------------


@clause("barrier.abort.breaks")
def test_abort_breaks_the_barrier(new, actors):
    barrier = new(3)
    caller, *parties = actors(3)
    all_of(parties).begin(barrier.wait).block()
    caller.does(barrier.abort)
    assert caller.reads(barrier, "broken")
    all_of(parties).finish()
    assert caller.reads(barrier, "broken")


@clause("barrier.abort.breaks")
def test_abort_breaks_a_barrier_that_has_served(new, actors):
    barrier = new(2)
    parties = actors(2)
    gather(barrier, parties)
    parties[0].does(barrier.abort)
    assert parties[1].reads(barrier, "broken")


@clause("barrier.abort.idle-breaks")
def test_abort_breaks_the_barrier_though_nobody_waits(new, actors):
    barrier = new(2)
    caller, reader = actors(2)
    caller.does(barrier.abort)
    assert reader.reads(barrier, "broken")
    caller.does(barrier.abort)
    assert reader.reads(barrier, "broken")


@clause("barrier.abort.active-fail")
def test_those_that_wait_when_the_barrier_is_aborted_raise(new, actors, subject):
    barrier = new(4)
    caller, *parties = actors(4)
    all_of(parties).begin(barrier.wait).block()
    caller.does(barrier.abort)
    all_of(parties).raise_(subject.broken_barrier_error)


@clause("barrier.abort.active-fail")
@needs("reset")
def test_those_that_wait_raise_though_reset_follows_abort_at_once(new, actors, subject):
    barrier = new(3)
    caller, *parties = actors(3)

    def abort_and_reset():
        in_a_row(barrier.abort, barrier.reset)

    for _ in range(3):
        all_of(parties).begin(barrier.wait).block()
        caller.does(abort_and_reset)
        all_of(parties).raise_(subject.broken_barrier_error)


@clause("barrier.abort.future-fail")
def test_every_wait_after_abort_raises_without_waiting(new, actors, subject):
    barrier = new(2)
    caller, *parties = actors(4)
    caller.does(barrier.abort)
    for party in [*parties, caller, *parties]:
        party.begins(barrier.wait).raises(subject.broken_barrier_error)


@clause("barrier.abort.future-fail")
def test_as_many_as_there_are_parties_do_not_pass_an_aborted_barrier(new, actors, subject):
    for number in (1, 3):
        barrier = new(number)
        caller, *parties = actors(number + 1)
        caller.does(barrier.abort)
        for _ in range(2):
            all_of(parties).begin(barrier.wait).raise_(subject.broken_barrier_error)


@clause("barrier.abort.future-fail")
def test_a_wait_after_abort_raises_also_when_others_waited(new, actors, subject):
    barrier = new(3)
    caller, late, *parties = actors(4)
    all_of(parties).begin(barrier.wait).block()
    caller.does(barrier.abort)
    late.begins(barrier.wait).raises(subject.broken_barrier_error)
    all_of(parties).finish()
    late.begins(barrier.wait).raises(subject.broken_barrier_error)


@clause("barrier.wait.broken-raises")
def test_wait_raises_when_the_barrier_is_or_gets_broken(new, actors, subject):
    barrier = new(2)
    caller, party, late = actors(3)
    party.begins(barrier.wait).blocks()
    caller.does(barrier.abort)
    party.raises(subject.broken_barrier_error)
    late.begins(barrier.wait).raises(subject.broken_barrier_error)


@clause("barrier.wait.broken-raises")
@needs("reset")
def test_wait_raises_when_the_barrier_is_reset(new, actors, subject):
    barrier = new(2)
    caller, party = actors(2)
    party.begins(barrier.wait).blocks()
    caller.does(barrier.reset)
    party.raises(subject.broken_barrier_error)


@clause("barrier.error.type")
def test_what_a_broken_barrier_raises_is_a_broken_barrier_error(new, actors, subject):
    barrier = new(2)
    caller, party = actors(2)
    assert issubclass(subject.broken_barrier_error, RuntimeError)
    party.begins(barrier.wait).blocks()
    caller.does(barrier.abort)
    for error in (party.ends().error, caller.begins(barrier.wait).ends().error):
        assert isinstance(error, subject.broken_barrier_error)
        assert isinstance(error, RuntimeError)


# -- reset --------------------------------------------------------------------------------


@clause("barrier.reset.waiters-raise")
def test_those_that_wait_when_the_barrier_is_reset_raise(new, actors, subject):
    barrier = new(4)
    caller, *parties = actors(4)
    all_of(parties).begin(barrier.wait).block()
    caller.does(barrier.reset)
    all_of(parties).raise_(subject.broken_barrier_error)


@clause("barrier.reset.waiters-raise")
def test_those_that_wait_raise_though_the_next_round_begins_at_once(new, actors, subject):
    barrier = new(2)
    caller, party, late = actors(3)

    def reset_and_wait():
        in_a_row(barrier.reset, barrier.wait)

    party.begins(barrier.wait).blocks()
    caller.begins(reset_and_wait)
    party.raises(subject.broken_barrier_error)
    caller.blocks()
    late.does(barrier.wait)
    caller.completes()


@clause("barrier.reset.empties")
def test_a_full_round_is_needed_after_reset(new, actors):
    barrier = new(3)
    caller, *parties = actors(4)
    all_of(parties[:2]).begin(barrier.wait).block()
    caller.does(barrier.reset)
    all_of(parties[:2]).finish()
    gather(barrier, parties)
    gather(barrier, parties)


@clause("barrier.reset.empties")
@needs("broken")
def test_a_barrier_is_not_broken_after_reset(new, actors):
    barrier = new(3)
    caller, *parties = actors(3)
    all_of(parties).begin(barrier.wait).block()
    caller.does(barrier.reset)
    all_of(parties).finish()
    assert not caller.reads(barrier, "broken")


@clause("barrier.reset.empties")
@needs("n_waiting")
def test_nobody_is_counted_as_waiting_after_reset(new, actors):
    barrier = new(3)
    caller, *parties = actors(3)
    all_of(parties).begin(barrier.wait).block()
    caller.does(barrier.reset)
    all_of(parties).finish()
    assert caller.reads(barrier, "n_waiting") == 0


@clause("barrier.reset.empties")
def test_reset_while_a_round_is_leaving_leaves_a_barrier_that_works(new, actors):
    """Those that leave may pass or learn of the reset; the next round is a full one."""
    barrier = new(3)
    *early, last = actors(3)

    def pass_reset_and_come_back():
        barrier.wait()
        barrier.reset()
        barrier.wait()

    for _ in range(3):
        all_of(early).begin(barrier.wait).block()
        last.begins(pass_reset_and_come_back)
        all_of(early).finish()
        last.blocks()
        early[0].begins(barrier.wait).blocks()
        early[1].does(barrier.wait)
        all_of([last, early[0]]).complete()


@clause("barrier.reset.idle-harmless")
def test_reset_with_nobody_waiting_does_no_harm(new, actors):
    barrier = new(3)
    caller, *parties = actors(4)
    caller.does(barrier.reset)
    gather(barrier, parties)
    caller.does(barrier.reset)
    caller.does(barrier.reset)
    gather(barrier, parties)


@clause("barrier.reset.repairs-broken")
def test_reset_repairs_an_aborted_barrier(new, actors):
    barrier = new(3)
    caller, *parties = actors(4)
    for _ in range(2):
        caller.does(barrier.abort)
        caller.does(barrier.reset)
        assert not caller.reads(barrier, "broken")
        gather(barrier, parties)


@clause("barrier.reset.repairs-broken")
def test_reset_repairs_a_barrier_that_was_aborted_while_parties_waited(new, actors):
    barrier = new(3)
    caller, *parties = actors(4)
    all_of(parties[:2]).begin(barrier.wait).block()
    caller.does(barrier.abort)
    all_of(parties[:2]).finish()
    caller.does(barrier.reset)
    assert not caller.reads(barrier, "broken")
    gather(barrier, parties)


@clause("barrier.reset.repairs-broken")
@needs("wait.timeout")
def test_reset_repairs_a_barrier_that_a_timeout_broke(new, actors, delays):
    barrier = new(2)
    parties = actors(2)
    parties[0].begins(barrier.wait, timeout=delays.short).ends()
    parties[1].does(barrier.reset)
    assert not parties[1].reads(barrier, "broken")
    gather(barrier, parties)


@clause("barrier.reset.repairs-broken")
@needs("action")
def test_reset_repairs_a_barrier_that_an_action_broke(new, actors):
    fails = [True]

    def action():
        if fails:
            raise ActionError

    barrier = new(2, action=action)
    parties = actors(2)
    all_of(parties).begin(barrier.wait).finish()
    fails.clear()
    parties[0].does(barrier.reset)
    assert not parties[1].reads(barrier, "broken")
    gather(barrier, parties)


# -- what can be read ---------------------------------------------------------------------


@clause("barrier.n_waiting")
def test_n_waiting_counts_those_that_wait(new, actors):
    barrier = new(4)
    *early, last = actors(4)
    assert last.reads(barrier, "n_waiting") == 0
    for number, party in enumerate(early, 1):
        party.begins(barrier.wait).blocks()
        assert last.reads(barrier, "n_waiting") == number
    last.does(barrier.wait)
    all_of(early).complete()


@clause("barrier.n_waiting")
def test_n_waiting_counts_anew_in_the_next_round(new, actors):
    barrier = new(3)
    parties = actors(3)
    gather(barrier, parties)
    for number, party in enumerate(parties[:2], 1):
        party.begins(barrier.wait).blocks()
        assert parties[2].reads(barrier, "n_waiting") == number
    parties[2].does(barrier.wait)
    all_of(parties[:2]).complete()


@clause("barrier.n_waiting")
@needs("abort")
def test_nobody_is_counted_as_waiting_at_a_broken_barrier(new, actors):
    barrier = new(3)
    caller, *parties = actors(3)
    all_of(parties).begin(barrier.wait).block()
    caller.does(barrier.abort)
    all_of(parties).finish()
    assert caller.reads(barrier, "n_waiting") == 0


@clause("barrier.n_waiting.zero-after-round")
def test_n_waiting_is_zero_when_a_round_has_passed(new, actors):
    for number in (1, 3):
        barrier = new(number)
        parties = actors(number)
        for _ in range(2):
            gather(barrier, parties)
            assert parties[0].reads(barrier, "n_waiting") == 0


@clause("barrier.broken")
def test_broken_is_false_while_the_barrier_works(new, actors):
    barrier = new(2)
    party, last, reader = actors(3)
    assert reader.reads(barrier, "broken") is False
    party.begins(barrier.wait).blocks()
    assert reader.reads(barrier, "broken") is False
    last.does(barrier.wait)
    party.completes()
    assert reader.reads(barrier, "broken") is False


@clause("barrier.broken")
def test_broken_is_true_while_nobody_can_pass(new, actors):
    barrier = new(2)
    caller, party = actors(2)
    caller.does(barrier.abort)
    for _ in range(3):
        assert caller.reads(barrier, "broken") is True
        party.begins(barrier.wait).ends()
    assert caller.reads(barrier, "broken") is True


# -- calls that race ----------------------------------------------------------------------


@clause("mod.atomic.methods")
def test_racing_waits_fill_a_round(new, actors, delays):
    parties = actors(3)
    for barrier in fresh(new, delays, 3):
        calls = race(parties, barrier.wait)
        assert [call.error for call in calls] == [None] * 3


@clause("mod.atomic.methods")
@needs("abort")
def test_nobody_is_left_waiting_by_an_abort_that_races_with_wait(new, actors, delays):
    cast = actors(3)
    for barrier in fresh(new, delays, 3):
        *waits, abort = race(cast, barrier.wait, barrier.wait, barrier.abort)
        assert abort.error is None
        assert None not in [wait.error for wait in waits]


@clause("mod.atomic.methods")
@needs("wait.timeout")
def test_a_round_passes_or_times_out_as_a_whole(new, actors, delays):
    parties = actors(2)
    for number, barrier in enumerate(fresh(new, delays, 2)):

        def wait(barrier=barrier, timeout=0.0002 * (number % 6)):
            barrier.wait(timeout)

        errors = [call.error for call in race(parties, wait)]
        assert errors == [None] * 2 or None not in errors


# -- what the documentation leaves open ---------------------------------------------------


@clause("property.barrier.duplicate-index-after-interrupt")
@models("thread")
def test_whether_an_interrupted_waiter_leaves_its_index_to_two(new, actors, scene, finds):
    barrier = new(3)
    parties = actors(3)
    main = interrupted(
        scene,
        barrier.wait,
        free=lambda: all_of(parties[1:]).begin(barrier.wait),
        once_blocked=lambda: parties[0].begins(barrier.wait).blocks(),
    )
    main.raises(Interrupted)
    parties[1].begins(barrier.wait)
    scene.quiesce()
    if not parties[0].busy:
        all_of(parties[:2]).finish()
        finds(f"after a waiter was interrupted the wait of another one {parties[0].call.result}")
        return
    parties[2].begins(barrier.wait)
    all_of(parties).finish()
    told = indices(parties)
    if len(set(told)) < 3:
        finds(f"after a waiter was interrupted the indices of a full round are {told}")


@clause("property.barrier.abort-waits-for-action")
def test_whether_abort_waits_for_an_action_that_runs(new, actors, delays, scene, finds):
    action, go_on = action_that_waits(delays)
    first, last, other = actors(3)
    barrier = new(2, action)
    first.begins(barrier.wait).blocks()
    last.begins(barrier.wait).blocks()
    other.begins(barrier.abort)
    scene.quiesce()
    waits = other.busy
    go_on()
    all_of([first, last, other]).finish()
    if waits:
        finds("abort() waits until the action is over")
    else:
        finds(f"abort() does not wait for the action; then wait() {first.call.result}")


# -- barriers of event loops ---------------------------------------------------------------


@clause("asyncio.barrier.enter")
@needs("with")
def test_a_block_on_a_barrier_begins_when_the_round_is_full(new, actors):
    first, second = actors(2)
    barrier = new(2)
    first.begins_to_enter(barrier).blocks()
    second.begins_to_enter(barrier)
    assert {first.completes(), second.completes()} == {0, 1}
    first.leaves(barrier)
    second.leaves(barrier)


# -- barriers of processes -----------------------------------------------------------------


@clause("property.process.waiter-killed")
@models("process")
def test_what_becomes_of_a_round_when_one_that_waits_is_killed(new, actors, scene, finds):
    barrier = new(3)
    victim, *others = actors(3)
    victim.begins(barrier.wait).blocks()
    victim.is_killed()
    all_of(others).begin(barrier.wait)
    scene.quiesce()
    through = [other.call.error is None for other in others if not other.busy]
    for other in others:
        if other.busy:
            other.is_killed()
    if all(through) and len(through) == 2:
        finds("the dead one counts: two make a round of three")
    else:
        finds(f"{len(through)} of the two others have left wait(), {sum(through)} through")
