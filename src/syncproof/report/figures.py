"""What the benchmarks have found: one figure for each cell, in ns an operation."""

from __future__ import annotations

from collections.abc import Mapping

from syncproof.report.gather import Timing
from syncproof.report.model import WHOLE, Figure, Key, Ratio, Sample, Subject
from syncproof.report.plain import plain
from syncproof.timing.records import REFERENCE
from syncproof.timing.statistics import Interval, median, ratio_of
from syncproof.timing.store import Cell
from syncproof.vocabulary import PRIMITIVES


def rounded(value: float) -> float:
    """With three digits: more than a figure deserves, and the same everywhere."""
    return float(f"{value:.3g}")


def rounded_ratio(interval: Interval | None) -> Ratio | None:
    if interval is None:
        return None
    return Ratio(*(rounded(v) for v in (interval.estimate, interval.low, interval.high)))


def size_of(cell: Cell) -> float:
    """What its figures are multiplied by to be shown: seconds become ns, bytes stay bytes."""
    return 1.0 if cell.unit == "byte" else 1e9


def figures(
    timings: Mapping[Key, Timing],
    subjects: Mapping[Key, Subject],
    breaks: Mapping[tuple[str, str, str], int],
) -> list[Figure]:
    """Of all that was timed; ``breaks`` says how many clauses a primitive of a subject breaks."""
    found = [
        _figure(cell, subjects[key])
        for key in subjects
        if key in timings
        for cell in timings[key].cells
    ]
    for figure in found:
        figure.breaks = breaks.get((*figure.subject.key, figure.primitive))
    places = {name: n for n, name in enumerate([*PRIMITIVES, WHOLE, ""])}
    scenarios = {name: n for n, name in enumerate(dict.fromkeys(f.id for f in found))}
    found.sort(key=lambda f: (places[f.primitive], scenarios[f.id]))
    return found


def _figure(cell: Cell, subject: Subject) -> Figure:
    figure = Figure(
        subject=subject,
        id=plain(cell.id, 200),
        scenario=plain(cell.scenario, 200),
        primitive=cell.primitive or ("" if cell.is_floor else WHOLE),
        parameters={plain(k, 40): v for k, v in cell.parameters.items()},
        kind=cell.kind,
        operation=plain(cell.operation),
        reading=plain(cell.reading),
        verdict=cell.verdict,
        reason=plain(cell.reason.split("\n")[0], 300),
        floor_is=plain(cell.floor, 100),
        model=plain(cell.model, 40),
        unit="B" if cell.unit == "byte" else "ns",
        growth=plain(cell.growth, 40),
    )
    if not cell.timed:
        return figure
    size = size_of(cell)
    own = [p.values for p in cell.processes]
    spread = ratio_of(own)
    figure.median, figure.low, figure.high = (
        rounded(v * size) for v in (spread.estimate, spread.low, spread.high)
    )
    if cell.kind != "window":  # its least is when it was least contended
        figure.best = rounded(min(cell.values) * size)
    figure.p10 = _maybe(cell.percentile(0.1), size)
    figure.p90 = _maybe(cell.percentile(0.9), size)
    floors = [v for p in cell.processes for v in p.floor]
    if floors:
        figure.floor = rounded(median(floors) * size)
    figure.to_threading = rounded_ratio(cell.to_threading)
    if subject.implementation == REFERENCE and figure.primitive:
        figure.to_threading = figure.to_threading or Ratio(1.0, 1.0, 1.0)  # its own measure
    figure.to_floor = rounded_ratio(cell.to_floor)
    figure.overlap = _maybe(cell.overlap)
    figure.jain = _maybe(cell.jain)
    figure.most_to_least = _maybe(cell.most_to_least)
    figure.starved = _maybe(cell.starved, 1e9)
    figure.latencies = _latencies(cell)
    figure.processes, figure.slices = len(cell.processes), len(cell.values)
    figure.samples = _samples(cell, size)
    return figure


def _ns(seconds: float) -> float:
    return rounded(seconds * 1e9)


def _maybe(value: float | None, size: float = 1.0) -> float | None:
    return None if value is None else rounded(value * size)


#: The parts of all events whose latencies are shown; those with too few events beyond are not.
PARTS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


def _latencies(cell: Cell) -> list[tuple[float, float]]:
    """Parts of all events and within how many ns they were done, up to the longest of all."""
    longest = cell.longest
    if longest is None:
        return []
    found = [(part, cell.latency(part)) for part in PARTS]
    return [*((part, _ns(at)) for part, at in found if at is not None), (1.0, _ns(longest))]


def _samples(cell: Cell, size: float) -> list[Sample]:
    found = []
    for process in cell.processes:
        count = len(process.values)
        beside = [
            slices if len(slices) == count else [0.0] * count
            for slices in (process.threading, process.floor)
        ]
        found += [Sample(*(rounded(v * size) for v in row)) for row in zip(process.values, *beside)]
    return found
