"""What a search has found, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass

from syncproof.history.oracle import Fault
from syncproof.history.program import LETTERS, Program
from syncproof.history.record import History


@dataclass(frozen=True)
class Found:
    """The fault, and the smallest program that has shown it."""

    fault: Fault
    history: History
    #: The program that failed first, and how many had been run by then.
    drawn: Program
    runs: int
    seed: int

    @property
    def program(self) -> Program:
        return self.history.program

    @property
    def trace(self) -> list[tuple[str, str]]:
        """The record as it is told: who, and what; the fault comes last."""
        steps = [
            (LETTERS[event.actor], str(event).partition(" " if not event.returned else ": ")[2])
            for event in self.history.events[: self.fault.event + 1]
        ]
        return [("", str(self.program)), *steps, ("", self.fault.line)]

    @property
    def lines(self) -> list[str]:
        """What it is, for people: the oracle's line first."""
        more = "" if self.drawn == self.program else f", at first in {self.drawn}"
        return [
            self.fault.line,
            f"program {self.program}",
            f"on real threads, in run {self.runs} of seed {self.seed}{more}; it may not repeat",
        ]

    def __str__(self) -> str:
        return "; ".join(self.lines)
