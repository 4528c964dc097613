"""What can be said of slices on a noisy machine, without assuming that anything is normal.

Slices of one process resemble each other more than slices of two processes do: so intervals and
tests count processes, and only the headline, a median, counts slices.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median, stdev

#: Between the halves of a run the headline may move so far before it is called noisy.
AGREEMENT = 0.05
#: The same for threads that block or contend, which repeat less well.
AGREEMENT_BLOCKING = 0.10
#: Two runs are to agree so closely on what blocks or contends. Where the halves of one are further
#: apart, or its processes differ so much that the next may well be, its figure is not valid.
REPEATS = 0.20

#: The bounds may be so far apart, as a part of the lower one, before it is called noisy: a median
#: of two kinds of processes may well be the same in both halves of a run, and another in the next.
SPREAD = 0.20

CONFIDENCE = 0.95

__all__ = [
    "Interval",
    "agreement",
    "disagreement",
    "exact_p",
    "halves",
    "holm",
    "jain",
    "mann_whitney",
    "median",
    "quantile",
    "ratio_of",
    "signed_rank",
    "smallest_p",
    "two_runs_apart",
    "whole",
    "widened",
]


def agreement(kind: str) -> float:
    """How far two halves, or two runs of the same, may be apart without meaning anything."""
    return AGREEMENT if kind in ("hot", "memory") else AGREEMENT_BLOCKING


@dataclass(frozen=True)
class Interval:
    """An estimate, and between what bounds it lies; ``processes`` says from how many it is."""

    estimate: float
    low: float
    high: float
    processes: int

    @property
    def confidence(self) -> float:
        """How sure the bounds are: the extremes of few processes are less sure than 95 %."""
        return 1.0 - 2.0 ** (1 - self.processes) if self.processes < 6 else CONFIDENCE


def ratio_of(paired: Sequence[Sequence[float]]) -> Interval:
    """The median of all ratios, with an interval from the medians of the processes.

    The bounds are order statistics: of up to five processes the smallest and the greatest, of more
    those that hold the median with 95 % whatever the distribution. One process alone says
    nothing about others; its bounds are those of its slices, which are too narrow.
    """
    estimate = median([r for ratios in paired for r in ratios])
    paired = whole(paired)
    medians = sorted(median(r) for r in paired) if len(paired) > 1 else sorted(paired[0])
    low, high = _bounds(medians)
    return Interval(estimate, min(low, estimate), max(high, estimate), len(paired))


def widened(interval: Interval, halves_: tuple[float, float] | None) -> Interval:
    """With what the run differs by within itself: by as much as each half is from their middle.

    Another run differs from this one by what its processes have in common, of which order
    statistics know nothing.
    """
    if halves_ is None:
        return interval
    apart = math.sqrt(max(halves_) / min(halves_))
    return replace(interval, low=interval.low / apart, high=interval.high * apart)


def whole(processes: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """Without the processes that were cut short: half as many values as usual say too little."""
    usual = median([len(p) for p in processes if p]) if any(processes) else 0
    return [p for p in processes if p and len(p) * 2 >= usual]


def _bounds(ordered: Sequence[float]) -> tuple[float, float]:
    n = len(ordered)
    if n > 200:  # slices of one process, where the normal approximation is as good
        k = int(n / 2 - 0.98 * math.sqrt(n))
        return ordered[k], ordered[n - 1 - k]
    below, k = 0.5**n, 0  # chance that the median lies below the k-th smallest
    while k < n // 2 and below + math.comb(n, k + 1) * 0.5**n <= (1 - CONFIDENCE) / 2:
        k += 1
        below += math.comb(n, k) * 0.5**n
    return ordered[k], ordered[n - 1 - k]


def jain(shares: Sequence[float]) -> float:
    """Jain's index of fairness: 1 where all have the same, 1/n where one of n has all."""
    return sum(shares) ** 2 / (len(shares) * sum(s * s for s in shares))


def quantile(values: Sequence[float], q: float) -> float:
    """Linear between the two nearest order statistics."""
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def halves(processes: Sequence[Sequence[float]]) -> tuple[float, float] | None:
    """The medians of the first and of the second half of a run; None when there is one value."""
    processes = [p for p in processes if p]
    if len(processes) > 1:
        middle = len(processes) // 2
        first = [v for p in processes[:middle] for v in p]
        second = [v for p in processes[middle:] for v in p]
    else:
        values = processes[0] if processes else []
        first, second = list(values[: len(values) // 2]), list(values[len(values) // 2 :])
    return (median(first), median(second)) if first and second else None


def disagreement(pair: tuple[float, float] | None) -> float | None:
    """How far two medians are apart, as a part of the smaller one."""
    return max(pair) / min(pair) - 1.0 if pair else None


def two_runs_apart(processes: Sequence[Sequence[float]]) -> float:
    """How far another run like this one will be from it at most, in 95 of 100.

    That is what the processes of this one tell, by the standard error of a median of so many: as a
    part of the smaller figure. A single process tells nothing.
    """
    logs = [math.log(median(p)) for p in processes]
    if len(logs) < 2:
        return 0.0
    # the median of two is their mean; that of many varies more than their mean does
    factor = math.sqrt(math.pi / 2) if len(logs) > 2 else 1.0
    error = factor * stdev(logs) / math.sqrt(len(logs))
    return math.expm1(min(50.0, 1.96 * math.sqrt(2) * error))


def mann_whitney(a: Sequence[float], b: Sequence[float]) -> float:
    """Two-sided p of the rank sum test: exact without ties in small samples, else normal."""
    n, m = len(a), len(b)
    if not n or not m:
        return 1.0
    u = sum((x > y) + 0.5 * (x == y) for x in a for y in b)
    distinct = len({*a, *b}) == n + m
    if distinct and n * m <= 400:
        return exact_p(int(min(u, n * m - u)), n, m)
    return _normal_p(u, a, b)


def exact_p(u: int, n: int, m: int) -> float:
    """The chance of a rank sum at least as extreme as ``u`` when both samples are alike."""
    tail = sum(_arrangements(k, n, m) for k in range(u + 1))
    return min(1.0, 2 * tail / math.comb(n + m, n))


@functools.cache
def _arrangements(u: int, n: int, m: int) -> int:
    """In how many orders of n and m values exactly u pairs are inverted."""
    if u < 0:
        return 0
    if n == 0 or m == 0:
        return int(u == 0)
    return _arrangements(u - m, n - 1, m) + _arrangements(u, n, m - 1)


def _normal_p(u: float, a: Sequence[float], b: Sequence[float]) -> float:
    n, m = len(a), len(b)
    total = n + m
    together = sorted([*a, *b])
    ties = [together.count(v) for v in dict.fromkeys(together)]
    spread = n * m / 12 * (total + 1 - sum(t**3 - t for t in ties) / (total * (total - 1)))
    if spread <= 0:
        return 1.0
    z = max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(spread)
    return math.erfc(z / math.sqrt(2))


def signed_rank(differences: Sequence[float]) -> float:
    """Two-sided p of Wilcoxon's test that paired values differ: exact, ties shared out evenly.

    ``differences`` are of pairs, and symmetric around nothing if the two are alike (logarithms of
    ratios). Those of nothing at all count for neither side.
    """
    kept = sorted((d for d in differences if d), key=abs)
    if not kept:
        return 1.0
    ranks = _shared_ranks([abs(d) for d in kept])
    # twice the ranks are whole numbers, ties or not: how many signs give each sum of them
    ways: dict[int, int] = {0: 1}
    for rank in ranks:
        step = round(2 * rank)
        ways = {
            total: ways.get(total, 0) + ways.get(total - step, 0)
            for total in {*ways, *(t + step for t in ways)}
        }
    positive = round(2 * sum(rank for rank, d in zip(ranks, kept) if d > 0))
    below = min(positive, round(2 * sum(ranks)) - positive)
    tail = sum(count for total, count in ways.items() if total <= below)
    return min(1.0, 2 * tail / 2.0 ** len(kept))


def _shared_ranks(ordered: Sequence[float]) -> list[float]:
    found: list[float] = []
    for value in dict.fromkeys(ordered):
        count, before = ordered.count(value), len(found)
        found += [before + (count + 1) / 2] * count
    return found


def smallest_p(n: int, m: int) -> float:
    """The least p that samples of these sizes can have: nothing below it can be asked of them."""
    return min(1.0, 2 / math.comb(n + m, n)) if n and m else 1.0


def holm(ps: Sequence[float]) -> list[float]:
    """The same p corrected for having looked so many times."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    corrected = [1.0] * len(ps)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, ps[i] * (len(ps) - rank)))
        corrected[i] = highest
    return corrected
