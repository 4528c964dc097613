"""Condition: a test or more for every promise of threading.Condition.

Each test runs on a condition over the lock that it makes itself, over a Lock and over an RLock of
the same provider, unless its promise is only about some of them. Two things are used all the time:

- Whoever gets the lock after a thread that held it has begun to wait() knows that it waits: no
  test has to look for that.
- A wait() that has returned holds the lock. Where several are to return in any order, or where it
  is not known when one will, waiting and releasing are one operation (``pauses``).
"""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from syncproof.actors import all_of, at_least, one_of, rest_of, some_of
from syncproof.actors.carriers import in_a_row
from syncproof.actors.signals import Interrupted, interrupted, signalled
from syncproof.suite import clause, models, needs, over, primitives
from syncproof.suite.contention import Section, contend, race, rounds

pytestmark = [primitives("condition"), needs("acquire", "notify_all")]


def wait_and_release(condition, *args, **kwargs):
    """What wait() returned."""
    value = condition.wait(*args, **kwargs)
    condition.release()
    return value


def wait_for_and_release(condition, *args, **kwargs):
    """What wait_for() returned."""
    value = condition.wait_for(*args, **kwargs)
    condition.release()
    return value


def holding(condition, operation, *args, **kwargs):
    """Acquire, do the operation, release."""
    condition.acquire()
    operation(*args, **kwargs)
    condition.release()


def repeat(count, operation):
    for _ in range(count):
        operation()


def waits(actor, condition, *args, **kwargs):
    """The actor takes the lock and begins to wait."""
    actor.does(condition.acquire)
    return actor.begins(condition.wait, *args, **kwargs)


def pauses(actor, condition, *args, **kwargs):
    """The actor takes the lock and begins to wait; when that is over it lets the lock go."""
    actor.does(condition.acquire)
    return actor.begins(wait_and_release, condition, *args, **kwargs)


def pauses_for(actor, condition, predicate, *args, **kwargs):
    """The actor takes the lock and begins to wait for the predicate; then it lets the lock go."""
    actor.does(condition.acquire)
    return actor.begins(wait_for_and_release, condition, predicate, *args, **kwargs)


def wakes_all(actor, condition):
    """The actor takes the lock, notifies every waiter, and lets the lock go."""
    actor.does(holding, condition, condition.notify_all)


def changes(actor, condition, change, *args):
    """The actor takes the lock, makes a change, notifies every waiter, and lets the lock go."""

    def change_and_notify():
        change(*args)
        condition.notify_all()

    actor.does(holding, condition, change_and_notify)


def wakes_each(actor, condition, waiters):
    """As wakes_all(), once for each waiter: that the first wakes every one is another promise."""
    for _ in waiters:
        wakes_all(actor, condition)


def wakes_one(actor, condition):
    """The actor takes the lock, notifies one waiter (or more), and lets the lock go."""
    actor.does(holding, condition, condition.notify)


def holds(actor, condition, late):
    """The actor has the lock: one that comes late is let in when it releases, and not before."""
    late.begins(condition.acquire).blocks()
    actor.does(condition.release)
    late.completes()
    late.does(condition.release)


def holds_levels(actor, condition, late, levels):
    """The actor has a re-entrant lock, exactly so deep."""
    actor.does(repeat, levels - 1, condition.release)
    holds(actor, condition, late)


# -- a new condition, and the lock under it -----------------------------------------------


@clause("cond.init.default-rlock")
@over("default")
def test_a_condition_makes_itself_a_reentrant_lock(condition, actors):
    holder, late = actors(2)
    holder.does(condition.acquire)
    holder.does(condition.acquire)
    holds_levels(holder, condition, late, 2)


@clause("cond.init.default-rlock")
@needs("lock-argument")
@over("default")
def test_none_for_a_lock_means_a_reentrant_lock(new, actors):
    holder, late = actors(2)
    condition = new(None)
    holder.does(condition.acquire)
    holder.does(condition.acquire)
    holds_levels(holder, condition, late, 2)


@clause("cond.init.default-rlock")
@over("default")
def test_conditions_do_not_share_the_lock_that_they_make(new, actors):
    holder, other = actors(2)
    first, second = new(), new()
    holder.does(first.acquire)
    other.does(second.acquire)


@clause("cond.init.uses-given-lock")
@over("lock", "rlock")
def test_holding_the_condition_is_holding_its_lock(new, new_lock, actors):
    holder, other = actors(2)
    lock = new_lock()
    condition = new(lock)
    holder.does(condition.acquire)
    other.begins(lock.acquire).blocks()
    holder.does(condition.release)
    other.completes()
    holder.begins(condition.acquire).blocks()
    other.does(lock.release)
    holder.completes()


@clause("cond.init.uses-given-lock")
@over("lock", "rlock")
def test_the_lock_is_given_as_lock(new, new_lock, actors):
    holder, other = actors(2)
    lock = new_lock()
    condition = new(lock=lock)
    holder.does(lock.acquire)
    other.begins(condition.acquire).blocks()
    holder.does(lock.release)
    other.completes()


@clause("cond.init.uses-given-lock")
@over("lock", "rlock")
def test_who_holds_the_lock_may_wait_and_notify(new, new_lock, actors):
    waiter, notifier, late = actors(3)
    lock = new_lock()
    condition = new(lock)
    waiter.does(lock.acquire)
    waiter.begins(condition.wait)
    notifier.does(lock.acquire)
    notifier.does(condition.notify_all)
    notifier.does(lock.release)
    waiter.completes()
    late.begins(lock.acquire).blocks()
    waiter.does(lock.release)
    late.completes()


@clause("cond.init.shared-lock")
@over("lock", "rlock")
def test_two_conditions_share_a_lock(new, new_lock, actors):
    holder, other = actors(2)
    lock = new_lock()
    first, second = new(lock), new(lock)
    holder.does(first.acquire)
    other.begins(second.acquire).blocks()
    holder.does(first.release)
    other.completes()


@clause("cond.init.shared-lock")
@over("lock", "rlock")
def test_who_holds_a_shared_lock_may_use_each_condition(new, new_lock, actors):
    waiter, notifier = actors(2)
    lock = new_lock()
    first, second = new(lock), new(lock)
    waiter.does(first.acquire)
    waiter.begins(second.wait)
    notifier.does(first.acquire)
    notifier.does(first.notify_all)
    notifier.does(second.notify_all)
    notifier.does(first.release)
    waiter.completes()
    waiter.does(first.release)


# -- acquire and release ------------------------------------------------------------------


@clause("cond.acquire.delegates")
def test_acquire_takes_the_lock(condition, actors):
    holder, late = actors(2)
    holder.does(condition.acquire)
    holds(holder, condition, late)


@clause("cond.acquire.delegates")
@needs("acquire.blocking")
def test_acquire_passes_blocking_on(condition, actors):
    holder, other, late = actors(3)
    holder.does(condition.acquire, False)
    late.begins(condition.acquire).blocks()
    other.does(condition.acquire, False)
    other.does(condition.acquire, blocking=False)
    holder.does(condition.release)
    late.completes()


@clause("cond.acquire.delegates")
@needs("acquire.timeout")
@over("default", "lock")
def test_acquire_passes_a_timeout_on(condition, actors, delays):
    holder, other = actors(2)
    holder.does(condition.acquire)
    other.begins(condition.acquire, timeout=delays.short).ends()
    other.took_at_least(delays.short)


@clause("cond.acquire.returns-lock-result")
@over("lock", "rlock")
def test_acquire_returns_what_the_lock_returned(new, new_lock, actors):
    holder, other = actors(2)
    lock = new_lock()
    condition = new(lock)
    taken = holder.does(lock.acquire)
    refused = other.does(lock.acquire, False)
    holder.does(lock.release)
    holder.begins(condition.acquire).returns(taken)
    other.begins(condition.acquire, False).returns(refused)


@clause("cond.acquire.returns-lock-result")
@needs("acquire.timeout")
@over("lock", "rlock")
def test_a_timed_out_acquire_returns_what_the_lock_returned(new, new_lock, actors, delays):
    holder, other = actors(2)
    lock = new_lock()
    condition = new(lock)
    holder.does(lock.acquire)
    refused = other.does(lock.acquire, timeout=0)
    holder.does(lock.release)
    holder.does(condition.acquire)
    other.begins(condition.acquire, timeout=0).returns(refused)
    other.begins(condition.acquire, timeout=delays.short).returns(refused)


@clause("cond.acquire.returns-lock-result")
@over("default")
def test_acquire_returns_true_or_false(condition, actors):
    holder, other = actors(2)
    holder.begins(condition.acquire).returns(True)
    holder.begins(condition.acquire, False).returns(True)
    other.begins(condition.acquire, False).returns(False)


@clause("cond.release.delegates")
def test_release_lets_a_waiting_acquire_in(condition, actors):
    holder, waiter = actors(2)
    holder.does(condition.acquire)
    waiter.begins(condition.acquire).blocks()
    holder.does(condition.release)
    waiter.completes()


@clause("cond.release.delegates")
@over("default", "rlock")
def test_release_gives_up_one_level(condition, actors):
    holder, late = actors(2)
    holder.does(repeat, 3, condition.acquire)
    late.begins(condition.acquire).blocks()
    holder.does(condition.release)
    late.remains_blocked()
    holder.does(condition.release)
    late.remains_blocked()
    holder.does(condition.release)
    late.completes()


@clause("cond.release.delegates")
@over("lock", "rlock")
def test_release_refuses_what_the_lock_refuses(new, new_lock, actors):
    (caller,) = actors(1)
    lock = new_lock()
    condition = new(lock)
    refusal = caller.begins(lock.release).ends().error
    if refusal is not None:
        caller.begins(condition.release).raises(type(refusal))


@clause("cond.release.returns-none")
def test_release_returns_none(condition, actors):
    holder, waiter = actors(2)
    holder.does(condition.acquire)
    holder.begins(condition.release).returns(None)
    holder.does(condition.acquire)
    waiter.begins(condition.acquire).blocks()
    holder.begins(condition.release).returns(None)
    waiter.completes()


@clause("cond.locked")
def test_locked_tells_whether_the_lock_is_held(condition, actors):
    holder, other = actors(2)
    other.begins(condition.locked).returns(False)
    holder.does(condition.acquire)
    holder.begins(condition.locked).returns(True)
    other.begins(condition.locked).returns(True)
    holder.does(condition.release)
    holder.begins(condition.locked).returns(False)


@clause("cond.locked")
def test_locked_is_false_while_a_thread_waits(condition, actors):
    waiter, other = actors(2)
    waits(waiter, condition)
    other.does(condition.acquire)
    other.does(condition.release)
    other.begins(condition.locked).returns(False)
    wakes_all(other, condition)
    waiter.completes()
    other.begins(condition.locked).returns(True)


# -- with ---------------------------------------------------------------------------------


@clause("mod.with.condition")
def test_a_condition_works_in_a_with_statement(condition, actors):
    (holder,) = actors(1)

    def block():
        with condition:
            return "inside"

    assert holder.does(block) == "inside"


@clause("mod.with.enter-calls-acquire")
def test_entering_a_with_block_waits_and_then_holds(condition, actors):
    holder, waiter, late = actors(3)
    holder.does(condition.acquire)
    waiter.begins_to_enter(condition).blocks()
    holder.does(condition.release)
    waiter.completes()
    holds(waiter, condition, late)


@clause("mod.with.exit-calls-release")
def test_leaving_a_with_block_releases(condition, actors):
    holder, waiter = actors(2)
    holder.enters(condition)
    waiter.begins(condition.acquire).blocks()
    holder.leaves(condition)
    waiter.completes()


@clause("mod.with.exit-calls-release")
@over("default", "rlock")
def test_leaving_a_nested_with_block_releases_one_level(condition, actors):
    holder, waiter = actors(2)
    holder.enters(condition)
    holder.enters(condition)
    waiter.begins(condition.acquire).blocks()
    holder.leaves(condition)
    waiter.remains_blocked()
    holder.leaves(condition)
    waiter.completes()


@clause("mod.with.exit-on-exception")
@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_leaves_a_with_block_and_releases(condition, actors, kind):
    holder, other = actors(2)
    error = kind("raised in the block")

    def block():
        with condition:
            raise error

    assert holder.begins(block).raises(kind) is error
    other.does(condition.acquire)


@clause("mod.with.exit-on-exception")
@over("default", "rlock")
def test_an_exception_leaves_one_level_and_no_more(condition, actors):
    holder, waiter = actors(2)

    def inner_block():
        with condition:
            raise LookupError

    holder.does(condition.acquire)
    waiter.begins(condition.acquire).blocks()
    holder.begins(inner_block).raises(LookupError)
    waiter.remains_blocked()
    holder.does(condition.release)
    waiter.completes()


@clause("cond.with.holds-lock")
def test_the_lock_is_held_throughout_a_with_block(condition, actors):
    holder, notifier, late = actors(3)
    holder.enters(condition)
    holder.begins(condition.wait)
    wakes_all(notifier, condition)
    holder.completes()
    late.begins(condition.acquire).blocks()
    holder.leaves(condition)
    late.completes()


# -- without the lock ---------------------------------------------------------------------


@clause("cond.methods.need-lock")
def test_nothing_works_while_nobody_holds_the_lock(condition, actors):
    caller, other = actors(2)
    for operation, *args in (
        [condition.wait],
        [condition.notify],
        [condition.notify_all],
        [condition.wait_for, lambda: False],
    ):
        caller.begins(operation, *args).raises(RuntimeError)
        other.does(condition.acquire)
        other.does(condition.release)


@clause("cond.wait.unowned-raises")
def test_wait_without_the_lock_is_refused(condition, actors):
    (caller,) = actors(1)
    caller.begins(condition.wait).raises(RuntimeError)


@clause("cond.wait.unowned-raises")
@needs("wait.timeout")
def test_timed_waits_without_the_lock_are_refused(condition, actors, delays):
    (caller,) = actors(1)
    caller.begins(condition.wait, delays.short).raises(RuntimeError)
    caller.begins(condition.wait, 0).raises(RuntimeError)


@clause("cond.wait.unowned-raises")
def test_who_has_released_may_not_wait(condition, actors):
    (caller,) = actors(1)
    caller.does(condition.acquire)
    caller.does(condition.release)
    caller.begins(condition.wait).raises(RuntimeError)


# An implementation that lets the intruder wait ends that by the timeout.
@clause("cond.wait.other-holder-raises")
@over("default", "rlock")
@needs("wait.timeout")
def test_wait_is_refused_while_another_holds_the_lock(condition, actors, delays):
    holder, intruder, late = actors(3)
    holder.does(condition.acquire)
    intruder.begins(condition.wait, delays.short).raises(RuntimeError)
    holds(holder, condition, late)


@clause("cond.wait_for.lock-held-on-call")
def test_wait_for_without_the_lock_is_refused(condition, actors):
    (caller,) = actors(1)
    caller.begins(condition.wait_for, lambda: False).raises(RuntimeError)


@clause("cond.wait_for.lock-held-on-call")
@needs("wait.timeout")
def test_wait_for_with_a_timeout_and_without_the_lock_is_refused(condition, actors, delays):
    (caller,) = actors(1)
    caller.begins(condition.wait_for, lambda: False, delays.short).raises(RuntimeError)


@clause("cond.wait_for.other-holder-raises")
@over("default", "rlock")
def test_wait_for_is_refused_while_another_holds_the_lock(condition, actors, delays):
    holder, intruder, late = actors(3)
    holder.does(condition.acquire)
    intruder.begins(condition.wait_for, lambda: False, delays.short).raises(RuntimeError)
    holds(holder, condition, late)


@clause("cond.wait_for.unowned-true-raises")
def test_wait_for_a_true_predicate_without_the_lock_is_refused(condition, actors):
    (caller,) = actors(1)
    caller.begins(condition.wait_for, lambda: True).raises(RuntimeError)


@clause("cond.notify.unowned-raises")
def test_notify_without_the_lock_is_refused(condition, actors):
    (caller,) = actors(1)
    caller.begins(condition.notify).raises(RuntimeError)
    caller.does(condition.acquire)
    caller.does(condition.release)
    caller.begins(condition.notify).raises(RuntimeError)


@clause("cond.notify.unowned-raises")
def test_notify_of_a_waiter_without_the_lock_is_refused(condition, actors):
    waiter, caller = actors(2)
    pauses(waiter, condition)
    caller.does(condition.acquire)
    caller.does(condition.release)
    caller.begins(condition.notify).raises(RuntimeError)
    wakes_all(caller, condition)
    waiter.completes()


@clause("cond.notify.other-holder-raises")
@over("default", "rlock")
def test_notify_is_refused_while_another_holds_the_lock(condition, actors):
    holder, intruder = actors(2)
    holder.does(condition.acquire)
    intruder.begins(condition.notify).raises(RuntimeError)


@clause("cond.notify_all.unowned-raises")
def test_notify_all_without_the_lock_is_refused(condition, actors):
    (caller,) = actors(1)
    caller.begins(condition.notify_all).raises(RuntimeError)
    caller.does(condition.acquire)
    caller.does(condition.release)
    caller.begins(condition.notify_all).raises(RuntimeError)


@clause("cond.notify_all.unowned-raises")
def test_notify_all_of_waiters_without_the_lock_is_refused(condition, actors):
    waiter, caller = actors(2)
    pauses(waiter, condition)
    caller.does(condition.acquire)
    caller.does(condition.release)
    caller.begins(condition.notify_all).raises(RuntimeError)
    wakes_all(caller, condition)
    waiter.completes()


@clause("cond.notify_all.other-holder-raises")
@over("default", "rlock")
def test_notify_all_is_refused_while_another_holds_the_lock(condition, actors):
    holder, intruder = actors(2)
    holder.does(condition.acquire)
    intruder.begins(condition.notify_all).raises(RuntimeError)


@clause("property.cond.other-holder-over-lock")
@over("lock")
@needs("notify")
def test_whether_a_lock_that_another_holds_is_taken_for_ones_own(condition, actors, finds):
    holder, intruder = actors(2)
    holder.does(condition.acquire)
    notified = intruder.begins(condition.notify).ends()
    finds("refused" if notified.error else "accepted")


# -- wait ---------------------------------------------------------------------------------


@clause("cond.wait.releases")
def test_others_get_the_lock_while_a_thread_waits(condition, actors):
    waiter, other = actors(2)
    waits(waiter, condition)
    other.does(condition.acquire)
    other.does(condition.release)
    wakes_all(other, condition)
    waiter.completes()


@clause("cond.wait.releases")
@needs("wait.timeout")
def test_others_get_the_lock_during_a_timed_wait(condition, actors, delays):
    waiter, other = actors(2)
    waits(waiter, condition, delays.long)
    wakes_all(other, condition)
    waiter.completes()


@clause("cond.wait.releases")
def test_several_threads_wait_at_once(condition, actors):
    other, *waiters = actors(4)
    for waiter in waiters:
        pauses(waiter, condition)
    wakes_each(other, condition, waiters)
    all_of(waiters).complete()


@clause("cond.wait.releases")
@needs("acquire.blocking")
@models("thread")
def test_what_a_signal_handler_takes_during_a_wait_is_really_taken(condition, actors, scene):
    (other,) = actors(1)
    kept_out, too_late = [], []

    def wait():
        condition.acquire()
        condition.wait()
        condition.release()

    def handle():  # where no handler runs during a wait it comes when that is over: too late
        if kept_out or too_late or not condition.acquire(False):
            return
        other.begins(condition.acquire)
        scene.driver.quiesce([other])
        kept_out.append(other.busy)
        condition.release()

    def wake():
        too_late.append(True)
        if not kept_out:  # nothing was taken
            other.begins(condition.acquire)
        other.completes()
        other.does(condition.notify_all)
        other.does(condition.release)

    main = signalled(scene, wait, then=wake, handle=handle)
    assert kept_out != [False], "a signal handler and another thread both had the lock"
    main.completes()


@clause("cond.wait.blocks-until-notified")
def test_a_thread_waits_until_it_is_notified(condition, actors):
    waiter, other = actors(2)
    pauses(waiter, condition).blocks()
    for _ in range(3):
        other.does(condition.acquire)
        waiter.remains_blocked()
        other.does(condition.release)
        waiter.remains_blocked()
    wakes_all(other, condition)
    waiter.completes()


@clause("cond.wait.blocks-until-notified")
def test_every_wait_needs_a_notify_of_its_own(condition, actors):
    waiter, notifier = actors(2)
    for _ in range(3):
        pauses(waiter, condition).blocks()
        wakes_all(notifier, condition)
        waiter.completes()


@clause("cond.wait.same-condition-only")
@over("lock", "rlock")
@pytest.mark.parametrize("verb", ["notify", "notify_all"])
def test_a_notify_of_another_condition_wakes_nobody_here(new, new_lock, actors, verb):
    here, there, notifier = actors(3)
    lock = new_lock()
    first, second = new(lock), new(lock)
    notify = getattr(second, verb)
    pauses(here, first).blocks()
    notifier.does(holding, second, notify)
    here.remains_blocked()
    pauses(there, second).blocks()
    notifier.does(holding, second, notify)
    there.completes()
    here.remains_blocked()
    wakes_all(notifier, first)
    here.completes()


@clause("cond.wait.no-lost-wakeup")
def test_whoever_gets_the_lock_next_reaches_the_waiter(condition, actors):
    waiter, notifier = actors(2)
    waiter.does(condition.acquire)
    notifier.begins(holding, condition, condition.notify_all).blocks()
    waiter.begins(condition.wait)
    notifier.completes()
    waiter.completes()
    waiter.does(condition.release)


@clause("cond.wait.no-lost-wakeup")
@over("default", "lock")
def test_no_wakeup_is_lost_in_a_race(condition, actors, delays):
    waiter, notifier = actors(2)
    for _ in rounds(delays):
        said = []

        def hear(said=said):
            condition.acquire()
            while not said:
                condition.wait()
            condition.release()

        def say(said=said):
            condition.acquire()
            said.append(True)
            condition.notify_all()
            condition.release()

        race([waiter, notifier], hear, say)
        all_of([waiter, notifier]).complete()


@clause("cond.wait.reacquires-on-notify")
def test_a_notified_wait_has_the_lock_back(condition, actors):
    waiter, notifier, late = actors(3)
    waits(waiter, condition)
    wakes_all(notifier, condition)
    waiter.completes()
    holds(waiter, condition, late)


@clause("cond.wait.reacquires-on-notify")
@needs("wait.timeout")
def test_a_notified_timed_wait_has_the_lock_back(condition, actors, delays):
    waiter, notifier, late = actors(3)
    waits(waiter, condition, delays.long)
    wakes_all(notifier, condition)
    waiter.completes()
    holds(waiter, condition, late)


@clause("cond.wait.reacquires-on-timeout")
@needs("wait.timeout")
def test_a_timed_out_wait_has_the_lock_back(condition, actors, delays):
    waiter, late = actors(2)
    waits(waiter, condition, delays.short).ends()
    holds(waiter, condition, late)


@clause("cond.wait.reacquires-on-timeout")
def test_a_timed_out_wait_waits_for_the_lock(condition, actors, delays):
    waiter, holder, late = actors(3)
    times_out_behind(waiter, holder, condition, delays)
    waiter.remains_blocked()
    holder.does(condition.release)
    waiter.completes()
    holds(waiter, condition, late)


def times_out_behind(waiter, holder, condition, delays):
    """The timeout of the waiter's wait() passes while the holder has the lock."""
    timeout = delays.short
    for _ in range(5):
        waiter.does(condition.acquire)
        holder.begins(condition.acquire)
        waiter.begins(condition.wait, timeout)
        waiter.scene.finish([waiter, holder], 1)
        if not holder.busy:
            waiter.scene.passes(timeout)
            return
        # the waiter was back before the holder had a turn: a busy machine
        waiter.completes()
        waiter.does(condition.release)
        holder.completes()
        holder.does(condition.release)
        timeout *= 2
    raise waiter.scene.violation(f"{holder}: did not get the lock during a wait({timeout / 2})")


@clause("cond.wait.raises-lock-held")
def test_a_wait_that_refuses_its_timeout_leaves_the_lock_held(new, actors, subject):
    for timeout in (subject.timeout_max * 2 + 1, "soon"):
        keeps_the_lock(actors(2), new(), timeout, levels=1)


@clause("cond.wait.raises-lock-held")
@over("default", "rlock")
def test_a_wait_that_refuses_its_timeout_leaves_the_lock_as_deep(new, actors, subject):
    for timeout in (subject.timeout_max * 2 + 1, "soon"):
        keeps_the_lock(actors(2), new(), timeout, levels=3)


def keeps_the_lock(cast, condition, timeout, levels):
    """If wait() with that timeout raises, the caller still has the lock, as deep as before."""
    caller, late = cast
    caller.does(repeat, levels, condition.acquire)
    caller.begins(condition.wait, timeout)
    late.begins(condition.acquire)
    caller.scene.finish(cast, 1)
    caller.scene.quiesce()
    if not late.busy:  # wait() has let the lock go: it waits, or wants it back before it raises
        late.does(condition.notify_all)
        late.does(condition.release)
        refused = caller.ends().error
        late.begins(condition.acquire)
    else:
        refused = caller.ends().error
    if refused is not None:
        late.remains_blocked()
        caller.does(repeat, levels - 1, condition.release)
        late.remains_blocked()
        levels = 1
    caller.does(repeat, levels, condition.release)
    late.completes()


@clause("cond.wait.returns-true")
@pytest.mark.parametrize("verb", ["notify", "notify_all"])
@needs("notify")
def test_a_notified_wait_returns_true_itself(condition, actors, verb):
    waiter, notifier = actors(2)
    waits(waiter, condition)
    notifier.does(holding, condition, getattr(condition, verb))
    waiter.returns(True)


@clause("cond.wait.returns-true")
@needs("wait.timeout")
def test_a_notified_timed_wait_returns_true_itself(condition, actors, delays):
    waiter, notifier = actors(2)
    waits(waiter, condition, delays.long)
    wakes_all(notifier, condition)
    waiter.returns(True)


@clause("cond.wait.keyword")
@over("default")
def test_the_timeout_by_position_and_by_name(condition, actors, delays):
    (waiter,) = actors(1)
    waits(waiter, condition, delays.short).completes()
    waiter.begins(condition.wait, timeout=delays.short).completes()


# -- timeouts of wait ---------------------------------------------------------------------


@clause("cond.wait.timeout-returns-false")
def test_a_timed_out_wait_returns_false_itself(condition, actors, delays):
    (waiter,) = actors(1)
    waits(waiter, condition, delays.short).returns(False)


@clause("cond.wait.timeout-bound")
def test_a_timeout_limits_the_wait(condition, actors, delays):
    waiter, other = actors(2)
    pauses(other, condition)
    pauses(waiter, condition, delays.short).completes()
    wakes_all(waiter, condition)
    other.completes()


@clause("cond.wait.timeout-bound")
@over("default", "lock")
def test_a_timeout_limits_the_wait_while_others_use_the_lock(condition, actors, delays, scene):
    waiter, other = actors(2)
    pauses(waiter, condition, delays.short)
    ended = scene.until(
        lambda: not waiter.busy,
        lambda: other.does(holding, condition, lambda: None),
        delays.short + delays.deadline,
    )
    assert ended, f"wait(timeout={delays.short}) still waits"


@clause("cond.wait.timeout-waits")
def test_a_timed_wait_does_not_give_up_early(condition, actors, delays):
    (waiter,) = actors(1)
    waits(waiter, condition, delays.short).ends()
    waiter.took_at_least(delays.short)


@clause("cond.wait.timeout-zero")
def test_a_timeout_of_zero_does_not_wait(condition, actors):
    waiter, late = actors(2)
    waits(waiter, condition, 0).returns(False)
    holds(waiter, condition, late)


@clause("cond.wait.timeout-zero")
def test_a_timeout_of_zero_is_not_notified_by_what_was_before(condition, actors):
    (waiter,) = actors(1)
    waiter.does(condition.acquire)
    waiter.does(condition.notify_all)
    waiter.begins(condition.wait, 0).returns(False)
    waiter.begins(condition.wait, 0.0).returns(False)


@clause("cond.wait.timeout-none")
@over("default", "lock")
def test_wait_without_a_timeout_waits_without_limit(condition, actors, scene, delays):
    waiter, notifier = actors(2)
    pauses(waiter, condition).blocks()
    scene.passes(delays.short)
    waiter.remains_blocked()
    wakes_all(notifier, condition)
    waiter.completes()


@clause("cond.wait.timeout-none")
@needs("wait.timeout")
@over("default", "lock")
def test_a_timeout_of_none_waits_without_limit(condition, actors, scene, delays):
    notifier, one, other = actors(3)
    pauses(one, condition, None)
    pauses(other, condition, None)
    all_of([one, other]).block()
    scene.passes(delays.short)
    all_of([one, other]).remain_blocked()
    wakes_each(notifier, condition, [one, other])
    all_of([one, other]).complete()


@clause("cond.wait.timed-out-leaves-queue")
@needs("notify")
@pytest.mark.parametrize("first", ["the impatient", "the patient"])
def test_a_notify_goes_to_who_still_waits(condition, actors, delays, first):
    impatient, patient, notifier = actors(3)
    if first == "the patient":
        pauses(patient, condition)
    pauses(impatient, condition, delays.short)
    if first == "the impatient":
        pauses(patient, condition)
    impatient.ends()
    wakes_one(notifier, condition)
    patient.completes()


@clause("cond.wait.timed-out-leaves-queue")
@needs("notify")
def test_every_notify_after_a_timeout_reaches_who_waits(condition, actors, delays):
    impatient, patient, late, notifier = actors(4)
    pauses(impatient, condition, delays.short)
    pauses(patient, condition)
    impatient.ends()
    wakes_one(notifier, condition)
    patient.completes()
    pauses(late, condition)
    wakes_one(notifier, condition)
    late.completes()


@clause("cond.wait.timed-out-leaves-queue")
@needs("notify")
def test_waits_that_timed_out_before_eat_no_notify(condition, actors):
    waiter, notifier = actors(2)
    notifier.does(condition.acquire)
    for _ in range(3):
        notifier.does(condition.wait, 0)
    notifier.does(condition.release)
    pauses(waiter, condition)
    wakes_one(notifier, condition)
    waiter.completes()


@clause("mod.timeout-max.itself-legal.wait")
def test_a_timeout_of_timeout_max_is_accepted(condition, actors, subject):
    waiter, notifier = actors(2)
    pauses(waiter, condition, subject.timeout_max).blocks()
    wakes_all(notifier, condition)
    waiter.completes()


@clause("mod.timeout-max.overflow.condition")
def test_more_than_timeout_max_overflows(condition, actors, subject):
    (caller,) = actors(1)
    waits(caller, condition, subject.timeout_max * 2 + 1).raises(OverflowError)


@clause("mod.timeout-max.overflow.others.wait_for")
def test_more_than_timeout_max_overflows_in_wait_for(condition, actors, subject):
    (caller,) = actors(1)
    too_long = subject.timeout_max * 2 + 1
    caller.does(condition.acquire)
    caller.begins(condition.wait_for, lambda: False, too_long).raises(OverflowError)


@clause("property.timeout-max.unneeded")
@needs("wait_for")
def test_whether_any_timeout_is_accepted_when_the_predicate_is_true(
    condition, actors, subject, finds
):
    (caller,) = actors(1)
    too_long = subject.timeout_max * 2 + 1
    caller.does(condition.acquire)
    waited = caller.begins(condition.wait_for, lambda: True, too_long).ends()
    finds("refused" if waited.error else "accepted")


@clause("mod.timeout.real-number.wait")
def test_a_timeout_may_be_any_real_number(condition, actors, delays):
    waiter, notifier = actors(2)
    waits(waiter, condition, Fraction(60))
    wakes_all(notifier, condition)
    waiter.returns(True)
    waiter.begins(condition.wait, Fraction(delays.short)).returns(False)
    waiter.took_at_least(delays.short)


# -- wait over a re-entrant lock ----------------------------------------------------------


@clause("cond.wait.rlock-full-release")
@over("default", "rlock")
@pytest.mark.parametrize("levels", [2, 3, 40])
def test_wait_gives_up_every_level(condition, actors, levels):
    waiter, other = actors(2)
    waiter.does(repeat, levels, condition.acquire)
    waiter.begins(condition.wait)
    wakes_all(other, condition)
    waiter.completes()


@clause("cond.wait.rlock-full-release")
@needs("wait.timeout")
@over("default", "rlock")
def test_a_timed_wait_gives_up_every_level(condition, actors, delays):
    waiter, other = actors(2)
    waiter.does(repeat, 3, condition.acquire)
    waiter.begins(condition.wait, delays.long)
    wakes_all(other, condition)
    waiter.completes()


@clause("cond.wait.rlock-full-release")
@needs("wait_for")
@over("default", "rlock")
def test_wait_for_gives_up_every_level(condition, actors):
    waiter, other = actors(2)
    good = []
    waiter.does(repeat, 3, condition.acquire)
    waiter.begins(condition.wait_for, lambda: bool(good))
    changes(other, condition, good.append, True)
    waiter.completes()


@clause("cond.wait.rlock-depth-restored")
@over("default", "rlock")
@pytest.mark.parametrize("levels", [2, 3, 40])
def test_a_notified_wait_restores_every_level(condition, actors, levels):
    waiter, notifier, late = actors(3)
    waiter.does(repeat, levels, condition.acquire)
    waiter.begins(condition.wait)
    wakes_all(notifier, condition)
    waiter.completes()
    holds_levels(waiter, condition, late, levels)


@clause("cond.wait.rlock-depth-restored")
@needs("wait.timeout")
@over("default", "rlock")
def test_a_timed_out_wait_restores_every_level(condition, actors, delays):
    waiter, late = actors(2)
    waiter.does(repeat, 3, condition.acquire)
    waiter.begins(condition.wait, delays.short).ends()
    holds_levels(waiter, condition, late, 3)


@clause("cond.wait.rlock-depth-restored")
@over("default", "rlock")
def test_threads_that_wait_at_different_depths_get_their_own_back(condition, actors):
    deep, flat, notifier, late = actors(4)
    deep.does(repeat, 3, condition.acquire)
    deep.begins(condition.wait)
    flat.does(condition.acquire)
    flat.begins(condition.wait)
    notifier.does(repeat, 2, condition.acquire)
    notifier.does(repeat, 2, condition.notify_all)
    notifier.does(repeat, 2, condition.release)
    levels = {deep: 3, flat: 1}
    first = one_of([deep, flat]).completes()
    first.does(repeat, levels[first], condition.release)
    (second,) = rest_of([deep, flat], first)
    second.completes()
    holds_levels(second, condition, late, levels[second])


@clause("cond.wait.rlock-depth-restored")
@over("rlock")
def test_levels_taken_through_the_lock_count_as_well(new, new_lock, actors):
    waiter, notifier, late = actors(3)
    lock = new_lock()
    condition = new(lock)
    waiter.does(lock.acquire)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait)
    wakes_all(notifier, condition)
    waiter.completes()
    late.begins(lock.acquire).blocks()
    waiter.does(condition.release)
    late.remains_blocked()
    waiter.does(lock.release)
    late.completes()


# -- wait_for -----------------------------------------------------------------------------


class Lingering:
    """A predicate that is false until ``open``, then stays in its call until ``go``."""

    def __init__(self, delays, opened=False):
        self.patience = delays.deadline
        self.open = opened
        self.inside = False
        self.go = False

    def opens(self):
        self.open = True

    def __call__(self):
        if not self.open:
            return False
        self.inside = True
        end = time.perf_counter() + self.patience
        while not self.go and time.perf_counter() < end:
            time.sleep(0)
        return True


@clause("cond.wait_for.exists")
@over("default")
def test_wait_for_takes_its_arguments_by_position_and_by_name(condition, actors, delays):
    (caller,) = actors(1)
    caller.does(condition.acquire)
    caller.does(condition.wait_for, lambda: True)
    caller.does(condition.wait_for, lambda: True, delays.long)
    caller.does(condition.wait_for, predicate=lambda: True, timeout=delays.long)
    caller.does(condition.wait_for, lambda: True, None)
    caller.does(condition.wait_for, lambda: False, delays.short)
    caller.does(condition.wait_for, timeout=delays.short, predicate=lambda: False)


@clause("cond.wait_for.true-predicate-returns")
def test_a_true_predicate_needs_no_wait(condition, actors):
    caller, late = actors(2)
    caller.does(condition.acquire)
    late.begins(condition.acquire).blocks()
    caller.does(condition.wait_for, lambda: True)
    late.remains_blocked()
    caller.does(condition.release)
    late.completes()


@clause("cond.wait_for.true-predicate-returns")
@needs("wait.timeout")
def test_a_true_predicate_needs_no_timeout(condition, actors, delays):
    caller, late = actors(2)
    caller.does(condition.acquire)
    late.begins(condition.acquire).blocks()
    caller.does(condition.wait_for, lambda: True, delays.long)
    late.remains_blocked()
    caller.does(condition.wait_for, lambda: True, 0)
    late.remains_blocked()
    caller.does(condition.release)
    late.completes()


@clause("cond.wait_for.repeats")
def test_wait_for_waits_until_the_predicate_is_true(condition, actors):
    waiter, notifier = actors(2)
    good = []
    pauses_for(waiter, condition, lambda: bool(good)).blocks()
    for _ in range(3):
        wakes_all(notifier, condition)
        waiter.remains_blocked()
    changes(notifier, condition, good.append, True)
    waiter.completes()


@clause("cond.wait_for.repeats")
@needs("wait.timeout")
def test_wait_for_with_a_timeout_waits_until_the_predicate_is_true(condition, actors, delays):
    waiter, notifier = actors(2)
    good = []
    waiter.does(condition.acquire)
    waiter.begins(condition.wait_for, lambda: bool(good), delays.long)
    wakes_all(notifier, condition)
    changes(notifier, condition, good.append, True)
    waiter.completes()


@clause("cond.wait_for.repeats")
def test_threads_wait_for_different_things(condition, actors):
    notifier, *waiters = actors(4)
    level = [0]
    for number, waiter in enumerate(waiters, 1):
        pauses_for(waiter, condition, lambda number=number: level[0] >= number).blocks()
    while waiters:
        changes(notifier, condition, level.__setitem__, 0, level[0] + 1)
        wakes_each(notifier, condition, waiters)
        waiters.pop(0).completes()
        all_of(waiters).remain_blocked()


@clause("cond.wait_for.returns-last-value")
def test_wait_for_returns_what_the_predicate_returned(condition, actors):
    (caller,) = actors(1)
    value = ["found"]
    caller.does(condition.acquire)
    assert caller.does(condition.wait_for, lambda: value) is value


@clause("cond.wait_for.returns-last-value")
def test_wait_for_that_waited_returns_what_the_predicate_returned_last(condition, actors):
    waiter, notifier = actors(2)
    good, returned = [], []

    def predicate():
        returned.append(list(good) if good else False)
        return returned[-1]

    pauses_for(waiter, condition, predicate)
    changes(notifier, condition, good.append, 1)
    value = waiter.completes()
    assert value is returned[-1], f"wait_for() returned {value!r}, another object than predicate()"


@clause("cond.wait_for.timeout-falsy")
def test_a_timed_out_wait_for_returns_the_last_false_value(condition, actors, delays):
    (waiter,) = actors(1)
    returned = []

    def predicate():
        returned.append([])
        return returned[-1]

    value = pauses_for(waiter, condition, predicate, delays.short).completes()
    assert not value
    assert value is returned[-1], f"wait_for() returned {value!r}, another object than predicate()"


@clause("cond.wait_for.timeout-falsy")
def test_wait_for_with_a_timeout_of_zero_looks_and_returns(condition, actors):
    (waiter,) = actors(1)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait_for, lambda: False, 0).returns(False)


@clause("cond.wait_for.timeout-total")
def test_wakeups_that_lead_nowhere_do_not_lengthen_the_timeout(condition, actors, delays, scene):
    waiter, notifier = actors(2)
    given_up, looks = [], []

    def predicate():
        looks.append(time.perf_counter())
        return bool(given_up)

    pauses_for(waiter, condition, predicate, delays.short)
    wakes_all(notifier, condition)
    # it waited already, so its time is over well before this; a look after that is its last
    over = time.perf_counter() + 3 * delays.short

    def looks_too_late():
        return sum(look > over for look in looks)

    scene.until(
        lambda: not waiter.busy or looks_too_late() >= 5,
        lambda: wakes_all(notifier, condition),
        3 * delays.short + delays.deadline,
    )
    if waiter.busy:
        given_up.append(True)
        wakes_all(notifier, condition)
    waiter.completes()
    late = looks_too_late()
    assert late < 5, f"wait_for(timeout={delays.short}) went on waiting {late} times after its end"


@clause("cond.wait_for.timeout-waits")
@over("default", "lock")
def test_wait_for_does_not_give_up_early(condition, actors, delays):
    (waiter,) = actors(1)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait_for, lambda: False, delays.short).ends()
    waiter.took_at_least(delays.short)


@clause("cond.wait_for.timeout-waits")
def test_wakeups_that_lead_nowhere_do_not_shorten_the_timeout(condition, actors, delays, scene):
    waiter, notifier = actors(2)
    pauses_for(waiter, condition, lambda: False, delays.short)
    for _ in range(5):
        wakes_all(notifier, condition)
    waiter.ends()
    waiter.took_at_least(delays.short)


@clause("cond.wait_for.predicate-under-lock")
@models("thread")
def test_the_first_look_at_the_predicate_is_under_the_lock(condition, actors, delays, scene):
    waiter, other = actors(2)
    predicate = Lingering(delays, opened=True)
    pauses_for(waiter, condition, predicate)
    has_no_chance_during(predicate, other, condition, scene)
    waiter.completes()
    other.completes()


@clause("cond.wait_for.predicate-under-lock")
@models("thread")
def test_a_later_look_at_the_predicate_is_under_the_lock(condition, actors, delays, scene):
    waiter, notifier, other = actors(3)
    predicate = Lingering(delays)
    pauses_for(waiter, condition, predicate)
    changes(notifier, condition, predicate.opens)
    has_no_chance_during(predicate, other, condition, scene)
    waiter.completes()
    other.completes()


def has_no_chance_during(predicate, other, condition, scene):
    """While the predicate is being called the other cannot get the lock."""
    scene.until(lambda: predicate.inside, lambda: time.sleep(0), scene.delays.deadline)
    assert predicate.inside, "the predicate was not called"
    other.begins(condition.acquire)
    scene.quiesce()
    taken = not other.busy
    if taken:
        other.does(condition.release)
    predicate.go = True
    assert not taken, "the lock was free while the predicate was called"


@clause("cond.wait_for.predicate-under-lock")
@needs("notify")
def test_the_predicate_may_do_what_needs_the_lock(condition, actors):
    waiter, notifier = actors(2)
    good, errors = [], []

    def predicate():
        try:
            condition.notify()
        except RuntimeError as error:
            errors.append(error)
        return bool(good)

    pauses_for(waiter, condition, predicate)
    changes(notifier, condition, good.append, True)
    waiter.completes()
    assert not errors, f"a predicate that calls notify() got {errors[0]!r}"


@clause("cond.wait_for.predicate-raises")
def test_an_exception_of_the_first_look_comes_out(condition, actors):
    caller, late = actors(2)
    error = LookupError("raised by the predicate")

    def predicate():
        raise error

    caller.does(condition.acquire)
    assert caller.begins(condition.wait_for, predicate).raises(LookupError) is error
    holds(caller, condition, late)


@clause("cond.wait_for.predicate-raises")
def test_an_exception_of_a_later_look_comes_out(condition, actors):
    waiter, notifier, late = actors(3)
    errors = []

    def predicate():
        if errors:
            raise errors[0]
        return False

    waiter.does(condition.acquire)
    waiter.begins(condition.wait_for, predicate)
    changes(notifier, condition, errors.append, LookupError("raised by the predicate"))
    assert waiter.raises(LookupError) is errors[0]
    holds(waiter, condition, late)


@clause("cond.wait_for.lock-held-on-return")
def test_wait_for_that_returns_at_once_has_the_lock(condition, actors):
    caller, late = actors(2)
    caller.does(condition.acquire)
    caller.does(condition.wait_for, lambda: True)
    holds(caller, condition, late)


@clause("cond.wait_for.lock-held-on-return")
def test_wait_for_that_was_notified_has_the_lock_back(condition, actors):
    waiter, notifier, late = actors(3)
    good = []
    waiter.does(condition.acquire)
    waiter.begins(condition.wait_for, lambda: bool(good))
    changes(notifier, condition, good.append, True)
    waiter.completes()
    holds(waiter, condition, late)


@clause("cond.wait_for.lock-held-on-return")
def test_wait_for_that_timed_out_has_the_lock_back(condition, actors, delays):
    waiter, late = actors(2)
    waiter.does(condition.acquire)
    waiter.begins(condition.wait_for, lambda: False, delays.short).ends()
    holds(waiter, condition, late)


class Empty:
    """False by its length."""

    def __len__(self):
        return 0


@clause("cond.wait_for.predicate-truth")
@pytest.mark.parametrize("true", [1, "no", [False], object()], ids=["1", "text", "list", "object"])
def test_any_true_object_ends_the_wait(condition, actors, true):
    waiter, notifier = actors(2)
    values = [0]
    pauses_for(waiter, condition, lambda: values[0])
    for false in (0.0, "", None, [], Empty()):
        changes(notifier, condition, values.__setitem__, 0, false)
        waiter.remains_blocked()
    changes(notifier, condition, values.__setitem__, 0, true)
    waiter.completes()


# -- notify -------------------------------------------------------------------------------


@clause("cond.notify.default-one")
def test_notify_wakes_the_waiter(condition, actors):
    waiter, notifier = actors(2)
    pauses(waiter, condition)
    wakes_one(notifier, condition)
    waiter.completes()


@clause("cond.notify.default-one")
def test_each_notify_wakes_one_at_least(condition, actors):
    notifier, *waiters = actors(4)
    for waiter in waiters:
        pauses(waiter, condition)
    while waiters:
        wakes_one(notifier, condition)
        woken = at_least(1, waiters).complete()
        waiters = rest_of(waiters, woken)


@clause("cond.notify.default-one")
@needs("wait.timeout")
def test_notify_wakes_a_timed_waiter(condition, actors, delays):
    waiter, notifier = actors(2)
    waits(waiter, condition, delays.long)
    wakes_one(notifier, condition)
    waiter.completes()


@clause("cond.notify.default-one")
@needs("wait.timeout")
def test_a_notify_is_not_eaten_by_a_wait_that_comes_after_it(condition, actors, delays):
    waiter, notifier = actors(2)
    pauses(waiter, condition)

    def notify_and_wait():
        in_a_row(condition.notify, (condition.wait, delays.short))

    notifier.does(holding, condition, notify_and_wait)
    waiter.completes()


@clause("cond.notify.default-one")
@needs("wait.timeout")
@pytest.mark.parametrize("kind", ["too long", "no number"])
def test_a_notify_is_not_eaten_by_a_wait_that_was_refused(
    condition, actors, scene, subject, kind
):
    refused, waiter, notifier = actors(3)
    timeout = subject.timeout_max * 2 + 1 if kind == "too long" else "soon"
    refused.does(condition.acquire)
    refused.begins(condition.wait, timeout)
    scene.quiesce()
    if refused.busy:  # whether it must be refused is another promise
        wakes_all(notifier, condition)
        refused.ends()
    refused.does(condition.release)
    pauses(waiter, condition)
    wakes_one(notifier, condition)
    waiter.completes()


@clause("cond.notify.default-one")
def test_two_notifies_under_one_lock_wake_two(condition, actors):
    notifier, *waiters = actors(3)
    for waiter in waiters:
        pauses(waiter, condition)
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    notifier.does(condition.notify)
    notifier.does(condition.release)
    all_of(waiters).complete()


@clause("cond.notify.n-wakes-some")
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_notify_n_wakes_one_at_least(condition, actors, n):
    notifier, *waiters = actors(4)
    for waiter in waiters:
        pauses(waiter, condition)
    notifier.does(holding, condition, condition.notify, n)
    at_least(1, waiters).complete()
    wakes_each(notifier, condition, waiters)
    all_of(waiters).complete()


@clause("cond.notify.keyword")
def test_n_by_position_and_by_name(condition, actors):
    waiter, notifier = actors(2)
    pauses(waiter, condition)
    notifier.does(holding, condition, condition.notify, 1)
    waiter.completes()
    pauses(waiter, condition)
    notifier.does(holding, condition, condition.notify, n=1)
    waiter.completes()


@clause("cond.notify.no-waiters-noop")
def test_a_notify_that_nobody_waits_for_is_not_remembered(condition, actors):
    waiter, notifier = actors(2)
    for _ in range(3):
        wakes_one(notifier, condition)
    pauses(waiter, condition).blocks()
    wakes_all(notifier, condition)
    waiter.completes()


@clause("cond.notify.no-waiters-noop")
def test_who_notifies_and_then_waits_does_not_wake_itself(condition, actors):
    waiter, notifier = actors(2)
    waiter.does(condition.acquire)
    waiter.does(condition.notify)
    waiter.begins(condition.wait).blocks()
    wakes_all(notifier, condition)
    waiter.completes()


@clause("cond.notify.no-waiters-noop")
def test_a_notify_too_many_is_not_remembered(condition, actors):
    waiter, notifier = actors(2)
    pauses(waiter, condition)
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    notifier.does(condition.notify)
    notifier.does(condition.release)
    waiter.completes()
    pauses(waiter, condition).blocks()
    wakes_all(notifier, condition)
    waiter.completes()


@clause("cond.notify.no-waiters-noop")
@needs("wait.timeout")
def test_a_notify_after_a_wait_timed_out_is_not_remembered(condition, actors):
    waiter, notifier = actors(2)
    pauses(notifier, condition, 0).completes()
    wakes_one(notifier, condition)
    pauses(waiter, condition).blocks()
    wakes_all(notifier, condition)
    waiter.completes()


@clause("cond.notify.keeps-lock")
def test_notify_keeps_the_lock(condition, actors):
    notifier, waiter, late = actors(3)
    pauses(waiter, condition)
    notifier.does(condition.acquire)
    late.begins(condition.acquire).blocks()
    notifier.does(condition.notify)
    late.remains_blocked()
    notifier.does(condition.release)
    late.completes()
    late.does(condition.release)
    waiter.completes()


@clause("cond.notify.keeps-lock")
def test_notify_of_nobody_keeps_the_lock(condition, actors):
    notifier, late = actors(2)
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    holds(notifier, condition, late)


@clause("cond.notify.return-after-release")
def test_the_woken_thread_waits_for_the_lock(condition, actors):
    notifier, waiter = actors(2)
    pauses(waiter, condition)
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    waiter.remains_blocked()
    notifier.does(condition.release)
    waiter.completes()


@clause("cond.notify.return-after-release")
@over("default", "rlock")
def test_the_woken_thread_waits_for_the_last_level(condition, actors):
    notifier, waiter = actors(2)
    pauses(waiter, condition)
    notifier.does(repeat, 2, condition.acquire)
    notifier.does(condition.notify)
    notifier.does(condition.release)
    waiter.remains_blocked()
    notifier.does(condition.release)
    waiter.completes()


# -- notify_all ---------------------------------------------------------------------------


@clause("cond.notify_all.wakes-all")
@pytest.mark.parametrize("count", [1, 2, 5])
def test_notify_all_wakes_every_waiter(condition, actors, count):
    notifier, *waiters = actors(1 + count)
    for waiter in waiters:
        pauses(waiter, condition)
    wakes_all(notifier, condition)
    all_of(waiters).complete()


@clause("cond.notify_all.wakes-all")
@needs("wait.timeout", "wait_for")
def test_notify_all_wakes_every_kind_of_waiter(condition, actors, delays):
    notifier, *waiters = actors(4)
    good = []
    plain, timed, choosy = waiters
    waits(plain, condition)
    waits(timed, condition, delays.long)
    choosy.does(condition.acquire)
    choosy.begins(condition.wait_for, lambda: bool(good))
    changes(notifier, condition, good.append, True)
    while waiters:
        woken = one_of(waiters).completes()
        waiters = rest_of(waiters, woken)
        woken.does(condition.release)


@clause("cond.notify_all.no-waiters-noop")
def test_a_notify_all_that_nobody_waits_for_is_not_remembered(condition, actors):
    waiter, notifier = actors(2)
    wakes_all(notifier, condition)
    wakes_all(notifier, condition)
    pauses(waiter, condition).blocks()
    wakes_all(notifier, condition)
    waiter.completes()


@clause("cond.notify_all.no-waiters-noop")
def test_notify_all_is_over_for_who_comes_later(condition, actors):
    notifier, *waiters = actors(4)
    for waiter in waiters:
        pauses(waiter, condition)
    wakes_each(notifier, condition, waiters)
    all_of(waiters).complete()
    for waiter in waiters:
        pauses(waiter, condition)
    all_of(waiters).block()
    wakes_each(notifier, condition, waiters)
    all_of(waiters).complete()


@clause("cond.notify_all.keeps-lock")
def test_notify_all_keeps_the_lock(condition, actors):
    notifier, waiter, late = actors(3)
    pauses(waiter, condition)
    notifier.does(condition.acquire)
    late.begins(condition.acquire).blocks()
    notifier.does(condition.notify_all)
    all_of([waiter, late]).remain_blocked()
    notifier.does(condition.release)
    late.completes()
    late.does(condition.release)
    waiter.completes()


@clause("cond.notify_all.keeps-lock")
def test_the_woken_threads_return_one_by_one(condition, actors):
    notifier, *waiters = actors(4)
    for waiter in waiters:
        waits(waiter, condition)
    notifier.does(condition.acquire)
    notifier.does(repeat, 3, condition.notify_all)
    all_of(waiters).remain_blocked()
    notifier.does(condition.release)
    while waiters:
        woken = one_of(waiters).completes()
        waiters = rest_of(waiters, woken).remain_blocked()
        woken.does(condition.release)


@clause("cond.notifyAll.alias")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_notifyall_is_another_name(condition, actors):
    notifier, *waiters = actors(3)
    notifier.begins(condition.notifyAll).raises(RuntimeError)
    for waiter in waiters:
        pauses(waiter, condition)
    notifier.does(holding, condition, condition.notifyAll)
    all_of(waiters).complete()


# -- subclasses ---------------------------------------------------------------------------


@clause("mod.classes.since-3.3")
@models("thread")
def test_a_subclass_works(subject, new_lock, actors, case):
    maker, waiter, notifier = actors(3)
    condition_class = subject.factories["condition"]
    arguments = () if case.kind == "default" else (new_lock(),)

    def make():
        class Named(condition_class):
            def __init__(self, name, *args):
                super().__init__(*args)
                self.name = name

            def notify_all(self):
                self.name += ", notified"
                super().notify_all()

        return Named("mine", *arguments)

    condition = maker.does(make)
    assert isinstance(condition, condition_class)
    pauses(waiter, condition)
    wakes_all(notifier, condition)
    waiter.completes()
    assert notifier.reads(condition, "name") == "mine, notified"


# -- races --------------------------------------------------------------------------------


@clause("mod.atomic.methods")
@needs("notify")
@over("default", "lock")
def test_racing_notifies_wake_a_waiter_each(condition, actors, delays):
    one, other, *waiters = actors(4)
    for _ in rounds(delays):
        for waiter in waiters:
            pauses(waiter, condition)
        race([one, other], lambda: holding(condition, condition.notify))
        all_of(waiters).complete()


@clause("mod.atomic.methods")
@needs("wait.timeout")
@over("default", "lock")
def test_waits_that_time_out_get_on_with_racing_notifies(condition, actors, delays):
    section = Section()

    def turn():
        condition.acquire()
        condition.wait(0)
        section.visit()
        condition.notify_all()
        condition.release()

    contend(actors(4), delays, turn)
    assert section.most_inside == 1, f"{section.most_inside} held the lock at once"


@clause("mod.atomic.methods")
@needs("notify")
@over("default", "lock")
def test_nothing_is_lost_between_producers_and_consumers(condition, actors, delays):
    items, produced, consumed = [], [], []

    def produce():
        condition.acquire()
        produced.append(len(produced))
        items.append(produced[-1])
        condition.notify()
        condition.release()

    def consume():
        condition.acquire()
        while not items:
            condition.wait()
        consumed.append(items.pop(0))
        condition.release()

    cast = actors(4)
    for _ in rounds(delays):
        race(cast, produce, consume, produce, consume)
        all_of(cast).complete()
    assert consumed == produced


# -- what CPython's own tests ask for beyond the documentation ----------------------------


@clause("detail.cond.notify-exactly-n")
@pytest.mark.parametrize("n", [1, 2, 3])
def test_notify_n_wakes_exactly_n(condition, actors, n):
    notifier, *waiters = actors(5)
    for waiter in waiters:
        pauses(waiter, condition)
    notifier.does(holding, condition, condition.notify, n)
    woken = some_of(n, waiters).complete()
    rest_of(waiters, woken).remain_blocked()
    wakes_all(notifier, condition)
    all_of(waiters).complete()


@clause("detail.cond.notify-fifo")
def test_waiters_are_woken_in_the_order_in_which_they_came(condition, actors):
    notifier, *waiters = actors(4)
    for waiter in waiters:
        pauses(waiter, condition)
    order = []
    left = list(waiters)
    while left:
        wakes_one(notifier, condition)
        woken = at_least(1, left).complete()
        order.extend(woken)
        left = rest_of(left, woken)
    assert order == waiters


@clause("detail.cond.negative-timeout-as-zero")
@needs("wait_for")
def test_a_negative_timeout_is_like_zero(condition, actors):
    waiter, late = actors(2)
    waits(waiter, condition, -1).returns(False)
    waiter.begins(condition.wait, -0.5).returns(False)
    waiter.begins(condition.wait_for, lambda: False, -1).returns(False)
    holds(waiter, condition, late)


# -- what the documentation leaves undecided ----------------------------------------------


@clause("property.cond.notify-eaten-by-timed-out-waiter")
@needs("notify")
@pytest.mark.parametrize("first", ["the impatient", "the patient"])
def test_whether_a_waiter_past_its_timeout_eats_a_notify(
    condition, actors, scene, delays, finds, first
):
    impatient, patient, holder = actors(3)
    if first == "the patient":
        pauses(patient, condition)
    pauses(impatient, condition, delays.short)
    if first == "the impatient":
        pauses(patient, condition)
    holder.does(condition.acquire)
    scene.passes(delays.short)
    scene.quiesce()
    if impatient.busy:  # on a busy machine it may be gone before the holder had a turn
        holder.does(condition.notify)
        holder.does(condition.release)
        notified = impatient.completes()
        scene.quiesce()
        if patient.busy and not notified:
            finds(f"eaten: its wait() returned False, nobody else was woken ({first} came first)")
        holder.does(condition.acquire)
    holder.does(condition.notify_all)
    holder.does(condition.release)
    patient.completes()


@clause("property.cond.notify-wakes-more")
def test_whether_notify_wakes_more_than_it_was_asked_to(condition, actors, scene, finds):
    notifier, *waiters = actors(5)
    for count in (1, 2, 1, 2):
        for waiter in waiters:
            pauses(waiter, condition)
        notifier.does(holding, condition, condition.notify, count)
        scene.quiesce()
        woken = [waiter for waiter in waiters if not waiter.busy]
        if len(woken) > count:
            finds(f"notify({count}) woke {len(woken)}")
        wakes_all(notifier, condition)
        all_of(waiters).complete()


@clause("property.cond.lock-after-interrupted-wait")
@models("thread")
def test_whether_an_interrupted_wait_has_the_lock_back(condition, actors, scene, finds):
    (waker,) = actors(1)
    found = []

    def wait_and_look():
        condition.acquire()
        try:
            condition.wait()
        except Interrupted:
            found.append("interrupted")
        try:
            condition.release()
            found.append("the caller has the lock")
        except RuntimeError:
            found.append("the caller has lost the lock")

    def wake():
        waker.begins(holding, condition, condition.notify_all)

    interrupted(scene, wait_and_look, free=wake)
    if found[:1] == ["interrupted"]:
        finds(found[1])


# -- conditions of event loops -------------------------------------------------------------


@clause("asyncio.cond.init.default-lock")
@over("default")
def test_a_condition_makes_itself_a_lock_that_is_taken_once(condition, actors):
    holder, other = actors(2)
    holder.does(condition.acquire)
    holder.begins(condition.acquire).blocks()
    other.does(condition.release)
    holder.completes()


@clause("asyncio.cond.init.default-lock")
@over("default")
def test_none_for_a_lock_means_a_lock(new, actors):
    holder, other = actors(2)
    condition = new(None)
    holder.does(condition.acquire)
    holder.begins(condition.acquire).blocks()
    other.does(condition.release)
    holder.completes()


@clause("asyncio.cond.acquire.returns-true")
def test_acquire_of_a_condition_returns_true_itself(condition, actors):
    holder, waiter = actors(2)
    holder.begins(condition.acquire).returns(True)
    waiter.begins(condition.acquire).blocks()
    holder.does(condition.release)
    waiter.returns(True)


@clause("tasks.cond.init.default-lock")
@over("default")
def test_a_condition_without_a_lock_has_one_of_its_own(new, actors):
    holder, other = actors(2)
    for condition in (new(), new(None)):
        holder.does(condition.acquire)
        other.begins(condition.acquire).blocks()
        holder.does(condition.release)
        other.completes()
        other.does(condition.release)


# -- conditions of processes ---------------------------------------------------------------


@clause("multiprocessing.cond.unowned-refused")
def test_nothing_is_done_for_who_does_not_hold_the_lock(condition, actors):
    caller, other = actors(2)
    for operation in (condition.wait, condition.notify, condition.notify_all):
        caller.begins(operation).raises(Exception)
        other.does(condition.acquire)
        other.does(condition.release)


@clause("multiprocessing.cond.other-holder-refused")
@over("default", "rlock")
def test_a_notify_is_refused_while_another_process_holds_the_lock(condition, actors):
    holder, intruder, late = actors(3)
    holder.does(condition.acquire)
    intruder.begins(condition.notify).raises(Exception)
    intruder.begins(condition.notify_all).raises(Exception)
    holds(holder, condition, late)


@clause("property.process.holder-killed")
@needs("acquire.blocking")
@models("process")
def test_what_becomes_of_the_lock_when_its_holder_is_killed(condition, actors, finds):
    holder, other = actors(2)
    holder.does(condition.acquire)
    holder.is_killed()
    finds("free" if other.does(condition.acquire, False) else "held for ever")


@clause("property.process.waiter-killed")
@models("process")
@pytest.mark.parametrize("verb", ["notify", "notify_all"])
def test_whether_a_notify_gets_past_a_waiter_that_is_killed(
    condition, actors, scene, finds, verb
):
    notifier, victim, waiter = actors(3)
    waits(victim, condition)
    pauses(waiter, condition)
    all_of([victim, waiter]).block()
    victim.is_killed()
    notifier.does(condition.acquire)
    notifier.begins(getattr(condition, verb))
    scene.quiesce()
    if notifier.busy:
        finds(f"{verb}() does not return")
        notifier.is_killed()
    else:
        notifier.does(condition.release)
        scene.quiesce()
    if waiter.busy:
        finds(f"after {verb}() another waiter sleeps on")
        waiter.is_killed()


@clause("property.process.notifier-killed")
@models("process")
def test_whether_who_is_notified_goes_on_when_the_notifier_is_killed(
    condition, actors, scene, finds
):
    notifier, waiter = actors(2)
    pauses(waiter, condition)
    notifier.does(condition.acquire)
    notifier.does(condition.notify)
    notifier.is_killed()
    scene.quiesce()
    finds("the waiter never gets the lock back" if waiter.busy else "the waiter has the lock")
    if waiter.busy:
        waiter.is_killed()
