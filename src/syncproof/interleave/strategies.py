"""Who goes on: strategies that decide it, and schedules as short text.

A schedule is the list of the choices that were made, each the number of an actor (it goes on) or
``~`` the number of one that is blocked (its timeout passes, and it goes on). A strategy has

    begin() -> bool                         a new run begins; False: there is no other schedule
    pick(options, current, number) -> int   one of the options; ``current`` is the number of the
                                            actor that could simply go on, or None
    end(run)                                the run has ended

``options`` has the ready actors in order, then the timeouts; it is the same object as long as it
has not changed. Nothing here depends on the order of a set or on a hash.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Protocol

Options = Sequence[int]

#: An actor that has so many turns in a row while others could run is taken to wait in a spin.
PATIENCE = 500


class Strategy(Protocol):
    def begin(self) -> bool: ...
    def pick(self, options: Options, current: int | None, number: int) -> int: ...
    def end(self, run: Any) -> None: ...


class Diverged(Exception):
    """A recorded choice cannot be made: the run is not the one that was recorded."""

    def __init__(self, decision: int, choice: int, options: Options) -> None:
        offered = ", ".join(map(_word, options))
        super().__init__(f"decision {decision}: {_word(choice)} cannot go on, only {offered}")


class ScheduleError(ValueError):
    """A text that is no schedule."""


def encode(choices: Sequence[int]) -> str:
    """Choices as text: ``0*9,1*13,~2*1``."""
    return ",".join(f"{_word(choice)}*{len(list(same))}" for choice, same in groupby(choices))


def decode(text: str) -> list[int]:
    """The choices of a text; ScheduleError with one line where it is none."""
    choices: list[int] = []
    for part in text.split(",") if text else ():
        word, star, times = part.strip().partition("*")
        digits = word[1:] if word.startswith("~") else word
        if not (star and _is_number(digits) and _is_number(times)):
            raise ScheduleError(f"{part!r} is no part of a schedule, such as 0*9 or ~2*1")
        if int(digits) > 25 or int(times) > 1_000_000:
            raise ScheduleError(f"{part!r} in a schedule is out of range")
        choice = int(digits)
        choices += [~choice if word.startswith("~") else choice] * int(times)
    return choices


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _word(choice: int) -> str:
    return str(choice) if choice >= 0 else f"~{~choice}"


def _ready(options: Options) -> bool:
    return options[0] >= 0


class _Seeded:
    """A strategy with random choices of its own: another run, other choices, by seed and count."""

    def __init__(self, seed: int | str) -> None:
        self.seed = seed
        self.runs = 0
        self.random = random.Random()

    def begin(self) -> bool:
        self.random = random.Random(f"{self.seed}/{self.runs}")
        self.runs += 1
        return True

    def end(self, run: Any) -> None:
        pass


class Walk(_Seeded):
    """Any of the options, at every decision."""

    def pick(self, options: Options, current: int | None, number: int) -> int:
        return options[int(self.random.random() * len(options))]


class PCT(_Seeded):
    """Random priorities, which change at a few random decisions of the run.

    The way of Burckhardt and others (2010): an error that needs ``depth`` ordered events is found
    by ``depth`` - 1 changes, with a probability that can be given. Here a run has between one
    change less and two more, and whoever runs then comes after all others or just after the next
    one, so that a release that somebody else snatches up needs no luck. Where the changes fall is
    drawn over the longest of the latest runs. A timeout has a priority of its own: one that has
    passed gets another one, low as often as not, so that who waits in slices starves nobody.
    """

    #: What is taken for the length of the first run.
    FIRST = 40
    #: So many latest runs say how long a run is.
    LATEST = 16

    def __init__(self, seed: int | str, depth: int = 3) -> None:
        super().__init__(seed)
        self.depth = depth
        self.lengths: list[int] = []

    def begin(self) -> bool:
        super().begin()
        length = max(self.lengths, default=self.FIRST)
        changes = max(self.depth - 2, 0) + self._below(4)
        self.changes = sorted(self._below(length) for _ in range(changes))
        self.change = self.changes.pop(0) if self.changes else -1
        self.priorities: dict[int, float] = {}
        self.low = 0.0
        self.options: Options = ()
        self.best = 0
        self.since = 0
        return True

    def _below(self, length: int) -> int:
        return int(self.random.random() * length)

    def pick(self, options: Options, current: int | None, number: int) -> int:
        if number == self.change or number - self.since > PATIENCE:
            self._change(current, number)
        elif options is self.options:
            return self.best
        return self._highest(options, number)

    def _change(self, current: int | None, number: int) -> None:
        while number == self.change:
            self.change = self.changes.pop(0) if self.changes else -1
        if current is not None:
            self._change_places(current)
        self.since = number

    def _change_places(self, actor: int) -> None:
        own = self.priorities.get(actor, 1.0)
        below = [p for o, p in self.priorities.items() if o >= 0 and o != actor and p < own]
        if below and self.random.random() < 0.5:
            self.priorities[actor] = max(below) - 1e-6 * self.random.random()
        else:
            self._lower(actor)

    def _lower(self, option: int) -> None:
        self.low -= 1
        self.priorities[option] = self.low

    def _highest(self, options: Options, number: int) -> int:
        priorities = self.priorities
        best = options[0]
        highest = float("-inf")
        for option in options:
            priority = priorities.get(option)
            if priority is None:
                priority = priorities[option] = self.random.random()
            if priority > highest:
                best, highest = option, priority
        if best < 0:  # it has passed: the next timeout of this actor is another one
            del priorities[best]
            if self.random.random() < 0.5:
                self._lower(best)
            self.options = ()
            self.since = number
            return best
        if best != self.best:
            self.since = number
        self.options, self.best = options, best
        return best

    def end(self, run: Any) -> None:
        if run.failure not in ("livelock", "hang"):
            self.lengths = [*self.lengths[-self.LATEST + 1 :], max(1, len(run.choices))]


class Bounded:
    """All schedules with at most ``most`` preemptions, those with fewest first.

    A preemption takes the turn from an actor that could go on, or lets a timeout pass while some
    actor could. Schedules of equally many come in an order shuffled by the seed. ``exhausted`` is
    true when all have been tried: never if one of them has diverged.
    """

    def __init__(self, most: int = 2, seed: int | str = 0) -> None:
        self.most = most
        self.random = random.Random(f"{seed}")
        self.exhausted = False
        self._diverged = False
        self._todo = [_Todo() for _ in range(most + 1)]
        self._todo[0].add(array("b"), 0, None)

    def begin(self) -> bool:
        fewest = next((todo for todo in self._todo if todo), None)
        if fewest is None:
            self.exhausted = not self._diverged
            return False
        choices, number, other = fewest.take(self.random)
        self.forced = list(choices[:number]) + ([] if other is None else [other])
        self._seen: list[tuple[Options, int | None, int]] = []
        self._used = 0
        self._turns = 0
        return True

    def pick(self, options: Options, current: int | None, number: int) -> int:
        self._seen.append((options, current, self._used))
        default = self._default(options, current)
        if number < len(self.forced):
            choice = self.forced[number]
            if choice not in options:
                self._diverged = True
                raise Diverged(number, choice, options)
        else:
            choice = default
        self._used += 0 if choice == default else _cost(options, current, choice)
        self._turns = self._turns + 1 if choice == current else 0
        return choice

    def _default(self, options: Options, current: int | None) -> int:
        if current is None:
            return options[0]
        if self._turns < PATIENCE:
            return current
        later = [o for o in options if o > current]  # it spins: the next one, at no cost
        return later[0] if later else options[0] if options[0] != current else options[-1]

    def end(self, run: Any) -> None:
        made = array("b", run.choices)
        for number in range(len(self.forced), len(self._seen)):
            options, current, used = self._seen[number]
            spins = current is not None and made[number] != current
            for other in options:
                if other == made[number] or (spins and other == current):
                    continue
                cost = used + _cost(options, current, other)
                if cost <= self.most:
                    self._todo[cost].add(made, number, other)


def _cost(options: Options, current: int | None, choice: int) -> int:
    """Whether a choice is a preemption."""
    if choice < 0:
        return int(_ready(options))
    return int(current is not None and choice != current)


class _Todo:
    """Schedules to try: a run, the decision at which to leave it, and how. They are many."""

    def __init__(self) -> None:
        self._runs: list[array[int]] = []
        self._places: dict[int, int] = {}
        self._entries = array("q")

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, choices: array[int], number: int, other: int | None) -> None:
        if not self._runs or self._runs[-1] is not choices:
            self._runs.append(choices)
        other_code = 127 if other is None else other
        place = len(self._runs) - 1
        self._entries.append((place << 32) | (number << 8) | (other_code & 0xFF))

    def take(self, rng: random.Random) -> tuple[array[int], int, int | None]:
        entries = self._entries
        at = int(rng.random() * len(entries))
        entries[at], entries[-1] = entries[-1], entries[at]
        entry = entries.pop()
        code = entry & 0xFF
        other = None if code == 127 else code - 256 if code > 127 else code
        return self._runs[entry >> 32], (entry >> 8) & 0xFFFFFF, other


class StopAt:
    """One actor is stopped at its ``step``-th point, and the others run until they can no more.

    Only points at which another one could run are counted, from 1; ``reached`` says whether there
    were so many. ``after`` names actors that run before all that, until they end or block. With
    ``fires`` timeouts pass as soon as they can once the actor has been stopped; without, they
    pass only when nothing else can go on.
    """

    def __init__(
        self, actor: int, step: int, fires: bool = False, after: Sequence[int] = ()
    ) -> None:
        self.actor = actor
        self.step = step
        self.fires = fires
        self.after = tuple(after)
        self.begin()

    def begin(self) -> bool:
        self.count = 0
        self.reached = False
        self._turns = 0
        self._first = list(self.after)
        return True

    def pick(self, options: Options, current: int | None, number: int) -> int:
        while self._first:
            if self._first[0] in options and self._turns < PATIENCE:
                self._turns += 1
                return self._first[0]
            self._first.pop(0)
            self._turns = 0
        if not self.reached and current == self.actor:
            self.count += 1
            self.reached = self.count >= self.step
        choice = self._choice(options, current)
        self._turns = self._turns + 1 if choice == current else 0
        return choice

    def _choice(self, options: Options, current: int | None) -> int:
        if self.reached and self.fires and options[-1] < 0:
            return options[-1]
        if not self.reached and self.actor in options:
            if self._turns < PATIENCE:
                return self.actor
            return next(o for o in options if o != self.actor)
        others = [o for o in options if o >= 0 and o != self.actor]
        if self._turns >= PATIENCE:  # it spins, and may wait for another
            others = [o for o in options if o >= 0 and o != current] or others
        if others:
            return current if current in others and self._turns < PATIENCE else others[0]
        return options[0]

    def end(self, run: Any) -> None:
        pass


class Replay:
    """The choices of a schedule, and then whoever can simply go on."""

    def __init__(self, choices: Sequence[int]) -> None:
        self.choices = tuple(choices)

    def begin(self) -> bool:
        return True

    def pick(self, options: Options, current: int | None, number: int) -> int:
        if number < len(self.choices):
            choice = self.choices[number]
            if choice not in options:
                raise Diverged(number, choice, options)
            return choice
        return options[0] if current is None else current

    def end(self, run: Any) -> None:
        pass
