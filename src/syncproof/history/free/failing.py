"""The first of many programs that shows a fault."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing

from syncproof.history.free.stage import Stage
from syncproof.history.free.terms import Terms
from syncproof.history.oracle import Fault
from syncproof.history.program import Program
from syncproof.history.record import History


class NotMade(Exception):
    """None of them can be made, so that nothing can be said of what they do."""


def first_failing(
    stage: Stage, programs: Iterator[Program], rng: random.Random, terms: Terms, watched: bool
) -> tuple[History, Fault] | None:
    """What happened when the first of them failed, and what is wrong with it."""
    with closing(stage.histories(programs, rng, terms, watched)) as histories:
        for history in histories:
            if history.ended == "error" and not history.events:
                raise NotMade(history.why)
            fault = terms.judge(history)
            if fault is not None:
                return history, fault
    return None


def each(programs: Sequence[Program], turns: int) -> Iterator[Program]:
    """Each of them so many times in a row."""
    for program in programs:
        yield from (program,) * turns
