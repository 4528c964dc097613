"""Makes what has failed small: first the program, then the schedule.

What is tried is bounded in schedules; what comes out has failed itself, whatever it took.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from syncproof.history import programs
from syncproof.history.oracle import Fault
from syncproof.history.program import Program
from syncproof.interleave.run import Run
from syncproof.interleave.story import preemptions
from syncproof.interleave.strategies import PCT, Bounded, Replay, Strategy

Failing = tuple[Run, Fault]
#: Runs a program under a strategy so many times at most: the first run that fails.
Attempt = Callable[[Program, Strategy, int], "Failing | None"]

#: For one smaller program.
SCHEDULES = 120
#: For all smaller programs together, in programs.
PROGRAMS = 60
#: For the same program with fewer preemptions.
FEWER = 2500


def smallest(program: Program, failing: Failing, attempt: Attempt) -> tuple[Program, Failing]:
    """The smallest program on the way down that still fails, and a run of it that does."""
    left = PROGRAMS
    again = True
    while again and left:
        again = False
        for candidate in programs.smaller(program):
            if not left:
                break
            left -= 1
            smaller = attempt(candidate, Bounded(2, 0), SCHEDULES)
            smaller = smaller or attempt(candidate, PCT(0), SCHEDULES)
            if smaller is not None:
                program, failing, again = candidate, smaller, True
                break
    return program, failing


def fewest_preemptions(
    program: Program, failing: Failing, attempt: Attempt
) -> tuple[Failing, bool]:
    """A failing run with as few preemptions as can be, and whether there is none with fewer."""
    count = preemptions(failing[0])
    complete = attempt(program, Bounded(max(count - 1, 0), 0), FEWER) if count else None
    if complete is not None:
        return complete, True
    failing = _trimmed(program, failing, attempt)
    strategy = Bounded(max(preemptions(failing[0]) - 1, 0), 0)
    if preemptions(failing[0]):
        complete = attempt(program, strategy, FEWER)
        if complete is not None:
            return complete, True
    return failing, strategy.exhausted or not preemptions(failing[0])


def _trimmed(program: Program, failing: Failing, attempt: Attempt) -> Failing:
    """The same with the switches left out that it does not need, from the last to the first."""
    number = len(_blocks(failing[0].choices))
    while number > 0:
        number -= 1
        blocks = _blocks(failing[0].choices)[:number]
        shorter = attempt(program, Replay([c for block in blocks for c in block]), 1)
        if shorter is not None:
            if preemptions(shorter[0]) > preemptions(failing[0]):
                break
            failing = shorter
    return failing


def _blocks(choices: Sequence[int]) -> list[list[int]]:
    return [list(same) for _, same in groupby(choices)]
