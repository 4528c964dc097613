"""Interrupt sweeps: each operation is stopped by an exception at each of its points in turn.

What an exception may leave behind is judged by what others can still do: an acquire() that raised
must not have kept the lock or the permit; a release(), set() or notify() that raised may have done
its work or not, but not half of it, and what is left must go on working.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from syncproof.actors import Actor, Scene, Violation
from syncproof.faults.apart import Stage, holding
from syncproof.interleave import interrupts


class Trial:
    """One operation, stopped at one point, and those who find out what that has left behind."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.scene: Scene = stage.scene()
        self.main, *self.others = self.scene.actors(4)
        self.thing: Any = None

    def begins(self, actor: Actor, operation: Callable[..., Any], *args: Any) -> bool:
        """Whether an operation ends without waiting for anybody, and without an exception."""
        actor.begins(operation, *args)
        self.scene.quiesce()
        return not actor.busy and actor.call.error is None

    def ends(self, actor: Actor) -> bool:
        """Whether what it waited for has come, without an exception."""
        self.scene.quiesce()
        return not actor.busy and actor.call.error is None

    def close(self) -> None:
        self.scene.close()


@dataclass(frozen=True)
class Sweep:
    """One operation to be swept."""

    title: str
    #: Makes the thing, and brings it to the state in which the operation begins.
    ready: Callable[[Trial], Any]
    operation: Callable[[Trial], Callable[[], Any]]
    #: What has been left behind: words, empty for nothing.
    left: Callable[[Trial], str]
    #: What lets the operation go on where it waits.
    meanwhile: Callable[[Trial], Any] = lambda trial: None


def sweep(stage: Stage) -> None:
    """The ordeal: every sweep of the primitive."""
    trials = [(one.title, partial(_try, stage, one)) for one in SWEEPS[stage.primitive]]
    if not find_at_every_point(stage, trials):
        stage.is_unfit("its operations run no Python code that a handler could interrupt")


def find_at_every_point(stage: Stage, trials: Iterable[tuple[str, interrupts.Attempt]]) -> bool:
    """Tell what each trial finds at its every point; whether any of them has one."""
    any_points = False
    for title, trial in trials:
        swept = interrupts.every(trial, lambda: stage.has_time)
        if swept.points:
            any_points = True
            stage.finds(swept.told(title))
    return any_points


def _try(stage: Stage, one: Sweep, number: int) -> tuple[interrupts.Outcome, str]:
    stage.tries(f"an interrupt at point {number + 1} of {one.title}")
    trial, outcome = Trial(stage), interrupts.Outcome()
    try:
        trial.thing = one.ready(trial)
        main = trial.main.begins(
            interrupts.at, number, one.operation(trial), interrupts.interrupt, outcome
        )
        trial.scene.quiesce()
        one.meanwhile(trial)
        trial.scene.quiesce()
        if main.busy:
            return outcome, "the interrupted call never ends"
        if not outcome.reached:
            return outcome, ""
        left = one.left(trial)
    except Violation as violation:
        left = f"no longer usable ({str(violation).splitlines()[0]})"
    finally:
        trial.close()
    if outcome.where.startswith(Path(__file__).name):
        outcome.where = "the with statement itself"
    if outcome.error is not None:
        comes = f"{type(outcome.error).__name__} comes out instead"
        return outcome, f"{comes}, and {left}" if left else comes
    if not outcome.raised:
        return outcome, left or "the interrupt is swallowed"
    return outcome, left


# -- what is made ready, and what is interrupted ---------------------------------------------


def _new(trial: Trial) -> Any:
    return trial.stage.make()


def _empty(trial: Trial) -> Any:
    """A semaphore at zero; bounded ones are made with a permit, which is taken."""
    semaphore = trial.stage.make()
    trial.others[2].does(semaphore.acquire)
    return semaphore


def _held(trial: Trial) -> Any:
    """A lock or condition that the thread to be interrupted holds."""
    thing = trial.stage.make()
    trial.main.does(thing.acquire)
    return thing


def _held_by_another(trial: Trial) -> Any:
    thing = trial.stage.make()
    trial.others[2].does(thing.acquire)
    return thing


def _wanted(trial: Trial) -> Any:
    """A lock that the thread to be interrupted holds, and for which another waits."""
    thing = _held(trial)
    trial.others[0].begins(thing.acquire).blocks()
    return thing


def _call(name: str) -> Callable[[Trial], Callable[[], Any]]:
    def operation(trial: Trial) -> Callable[[], Any]:
        method: Callable[[], Any] = getattr(trial.thing, name)
        return method

    return operation


def _timed(name: str, *before: Any) -> Callable[[Trial], Callable[[], Any]]:
    return lambda trial: partial(
        getattr(trial.thing, name), *before, trial.stage.delays.brief
    )


def _with(trial: Trial) -> Callable[[], Any]:
    thing = trial.thing

    def block() -> None:
        with thing:
            pass

    return block


def _release_by_another(trial: Trial) -> None:
    trial.others[2].begins(trial.thing.release)


# -- what has been left behind ---------------------------------------------------------------


def _nothing_of_a_lock(trial: Trial) -> str:
    """After an acquire() or a with statement that raised."""
    other, late, _ = trial.others
    if not trial.begins(other, trial.thing.acquire):
        return "the lock is left held"
    if trial.begins(late, trial.thing.acquire):
        return "the lock lets two in"
    if not trial.begins(other, trial.thing.release):
        return _refused("the next release()", other)
    return "" if trial.ends(late) else "the lock is lost at the next release()"


def _nothing_of_a_timed_wait(trial: Trial) -> str:
    if not trial.begins(trial.others[2], trial.thing.release):
        return _refused("the next release()", trial.others[2])
    return _nothing_of_a_lock(trial)


def _one_level(trial: Trial) -> str:
    """After a further acquire() of the owner that raised."""
    other = trial.others[0]
    if trial.begins(other, trial.thing.acquire):
        return "the owner has lost the lock"
    if not trial.begins(trial.main, trial.thing.release):
        return _refused("the owner's release()", trial.main)
    if trial.ends(other):
        return ""
    trial.main.begins(trial.thing.release)
    return "a level is left over" if trial.ends(other) else "the lock is left held"


def _released_or_not(trial: Trial) -> str:
    waiter, late, _ = trial.others
    if not trial.ends(waiter):
        if not trial.begins(trial.main, trial.thing.release):
            return "the lock is neither free nor held by the thread that released it"
        if not trial.ends(waiter):
            return "a second release() returns, and the waiter sleeps on"
    if trial.begins(late, trial.thing.acquire):
        return "the lock lets two in"
    if not trial.begins(waiter, trial.thing.release):
        return _refused("the next release()", waiter)
    return "" if trial.ends(late) else "the lock is lost at the next release()"


def _no_permit_lost(trial: Trial) -> str:
    """After an acquire() that raised, with one permit in all."""
    other, late, _ = trial.others
    if not trial.begins(other, trial.thing.acquire):
        if other.busy and trial.begins(late, trial.thing.release):
            return "the permit is lost" if trial.ends(other) else "nobody gets a permit any more"
        return "nobody gets a permit any more"
    if trial.begins(late, trial.thing.acquire):
        return "there is a permit too many"
    if not trial.begins(other, trial.thing.release):
        return _refused("the next release()", other)
    return "" if trial.ends(late) else "the permit is lost at the next release()"


def _no_permit_lost_by_waiting(trial: Trial) -> str:
    if not trial.begins(trial.others[2], trial.thing.release):
        return _refused("the next release()", trial.others[2])
    return _no_permit_lost(trial)


def _permit_given_or_not(trial: Trial) -> str:
    waiter, late, _ = trial.others
    if trial.ends(waiter):
        return ""
    if trial.begins(late, trial.thing.acquire):
        return "there is a permit and the waiter sleeps on"
    if not trial.begins(trial.main, trial.thing.release):
        return "nobody gets a permit any more"
    trial.scene.quiesce()
    return "" if not waiter.busy or not late.busy else "nobody gets a permit any more"


def _event_works(trial: Trial) -> str:
    event, (waiter, setter, _) = trial.thing, trial.others
    if not waiter.busy:
        if not trial.begins(setter, event.clear):
            return _refused("clear()", setter)
        if trial.begins(waiter, event.wait):
            return "wait() no longer waits"
    if not trial.begins(setter, event.set):
        return _refused("set()", setter)
    return "" if trial.ends(waiter) else "a waiter sleeps on after set()"


def _set_or_not(trial: Trial) -> str:
    event, (waiter, _, looker) = trial.thing, trial.others
    trial.scene.quiesce()
    if waiter.busy and trial.begins(looker, event.wait):
        return "the flag is set and the waiter sleeps on"
    if looker.busy:
        trial.main.begins(event.set)
        trial.scene.quiesce()
        return "" if not looker.busy and not waiter.busy else "nobody is woken any more"
    return _event_works(trial)


def _condition_works(trial: Trial) -> str:
    """The caller has the lock back; no ghost of it eats a notify()."""
    condition, (waiter, notifier, _) = trial.thing, trial.others
    if not trial.begins(trial.main, condition.release):
        return "the caller has lost the lock"
    if not waiter.busy:
        trial.begins(waiter, partial(holding, condition, condition.wait))
    if not trial.begins(notifier, partial(holding, condition, condition.notify)):
        return _refused("notify()", notifier)
    return "" if trial.ends(waiter) else "a notify() is lost"


def _free_condition_works(trial: Trial) -> str:
    trial.main.begins(trial.thing.acquire)
    trial.scene.quiesce()
    return "the lock is left held" if trial.main.busy else _condition_works(trial)


def _notified_or_not(trial: Trial) -> str:
    condition, (waiter, notifier, _) = trial.thing, trial.others
    if not trial.begins(trial.main, condition.release):
        return "the caller has lost the lock"
    if trial.ends(waiter):
        return ""
    for _ in range(2):
        if not trial.begins(notifier, partial(holding, condition, condition.notify)):
            return _refused("the next notify()", notifier)
        if trial.ends(waiter):
            return ""
    return "the waiter is never woken"


def _refused(what: str, actor: Actor) -> str:
    return f"{what} never ends" if actor.busy else f"{what} {actor.call.result}"


def _waited(trial: Trial) -> Any:
    """A condition that the thread to be interrupted holds, and on which another waits."""
    condition = trial.stage.make()
    trial.others[0].begins(holding, condition, condition.wait).blocks()
    trial.main.does(condition.acquire)
    return condition


def _notify_by_another(trial: Trial) -> None:
    if trial.main.busy:  # else it has kept the lock
        trial.others[2].begins(holding, trial.thing, trial.thing.notify)


def _unset_with_waiter(trial: Trial) -> Any:
    event = trial.stage.make()
    trial.others[0].begins(event.wait).blocks()
    return event


def _set(trial: Trial) -> Any:
    event = trial.stage.make()
    trial.main.does(event.set)
    return event


def _set_by_another(trial: Trial) -> None:
    trial.others[2].begins(trial.thing.set)


def _awaited_permit(trial: Trial) -> Any:
    semaphore = _empty(trial)
    trial.others[0].begins(semaphore.acquire).blocks()
    return semaphore


def _barrier_with_one(trial: Trial) -> Any:
    barrier = trial.stage.make(2)
    trial.others[0].begins(barrier.wait).blocks()
    return barrier


def _arrival_of_another(trial: Trial) -> None:
    trial.others[2].begins(trial.thing.wait)


def _barrier_works(trial: Trial) -> str:
    """It is broken, and says so, or the next rounds are whole."""
    barrier, (first, second, third) = trial.thing, trial.others
    trial.scene.quiesce()
    for actor in (first, second, third):  # whoever is still in it gets a partner
        if actor.busy:
            partner = next(a for a in (second, third, first) if not a.busy)
            partner.begins(barrier.wait)
            trial.scene.quiesce()
            if actor.busy:
                return "whoever waits is never let go"
            if actor.call.error is None and actor.call.value == partner.call.value:
                return "the same index is given twice"
    if trial.begins(first, barrier.wait):
        return "a later round is passed by one alone"
    if first.busy:
        second.begins(barrier.wait)
        trial.scene.quiesce()
        if first.busy or second.busy:
            return "a later round never ends"
        if first.call.error is None and first.call.value == second.call.value:
            return "the same index is given twice"
        if first.call.error is None:
            return ""
    if not trial.begins(third, barrier.reset):
        return "reset() no longer ends"
    first.begins(barrier.wait)
    trial.scene.quiesce()
    second.begins(barrier.wait)
    trial.scene.quiesce()
    if first.busy or second.busy or first.call.error or second.call.error:
        return "not even reset() repairs it"
    return ""


# -- the sweeps ------------------------------------------------------------------------------

LOCK = (
    Sweep("acquire()", _new, _call("acquire"), _nothing_of_a_lock),
    Sweep("acquire() that has waited", _held_by_another, _call("acquire"), _nothing_of_a_lock,
          _release_by_another),
    Sweep("acquire(timeout) of a held one", _held_by_another, _timed("acquire", True),
          _nothing_of_a_timed_wait),
    Sweep("release()", _wanted, _call("release"), _released_or_not),
    Sweep("with", _new, _with, _nothing_of_a_lock),
)
SEMAPHORE = (
    Sweep("acquire()", _new, _call("acquire"), _no_permit_lost),
    Sweep("acquire() that has waited", _empty, _call("acquire"), _no_permit_lost,
          _release_by_another),
    Sweep("acquire(timeout) at zero", _empty, _timed("acquire", True),
          _no_permit_lost_by_waiting),
    Sweep("release()", _awaited_permit, _call("release"), _permit_given_or_not),
    Sweep("with", _new, _with, _no_permit_lost),
)
SWEEPS = {
    "lock": LOCK,
    "rlock": (*LOCK, Sweep("acquire() by the owner", _held, _call("acquire"), _one_level)),
    "semaphore": SEMAPHORE,
    "bounded_semaphore": SEMAPHORE,
    "event": (
        Sweep("wait() with the flag set", _set, _call("wait"), _event_works),
        Sweep("wait() that has waited", _new, _call("wait"), _event_works, _set_by_another),
        Sweep("wait(timeout)", _new, _timed("wait"), _event_works),
        Sweep("set()", _unset_with_waiter, _call("set"), _set_or_not),
        Sweep("clear()", _set, _call("clear"), _event_works),
    ),
    "condition": (
        Sweep("wait() that has waited", _held, _call("wait"), _condition_works,
              _notify_by_another),
        Sweep("wait(timeout)", _held, _timed("wait"), _condition_works),
        Sweep("notify()", _waited, _call("notify"), _notified_or_not),
        Sweep("notify_all()", _waited, _call("notify_all"), _notified_or_not),
        Sweep("with", _new, _with, _free_condition_works),
    ),
    "barrier": (
        Sweep("wait() that has waited", _new, _call("wait"), _barrier_works,
              _arrival_of_another),
        Sweep("wait() of the last", _barrier_with_one, _call("wait"), _barrier_works),
        Sweep("reset()", _barrier_with_one, _call("reset"), _barrier_works),
        Sweep("abort()", _barrier_with_one, _call("abort"), _barrier_works),
    ),
}
