"""Several runs of the same: what they found, one after another, and what has changed between them.

A *line* is one implementation on one interpreter, told apart down to its minor version, on one
machine: 3.13.1 goes on where 3.13.0 ended, another machine never does. Times are compared as
multiples of what was timed beside them, so that a slow day is no step; and only while the scenario
is the same code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncproof.interpreters import kin
from syncproof.report.figures import rounded, rounded_ratio, size_of
from syncproof.report.gather import Checked, Gathered, Timing, started
from syncproof.report.model import Ratio
from syncproof.results import VERDICTS
from syncproof.timing.statistics import agreement
from syncproof.timing.store import Cell

#: Older runs than so many are left out of a page.
MOST_RUNS = 12

#: An interpreter on a machine, and an implementation.
Line = tuple[str, str]


@dataclass(frozen=True)
class Point:
    """One cell of the benchmarks in one run."""

    hash: str
    kind: str
    verdict: str
    #: In ns, or in bytes.
    median: float
    #: Beside the floor or beside threading: whichever a figure of its kind repeats best by. None
    #: where it cannot be compared.
    ratio: Ratio | None


@dataclass
class Past:
    """What one run found of one line."""

    run: int
    line: Line
    version: str = ""
    #: What each clause of each primitive came to.
    verdicts: dict[tuple[str, str], str] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A folder with check/ and bench/ in it, and the day of the latest thing in it."""

    name: str
    date: str
    machine: str = ""


@dataclass(frozen=True)
class Change:
    """A clause that came to something else than in the run before."""

    line: Line
    primitive: str
    clause: str
    was: str
    now: str

    @property
    def worse(self) -> bool:
        return VERDICTS.index(self.now) > VERDICTS.index(self.was)


@dataclass(frozen=True)
class Shift:
    """A figure that has moved by more than its bounds, and by more than runs differ by."""

    line: Line
    cell: str
    was: Point
    now: Point

    @property
    def factor(self) -> float:
        """How many times as long it takes now."""
        assert self.was.ratio is not None
        assert self.now.ratio is not None
        return rounded(self.now.ratio.estimate / self.was.ratio.estimate)


@dataclass
class History:
    """The runs, the oldest first, and what each found; empty where there is only one of each."""

    runs: list[Run] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    left_out: int = 0

    def newly_broken(self, line: Line, primitive: str, clauses: Iterable[str]) -> bool:
        """Whether one of these clauses was not broken in the run before."""
        wanted = set(clauses)
        return any(
            c.line == line and c.primitive == primitive and c.clause in wanted
            and c.now == "broken" for c in self.changes
        )


def line_of(one: Checked | Timing) -> Line:
    """The line that a result belongs to."""
    name, about = kin(one.folder), one.interpreter
    where = one.source.machine or f"{about.get('machine') or ''} {about.get('cpus') or ''}".strip()
    return f"{name}, {where}" if where else name, one.implementation


def history(gathered: Gathered) -> History:
    """What was found run by run, where there are two runs of anything."""
    folders: dict[Path, list[Checked | Timing]] = {}
    for one in gathered.every:
        if one.source.run is not None:
            folders.setdefault(one.source.run, []).append(one)
    seen = Counter(line for of in folders.values() for line in {line_of(one) for one in of})
    if not any(count > 1 for count in seen.values()):
        return History()
    dated = sorted((started([r.started for r in of]), str(f), f) for f, of in folders.items())
    left_out = max(0, len(dated) - MOST_RUNS)
    found = History(left_out=left_out)
    for date, _, folder in dated[left_out:]:
        of = folders[folder]
        found.runs.append(Run(folder.resolve().name, date, of[0].source.machine))
        found.past += _past(len(found.runs) - 1, of)
    by_line: dict[Line, list[Past]] = {}
    for past in found.past:
        by_line.setdefault(past.line, []).append(past)
    for pasts in by_line.values():
        found.changes += _changes(pasts)
        found.shifts += _shifts(pasts)
    found.changes.sort(key=lambda c: (c.now != "broken", not c.worse))
    found.shifts.sort(key=lambda s: -s.factor)
    return found


def _past(run: int, of: Sequence[Checked | Timing]) -> list[Past]:
    found: dict[Line, Past] = {}
    for one in sorted(of, key=lambda r: r.started):
        line = line_of(one)
        past = found.setdefault(line, Past(run, line))
        past.version = one.version or past.version
        if isinstance(one, Checked):
            past.verdicts.update(one.verdicts())
        else:
            past.points.update({
                c.id: _point(c) for c in one.cells if c.timed and c.primitive
            })
    return list(found.values())


def _point(cell: Cell) -> Point:
    return Point(
        cell.hash, cell.kind, cell.verdict, rounded((cell.median or 0.0) * size_of(cell)),
        rounded_ratio(cell.relative) if cell.comparable else None,
    )


def _changes(pasts: Sequence[Past]) -> list[Change]:
    """Between the last two runs that checked a primitive."""
    found = []
    primitives = dict.fromkeys(primitive for past in pasts for primitive, _ in past.verdicts)
    for primitive in primitives:
        checked = [p for p in pasts if any(of == primitive for of, _ in p.verdicts)]
        if len(checked) < 2:
            continue
        before, after = checked[-2].verdicts, checked[-1].verdicts
        found += [
            Change(pasts[0].line, primitive, key[1], before[key], now)
            for key, now in after.items()
            if key[0] == primitive and key in before and before[key] != now
            and "skipped" not in (before[key], now)
        ]
    return found


def _shifts(pasts: Sequence[Past]) -> list[Shift]:
    """Between the last two runs that timed a cell."""
    found = []
    for cell in dict.fromkeys(name for past in pasts for name in past.points):
        points = [p.points[cell] for p in pasts if cell in p.points]
        if len(points) > 1 and apart(points[-2], points[-1]):
            found.append(Shift(pasts[0].line, cell, points[-2], points[-1]))
    return found


def apart(before: Point, after: Point) -> bool:
    """Whether a figure has moved: its bounds are apart, by more than two runs of it differ by."""
    if before.ratio is None or after.ratio is None or before.hash != after.hash:
        return False
    factor = after.ratio.estimate / before.ratio.estimate
    disjoint = after.ratio.low > before.ratio.high or after.ratio.high < before.ratio.low
    return disjoint and max(factor, 1 / factor) > 1 + agreement(before.kind)
