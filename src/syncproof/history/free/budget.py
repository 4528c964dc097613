"""How far a search goes: in programs and runs, and by the clock where each run takes long."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from syncproof.history.program import Program

#: For each depth: programs that are drawn for one primitive.
PROGRAMS = {"quick": 0, "default": 120, "thorough": 3000}
#: For each depth: runs of smaller programs when one has failed.
SHRINKING = {"quick": 0, "default": 1200, "thorough": 20_000}
#: For each depth: seconds after which no more is begun, for what is slow by itself.
SECONDS = {"quick": 0.0, "default": 5.0, "thorough": 180.0}


class Clock:
    """It ends what comes one by one when so many seconds have passed."""

    def __init__(self, seconds: float) -> None:
        self.end = perf_counter() + seconds

    @property
    def passed(self) -> bool:
        return perf_counter() > self.end

    def until(self, programs: Iterator[Program]) -> Iterator[Program]:
        for program in programs:
            if self.passed:
                return
            yield program
