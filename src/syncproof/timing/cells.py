"""One figure, with all that can be said of it: what a reader of files has in hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncproof.timing import histogram
from syncproof.timing.records import OVERLAP, Process, normalised, references
from syncproof.timing.statistics import (
    Interval,
    disagreement,
    halves,
    jain,
    median,
    quantile,
    ratio_of,
    whole,
    widened,
)


@dataclass(frozen=True)
class Cell:
    """One scenario on one primitive of one implementation on one interpreter, with its figures.

    Times are in seconds an operation. A cell without a figure has no ``processes``, and says why in
    ``verdict`` and ``reason``.
    """

    interpreter: str
    implementation: str
    version: str
    #: The whole name, parameters included: ``throughput.lock.threads=2``.
    id: str
    scenario: str
    primitive: str
    parameters: Mapping[str, Any]
    kind: str
    operation: str
    reading: str
    hash: str
    verdict: str
    reason: str = ""
    #: Whether its interpreter is a build that can do without the GIL.
    free_threaded: bool = False
    gil_enabled: bool | None = None
    #: The extensions that switched it on, on a free-threaded build.
    gil_enabled_by: tuple[str, ...] = ()
    switch_interval: float | None = None
    sampler: str = ""
    #: What the floor beside it is: the same scenario, or one C call where that is impossible.
    floor: str = ""
    #: Of the execution model: thread, process, asyncio, gevent ...
    model: str = "thread"
    #: Of its figures: second or byte.
    unit: str = "second"
    #: The parameter over which its growth is fitted; none if empty.
    growth: str = ""
    #: Whether the clauses of that primitive hold: kept, broken or unchecked.
    conformance: str = ""
    processes: tuple[Process, ...] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.interpreter, self.implementation, self.id

    @property
    def is_floor(self) -> bool:
        """Whether it is what others are measured by."""
        return self.id.startswith("floor.")

    @property
    def timed(self) -> bool:
        """Whether there is a figure at all, be it ``invalid``."""
        return bool(self.processes)

    @property
    def usable(self) -> bool:
        return self.timed and self.verdict in ("stable", "noisy")

    @property
    def comparable(self) -> bool:
        """Whether its figure is of what it says, though it may not repeat.

        Who compares counts in how far its halves are apart; what moves by more has moved.
        """
        together = self.overlap is None or self.overlap >= OVERLAP
        return self.usable or (self.timed and self.verdict == "invalid" and together)

    @property
    def values(self) -> list[float]:
        return [v for p in self.processes for v in p.values]

    @property
    def best(self) -> float | None:
        """The shortest slice: what it costs when nobody else is busy. Not for contended cells."""
        return min(self.values, default=None)

    @property
    def median(self) -> float | None:
        return median(self.values) if self.timed else None

    def percentile(self, q: float) -> float | None:
        """For contended cells, with q of 0.1, 0.5 and 0.9."""
        return quantile(self.values, q) if self.timed else None

    @property
    def to_threading(self) -> Interval | None:
        """How many times as long as threading's takes, side by side; None for threading itself."""
        return _paired(self.processes, "threading")

    @property
    def to_floor(self) -> Interval | None:
        """How many times as long as the floor beside it."""
        return _paired(self.processes, "floor")

    @property
    def relative(self) -> Interval | None:
        """The one of both that a figure of its kind is judged by; None where neither is there."""
        found = (_paired(self.processes, reference) for reference in references(self.kind))
        return next((ratio for ratio in found if ratio is not None), None)

    @property
    def overlap(self) -> float | None:
        """The part of the windows in which all threads were at work; None for a single thread."""
        found = [o for p in self.processes for o in p.overlaps]
        return median(found) if found else None

    def latency(self, q: float) -> float | None:
        """How long single events take at most, in q of all cases; None if too few were seen."""
        return histogram.percentile(self._latencies, q)

    @property
    def longest(self) -> float | None:
        """The longest single event."""
        return histogram.greatest(self._latencies)

    @property
    def _latencies(self) -> Counter[int]:
        return sum((p.latencies for p in self.processes), Counter())

    @property
    def fair_windows(self) -> list[Sequence[int]]:
        """The counts of each actor, of the windows in which all were at work."""
        return [
            counts
            for p in self.processes
            for counts, overlap in zip(p.counts, p.overlaps)
            if len(counts) > 1 and any(counts) and overlap >= OVERLAP
        ]

    @property
    def jain(self) -> float | None:
        """Jain's index of the median window: 1 where all had the same, 1/n where one had all."""
        found = [jain(counts) for counts in self.fair_windows]
        return median(found) if found else None

    @property
    def most_to_least(self) -> float | None:
        """How many times as much the busiest had as the least busy, in the median window."""
        found = [max(c) / max(1, min(c)) for c in self.fair_windows]
        return median(found) if found else None

    @property
    def starved(self) -> float | None:
        """The longest time, in seconds, in which one of them had nothing: of the worst window."""
        return max((g for p in self.processes for g in p.gaps), default=None)

    @property
    def repeats_within(self) -> float | None:
        """How far the headline of the first half of the run is from that of the second half."""
        return disagreement(halves(whole([normalised(p, self.kind) for p in self.processes])))


def _paired(processes: Sequence[Process], reference: str) -> Interval | None:
    ratios = []
    for process in processes:
        beside = getattr(process, reference)
        if beside and len(beside) == len(process.values):
            ratios.append([v / b for v, b in zip(process.values, beside)])
    return widened(ratio_of(ratios), halves(whole(ratios))) if ratios else None
