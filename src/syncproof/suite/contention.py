"""Actors that compete, and what can be said of it afterwards.

Nothing here takes a lock of its own: what is recorded is appended to lists, which every interpreter
does atomically and in an order that agrees with what happened before what.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from syncproof.actors import Actor
from syncproof.actors.carriers import breathe
from syncproof.actors.delays import Delays
from syncproof.actors.language import Call, Group
from syncproof.history.free.perturbation import SWITCH_INTERVAL, switching

#: Long enough that a thread that has the GIL does two things without a break.
UNHURRIED = 0.05


class Section:
    """A critical section that remembers how many were inside at once."""

    def __init__(self) -> None:
        self.log: list[int] = []

    def visit(self) -> None:
        """Be inside for a moment; others get the chance to come in too."""
        self.log.append(1)
        breathe()
        self.log.append(-1)

    @property
    def visits(self) -> int:
        return len(self.log) // 2

    @property
    def most_inside(self) -> int:
        """The most visitors that were ever inside together."""
        return max(accumulate(self.log), default=0)


def contend(
    actors: Sequence[Actor], delays: Delays, turn: Callable[[], Any], most: int = sys.maxsize
) -> Group:
    """Every actor takes one turn after another, all at once, for ``delays.contended`` seconds.

    A turn is one operation with all that belongs to it (acquire, visit, release). An exception in
    a turn ends the contest for all. The group has finished when this returns.

    ``most`` is for turns that wake whom nobody waits for: an implementation may hand its wake-ups
    to a service that takes its time, and must have the time to come to an end with them.
    """
    end: list[float] = []

    def take_turns() -> int:
        turns = 0
        if not end:
            end.append(time.perf_counter() + delays.contended)
        while time.perf_counter() < end[-1] and turns < most:
            try:
                turn()
            except BaseException:
                end.append(0.0)
                raise
            turns += 1
        return turns

    with switching(SWITCH_INTERVAL):
        group = Group(actors).begin(take_turns)
        group.scene.passes(delays.contended)  # which is no time of waiting for an end
        return group.complete()


def race(actors: Sequence[Actor], *operations: Callable[[], Any]) -> list[Call]:
    """Each actor does one of the operations (or all do the only one) at the same moment; the calls.

    They may return or raise, but must end.
    """
    ready: list[None] = []
    count = len(actors)

    def at_once(operation: Callable[[], Any]) -> Callable[[], Any]:
        def start() -> Any:
            ready.append(None)
            while len(ready) < count:
                breathe()
            return operation()

        start.__name__ = getattr(operation, "__name__", "operation")
        return start

    chosen = operations if len(operations) > 1 else operations * count
    with switching(SWITCH_INTERVAL):
        for actor, operation in zip(actors, chosen):
            actor.begins(at_once(operation))
        return [actor.ends() for actor in actors]


def rounds(delays: Delays) -> Iterator[int]:
    """Numbers for as long as actors are to compete: one race after another."""
    end = time.perf_counter() + delays.contended
    number = 0
    while time.perf_counter() < end:
        yield number
        number += 1


def fresh(new: Any, delays: Delays, *args: Any) -> Iterator[Any]:
    """A new primitive for each round, for as long as actors are to compete.

    Where actors know but what was made before they started, all are made in advance: so many
    rounds there are.
    """
    spare: list[Any] = []
    for number in rounds(delays):
        if not spare and number and new.ahead > 1:
            return
        spare = spare or [new(*args) for _ in range(new.ahead)]
        yield spare.pop()


def around(delays: Delays) -> Iterator[float]:
    """Moments around ``delays.brief``, in seconds from now, while actors are to compete."""
    for number in rounds(delays):
        yield delays.brief * (0.7 + 0.05 * (number * 7 % 13))


def after(seconds: float, operation: Callable[[], Any]) -> Callable[[], Any]:
    """The operation at a moment: so many seconds from when an actor begins it."""

    def at_the_moment() -> Any:
        moment = time.perf_counter() + seconds
        while time.perf_counter() < moment:
            breathe()
        return operation()

    at_the_moment.__name__ = getattr(operation, "__name__", "operation")
    return at_the_moment


def wakes_in_vain(
    waiter: Actor, begin: Callable[[], Any], wake: Callable[[], bool], delays: Delays
) -> bool:
    """Whether a timed wait that is woken again and again, in vain, ends by its timeout.

    ``begin()`` starts the wait, which has a timeout of ``delays.short``. ``wake()`` wakes it
    without leaving anything for it and returns True, or False where the waiter was quicker: that
    try says nothing, and another is made. A waiter that is still there after VAIN_WAKES has not
    kept count of the time.
    """
    scene = waiter.scene
    for _ in range(VAIN_TRIES):
        begin()
        for _ in range(VAIN_WAKES):
            scene.passes(delays.short / 2, watching=[waiter])
            if not waiter.busy:
                return True
            with switching(UNHURRIED):  # who wakes is to be quicker than who is woken
                was_quicker = wake()
            if not was_quicker:
                break
        else:
            return not waiter.busy
        if waiter.completes():
            continue
        return True
    return True


#: So many wake-ups in vain come half a timeout apart.
VAIN_WAKES = 10
#: So often the waiter may be quicker before nothing is said.
VAIN_TRIES = 12
