"""What a sampler hands over: the slices of each case, or why there are none."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from syncproof.sandbox.inspection import Target
from syncproof.timing.scenarios import Case
from syncproof.timing.statistics import (
    REPEATS,
    SPREAD,
    agreement,
    disagreement,
    halves,
    median,
    ratio_of,
    two_runs_apart,
    whole,
)

#: What can be said of a case. Only the first two are figures that can be used.
VERDICTS = ("stable", "noisy", "invalid", "incorrect", "stuck", "unavailable")

#: What everything is set against: the documentation under test is this module's.
REFERENCE = "threading"

#: Below this overlap, threads that were to contend took turns: the figure is of something else.
OVERLAP = 0.5


@dataclass
class Process:
    """The slices that one worker process took of one case, side by side with the references."""

    number: int
    values: list[float] = field(default_factory=list)
    #: Of the same turns; as long as ``values``, or empty where there is no reference.
    threading: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    counts: list[Sequence[int]] = field(default_factory=list)
    #: The longest time without a finished batch of one thread, for each window.
    gaps: list[float] = field(default_factory=list)
    #: How long single events took: see :mod:`.histogram`.
    latencies: Counter[int] = field(default_factory=Counter)
    loops: int = 1
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class Record:
    """Everything about one case on one implementation."""

    case: Case
    processes: list[Process] = field(default_factory=list)
    #: Verdict and reason of a case without a figure.
    lost: tuple[str, str] | None = None
    #: What kept it from being timed in some round; of no account once it has been.
    trouble: str = ""

    def judge(self) -> tuple[str, str]:
        """The verdict, and the reason where it is no good one."""
        if self.lost is not None:
            return self.lost
        used = [p for p in self.processes if p.values]
        if not used:
            return "unavailable", self.trouble or "no time was left for it in the budget"
        overlaps = [o for p in used for o in p.overlaps]
        if overlaps and median(overlaps) < OVERLAP:
            return "invalid", f"its threads were all at work {median(overlaps):.0%} of the time"
        if self.case.scenario.kind == "memory":
            return "stable", ""  # what is made is of one size
        kind = self.case.scenario.kind
        slices = whole([normalised(p, kind) for p in used])
        apart = disagreement(halves(slices))
        if apart is None:
            return "noisy", "one slice says nothing about how well it repeats"
        if kind != "hot":
            if apart > REPEATS:
                return "invalid", f"the halves of the run are {apart:.0%} apart: it does not repeat"
            chance = two_runs_apart(slices)
            if chance > REPEATS:
                return "invalid", f"its processes differ: another run may be {chance:.0%} apart"
        if apart > agreement(kind):
            return "noisy", f"the halves of the run are {apart:.0%} apart"
        bounds = ratio_of(slices)
        wide = bounds.high / bounds.low - 1.0
        if bounds.processes > 1 and wide > SPREAD:
            return "noisy", f"its processes differ: the bounds are {wide:.0%} apart"
        return "stable", ""


@dataclass
class Session:
    """One implementation on one interpreter in one run: its records, and how they were taken."""

    target: Target
    records: list[Record]
    interpreter: dict[str, Any] = field(default_factory=dict)
    sampler: str = "interleaved"
    seed: int = 0
    complete: bool = True
    started: str = ""
    seconds: float = 0.0
    loads: list[float] = field(default_factory=list)
    #: What the machine is and was doing meanwhile: see :mod:`.machine`.
    machine: dict[str, Any] = field(default_factory=dict)


def references(kind: str) -> tuple[str, ...]:
    """What slices of a kind are set against, the better one first.

    What blocks or contends is slow and quick for other reasons than a call is: it is set against
    threading doing the same, and where there is no threading beside it, as for threading itself,
    against the floor of its kind.
    """
    return ("floor",) if kind == "hot" else ("threading", "floor")


def normalised(process: Process, kind: str) -> list[float]:
    """Slices as multiples of a reference beside them: what is left when the machine is slow."""
    for reference in references(kind):
        beside = getattr(process, reference)
        if beside and len(beside) == len(process.values):
            return [v / b for v, b in zip(process.values, beside)]
    return list(process.values)


def load_average() -> float:
    """Of the last minute; 0 where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
