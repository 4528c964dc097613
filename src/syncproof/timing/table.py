"""Figures as plain text, for a terminal. Tables to publish are made at the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from syncproof.gil import by
from syncproof.timing.cells import Cell
from syncproof.timing.growth import growths
from syncproof.timing.statistics import Interval

#: A unit of speed, but nothing that what blocks or contends could be set against.
A_CALL = "a call"

#: What is shown of each kind beside the name of the cell: head and column.
Column = tuple[str, Callable[[Cell], str]]


def lines(cells: Sequence[Cell]) -> list[str]:
    """Tables for each implementation, one for each kind; what could not be timed comes last."""
    found: list[str] = []
    for name in dict.fromkeys((c.implementation, c.interpreter) for c in cells):
        own = [c for c in cells if (c.implementation, c.interpreter) == name]
        found += ["", f"{name[0]} on {name[1]}{_actors(own)}{_gil(own)}"]
        for kind, columns in COLUMNS.items():
            shown = [c for c in own if c.kind == kind and c.timed]
            if shown:
                head = ("scenario", *(column[0] for column in columns), "verdict")
                rows = [(c.id, *(column[1](c) for column in columns), verdict(c)) for c in shown]
                found += aligned(_full([head, *rows]))
        found += [f"  {line}" for line in _grown(own)]
        found += [f"  {line}" for line in _without(own)]
        found += [f"  {line}" for line in _reserves(own)]
    return found


def verdict(cell: Cell) -> str:
    """With its reason, and with a mark where the primitive does not keep its promises."""
    said = f"{cell.verdict}: {cell.reason}" if cell.reason else cell.verdict
    return f"{said} (not conformant)" if cell.conformance == "broken" else said


def _without(cells: Sequence[Cell]) -> list[str]:
    """The cells without a time, by what kept them from it."""
    groups: dict[str, list[str]] = {}
    for cell in cells:
        if not cell.timed:
            groups.setdefault(f"{cell.verdict}: {cell.reason}", []).append(cell.id)
    return [f"{', '.join(ids)}: {why}" for why, ids in groups.items()]


def _reserves(cells: Sequence[Cell]) -> list[str]:
    """Under what reserve all of them stand."""
    unchecked = {c.primitive for c in cells if c.conformance == "unchecked" and c.timed}
    if not unchecked:
        return []
    return [
        "not checked here, so nobody knows whether it is right: "
        f"{', '.join(sorted(unchecked))} (syncproof run checks first, and then times)"
    ]


def _grown(cells: Sequence[Cell]) -> list[str]:
    return [
        f"{one.name} grows with {one.parameter} to the power of {one.exponent:.2f}"
        f" ({one.low:.2f} to {one.high:.2f})"
        for one in growths(cells)
    ]


def _actors(cells: Sequence[Cell]) -> str:
    model = cells[0].model
    return "" if model == "thread" else f", {model}: not to be set against threads"


def _gil(cells: Sequence[Cell]) -> str:
    """On a free-threaded build a mark where it was timed with the GIL, and who switched it on."""
    modules = list(dict.fromkeys(m for c in cells for m in c.gil_enabled_by))
    on = cells[0].free_threaded and any(c.gil_enabled for c in cells)
    return f", with the GIL on{by(modules)}" if on else ""


def _full(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without the columns in which nothing stands."""
    kept = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    return [tuple(row[i] for i in kept) for row in rows]


# -- numbers --------------------------------------------------------------------------------


def seconds(value: float | None) -> str:
    """With three digits, in the unit that suits: 101 ns, 13.8 us, 2.80 ms."""
    if value is None:
        return ""
    for unit, size in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)):
        if value < 999.5 * size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} s"


def amount(cell: Cell) -> str:
    """The median in the unit of the cell."""
    if cell.unit == "byte":
        return "" if cell.median is None else f"{cell.median:,.0f} B"
    return seconds(cell.median)


def ratio(interval: Interval | None) -> str:
    """The estimate, and between what it lies."""
    if interval is None:
        return ""
    return f"{_digits(interval.estimate)} ({_digits(interval.low)}-{_digits(interval.high)})"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _number(value: float | None, form: str = ".2f") -> str:
    return "" if value is None else format(value, form)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side: the first and the last to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if place in (0, len(row) - 1) else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]


_RATIOS: tuple[Column, ...] = (
    ("x threading", lambda c: ratio(c.to_threading)),
    ("x floor", lambda c: "" if c.kind != "hot" and c.floor == A_CALL else ratio(c.to_floor)),
)
_SPREAD: tuple[Column, ...] = (
    ("p10", lambda c: seconds(c.percentile(0.1))),
    ("p50", lambda c: seconds(c.median)),
    ("p90", lambda c: seconds(c.percentile(0.9))),
)

#: By kind. The least of a window is when it was least contended: it says nothing of contention.
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "hot": (
        ("best", lambda c: seconds(c.best)),
        ("median", lambda c: seconds(c.median)),
        *_RATIOS,
    ),
    "blocking": (*_SPREAD, *_RATIOS),
    "latency": (
        ("p50", lambda c: seconds(c.latency(0.5) or c.median)),
        ("p90", lambda c: seconds(c.latency(0.9))),
        ("p99", lambda c: seconds(c.latency(0.99)) or "too few"),
        ("longest", lambda c: seconds(c.longest)),
        *_RATIOS,
    ),
    "window": (
        *_SPREAD,
        *_RATIOS,
        ("overlap", lambda c: _number(c.overlap)),
        ("Jain", lambda c: _number(c.jain)),
        ("most/least", lambda c: _number(c.most_to_least, ".3g")),
        ("starved", lambda c: seconds(c.starved)),
        ("acquire p99", lambda c: seconds(c.latency(0.99))),
    ),
    "memory": (("size", amount), ("x threading", lambda c: ratio(c.to_threading))),
}
