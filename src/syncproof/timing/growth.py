"""How a figure grows with a parameter: twice as many waiters, twice the time, or four times?

The exponent is the slope of a line through the logarithms, by Theil and Sen: the median of the
slopes between all pairs of values, which one wild figure does not move.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncproof.timing.cells import Cell
from syncproof.timing.statistics import median


@dataclass(frozen=True)
class Growth:
    """The figures of one scenario over the values of one parameter."""

    #: ``notify_all.condition``, with the other parameters if there are any.
    name: str
    implementation: str
    interpreter: str
    parameter: str
    #: The figure in seconds for each value.
    figures: Mapping[int, float]
    exponent: float
    #: The least and the greatest exponent of any process that has enough of the values.
    low: float
    high: float


def growths(cells: Sequence[Cell]) -> list[Growth]:
    """Of every scenario that names the parameter it grows with, and has three values or more."""
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        if cell.growth and cell.comparable:
            others = [f"{k}={v}" for k, v in cell.parameters.items() if k != cell.growth]
            name = ".".join([cell.scenario, cell.primitive, *others])
            groups.setdefault((name, cell.implementation, cell.interpreter), []).append(cell)
    found = []
    for (name, implementation, interpreter), own in groups.items():
        parameter = own[0].growth
        figures = {int(c.parameters[parameter]): c.median or 0.0 for c in own}
        if len(figures) < 3:
            continue
        exponents = [exponent(of) for of in _by_process(own, parameter) if len(of) >= 3]
        whole = exponent(figures)
        bounds = [whole, *exponents]
        found.append(
            Growth(
                name, implementation, interpreter, parameter, figures, whole,
                min(bounds), max(bounds),
            )
        )
    return found


def exponent(figures: Mapping[int, float]) -> float:
    """The k of a figure that is proportional to the k-th power of the parameter."""
    points = [(math.log(n), math.log(v)) for n, v in figures.items()]
    return median(
        [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.combinations(points, 2)]
    )


def _by_process(cells: Sequence[Cell], parameter: str) -> list[dict[int, float]]:
    found: dict[int, dict[int, float]] = {}
    for cell in cells:
        for process in cell.processes:
            of = found.setdefault(process.number, {})
            of[int(cell.parameters[parameter])] = median(process.values)
    return list(found.values())
