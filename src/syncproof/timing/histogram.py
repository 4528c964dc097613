"""How long single events took, many of them, in little space: counts in steps of five per cent."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

#: Each step is so many times the one before: a percentile is right within half of that.
STEP = 1.05

#: So many events there must be beyond a percentile: the 99th takes 200 of them.
BEYOND = 2

Histogram = Mapping[int, int]


def counted(values: Iterable[float]) -> Counter[int]:
    """How many values, in seconds, fall into each step."""
    return Counter(round(math.log(max(v, 1e-12)) / math.log(STEP)) for v in values)


def percentile(histogram: Histogram, q: float) -> float | None:
    """In seconds; None where there are too few events to say."""
    total = sum(histogram.values())
    if total * (1 - q) < BEYOND:
        return None
    below = 0
    for step in sorted(histogram):
        below += histogram[step]
        if below >= q * total:
            return float(STEP**step)
    return None


def greatest(histogram: Histogram) -> float | None:
    """The longest one, in seconds."""
    return float(STEP ** max(histogram)) if histogram else None


def dumped(histogram: Histogram) -> str:
    """As text: ``-210:5,-209:8``."""
    return ",".join(f"{step}:{count}" for step, count in sorted(histogram.items()))


def loaded(text: str) -> Counter[int]:
    pairs = (pair.split(":") for pair in text.split(",") if pair)
    return Counter({int(step): int(count) for step, count in pairs})
