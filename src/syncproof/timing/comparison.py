"""Two runs set against each other: what is faster, what is slower, and what is only noise.

A difference is called when it is significant, with all cells of the comparison counted as tries,
and when it is larger than what the runs differ by within themselves. Processes are what is counted:
each gives one value, the median of its slices. On one interpreter that value is a multiple of what
was timed next to each slice (the floor; for what blocks or contends, threading), so that a machine
that was slower the second time does not look like a slower lock; between two interpreters, whose
floors differ, it is a time. Against threading itself, which was timed beside every slice of the
other, the processes are pairs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from syncproof.interpreters import kin, paired
from syncproof.timing.cells import Cell
from syncproof.timing.records import REFERENCE, Process, references
from syncproof.timing.statistics import (
    Interval,
    agreement,
    exact_p,
    holm,
    mann_whitney,
    median,
    ratio_of,
    signed_rank,
    smallest_p,
    whole,
)

#: The chance that we allow of calling anything at all different in two runs of the same thing.
ALPHA = 0.05

TOO_FEW = "it has too few processes for a test of so many cells"


@dataclass(frozen=True)
class Difference:
    """One cell in both runs."""

    name: str
    before: Cell | None
    after: Cell | None
    call: str
    #: After over before: above 1 it has become slower.
    ratio: Interval | None = None
    #: Corrected for the number of cells.
    p: float | None = None
    #: How much the runs differ within themselves, as a part of the value.
    noise: float | None = None
    reason: str = ""
    #: Whether both were timed in the same processes.
    paired: bool = False

    @property
    def change(self) -> float:
        """How much slower, as a part: 0.1 is 10 % slower; 0 where nothing was called."""
        if self.ratio is None or self.call not in ("slower", "faster"):
            return 0.0
        return self.ratio.estimate - 1.0


def compare(before: Sequence[Cell], after: Sequence[Cell]) -> list[Difference]:
    """Every cell of either run, in the order of the first.

    Cells belong together when interpreter, implementation and scenario are the same; an interpreter
    that only one side has is paired with its kin. Where each side has one implementation on one
    interpreter, the scenario is enough.
    """
    pairs = paired({c.interpreter for c in before}, {c.interpreter for c in after})
    left, right = _keyed(before, after, {}), _keyed(after, before, pairs)
    names = [*left, *(k for k in right if k not in left)]
    missing = {n: _missing(left.get(n), right.get(n)) for n in names}
    both = [n for n in names if not missing[n]]
    sides = {n: sampled(left[n], right[n]) for n in both}
    corrected = dict(zip(both, holm([sides[n].p for n in both])))
    noise = {n: _noise(left[n], right[n]) for n in both}
    general = _general({n: left[n].kind for n in both}, noise)
    found = []
    for name in names:
        a, b = left.get(name), right.get(name)
        if missing[name]:
            found.append(Difference(name, a, b, "missing", reason=missing[name]))
            continue
        kind = left[name].kind
        allowed = max(noise[name], general[kind], agreement(kind))
        one = Difference(name, a, b, "alike", noise=allowed, p=corrected[name])
        found.append(_called(one, sides[name], len(both)))
    return found


def _keyed(
    cells: Sequence[Cell], others: Sequence[Cell], pairs: Mapping[str, str]
) -> dict[str, Cell]:
    """By name; with interpreter and implementation in it, unless there is one of each.

    An interpreter is called as the one is that it is set against.
    """
    of = {(c.interpreter, c.implementation) for c in cells}
    others_of = {(c.interpreter, c.implementation) for c in others}
    single = len(of) == 1 and len(others_of) == 1

    def called(interpreter: str) -> str:
        return pairs.get(interpreter, interpreter)

    return {
        c.id if single else " ".join((called(c.interpreter), c.implementation, c.id)): c
        for c in cells
        if not c.is_floor  # the floors are what others are measured by
    }


def _missing(a: Cell | None, b: Cell | None) -> str:
    """Why two cells cannot be compared; empty if they can."""
    for cell, where in ((a, "the first"), (b, "the second")):
        if cell is None:
            return f"it is not in {where}"
        if not cell.comparable:
            return f"in {where} it is {cell.verdict}: {cell.reason}"
    if a is not None and b is not None and a.hash != b.hash:
        return "the scenario has changed between the two: its source differs"
    return ""


def _relative(a: Cell, b: Cell) -> str:
    """What both can be taken as multiples of; empty where they stand for themselves.

    Floors are of use if they are the same for both.
    """
    if kin(a.interpreter) != kin(b.interpreter) or a.unit == "byte":
        return ""
    for reference in references(a.kind):
        there = all(
            len(getattr(p, reference)) == len(p.values) for c in (a, b) for p in c.processes
        )
        if there and (reference == REFERENCE or a.floor == b.floor):
            return reference
    return ""


class Unpaired:
    """What each side has, one value for each of its processes, and no process in common."""

    def __init__(self, before: Sequence[float], after: Sequence[float]) -> None:
        self.before, self.after = before, after
        self.p = mann_whitney(before, after)
        #: The least p that so many processes can have.
        self.least = smallest_p(len(before), len(after))
        self.processes = min(len(before), len(after))

    @property
    def apart(self) -> bool:
        """Whether all of one side are below all of the other."""
        return min(self.before) > max(self.after) or max(self.before) < min(self.after)

    @property
    def ratio(self) -> Interval:
        return _ratio(self.before, self.after)


class Paired:
    """Processes in each of which both sides were timed, slice beside slice: their ratios."""

    def __init__(self, ratios: Sequence[Sequence[float]]) -> None:
        medians = [median(r) for r in whole(ratios)]
        self.medians = medians
        self.p = signed_rank([math.log(m) for m in medians])
        self.least = min(1.0, 2.0 ** (1 - len(medians)))
        self.processes = len(medians)
        self.ratio = ratio_of(ratios)

    @property
    def apart(self) -> bool:
        """Whether one side was the faster in every process."""
        return min(self.medians) > 1 or max(self.medians) < 1


def sampled(a: Cell, b: Cell) -> Unpaired | Paired:
    """What is compared: pairs, where one side is threading and the other has it beside."""
    if kin(a.interpreter) == kin(b.interpreter) and a.unit == b.unit == "second":
        for cell, other, direct in ((b, a, True), (a, b, False)):
            if other.implementation == REFERENCE != cell.implementation and all(
                len(p.threading) == len(p.values) for p in cell.processes
            ):
                return Paired([
                    [v / t if direct else t / v for v, t in zip(p.values, p.threading)]
                    for p in cell.processes
                ])
    relative = _relative(a, b)
    return Unpaired(_values(a, relative), _values(b, relative))


def _values(cell: Cell, relative: str) -> list[float]:
    """One value of each process that was not cut short."""
    return [median(slices) for slices in whole([_slices(p, relative) for p in cell.processes])]


def _slices(process: Process, relative: str) -> list[float]:
    if not relative:
        return process.values
    return [v / r for v, r in zip(process.values, getattr(process, relative))]


def _noise(a: Cell, b: Cell) -> float:
    """What one of the two differs by within itself: the greater of the two."""
    return max(a.repeats_within or 0.0, b.repeats_within or 0.0)


def _general(kinds: Mapping[str, str], noise: Mapping[str, float]) -> dict[str, float]:
    """What cells of a kind differ by within themselves: half of them by less.

    The halves of one cell may agree by luck; those of all of its kind do not.
    """
    of: dict[str, list[float]] = {}
    for name, value in noise.items():
        of.setdefault(kinds[name], []).append(value)
    return {kind: median(values) for kind, values in of.items()}


def _called(one: Difference, sides: Unpaired | Paired, tries: int) -> Difference:
    """The same with its call, which is ``alike`` until there is reason to say otherwise."""
    call, reason, ratio = one.call, "", sides.ratio
    assert one.before is not None
    assert one.after is not None
    if one.before.kind == "memory":  # no chance in it
        significant = ratio.estimate != 1.0
    elif sides.least * tries <= ALPHA:
        significant = (one.p or 0.0) <= ALPHA
    else:
        # so few processes can never reach the level: what is left is whether they are apart at all
        significant = sides.apart
        reason = TOO_FEW
        stable = one.before.verdict == one.after.verdict == "stable"
        if sides.processes < 3 or (significant and not stable):
            call, significant = "unclear", False
    noise = one.noise or 0.0
    if significant and max(ratio.estimate, 1 / ratio.estimate) - 1.0 > noise:
        call = "slower" if ratio.estimate > 1 else "faster"
    elif significant:
        reason = f"no more than the runs differ by within themselves ({noise:.0%})"
    paired = isinstance(sides, Paired)
    return replace(one, call=call, ratio=ratio, reason=reason, paired=paired)


def _ratio(before: Sequence[float], after: Sequence[float]) -> Interval:
    """Of the medians, with bounds from the ratios of each process of one to each of the other.

    The bounds leave out as many of the smallest and greatest ratios as the rank sum test allows.
    """
    ratios = sorted(y / x for x in before for y in after)
    outside = _outside(len(before), len(after))
    estimate = median(after) / median(before)
    low, high = ratios[outside], ratios[len(ratios) - 1 - outside]
    return Interval(estimate, min(low, estimate), max(high, estimate), len(before) + len(after))


def _outside(n: int, m: int) -> int:
    """How many ratios lie outside an interval of 95 %, on each side."""
    k = 0
    while k < n * m // 2 and exact_p(k, n, m) <= ALPHA:
        k += 1
    return max(0, k - 1) if k else 0
