"""Figures as plain text, for a terminal. Tables to publish are made at the desk."""

from __future__ import annotations

from collections.abc import Sequence

from syncproof.gil import by
from syncproof.timing.statistics import Interval
from syncproof.timing.store import Cell

HEAD = ("scenario", "best", "median", "x threading", "x floor", "overlap", "verdict")


def lines(cells: Sequence[Cell]) -> list[str]:
    """A table for each implementation; the reasons of cells without a figure come last."""
    found: list[str] = []
    for name in dict.fromkeys((c.implementation, c.interpreter) for c in cells):
        own = [c for c in cells if (c.implementation, c.interpreter) == name]
        rows = [HEAD, *(_row(c) for c in own if c.timed)]
        found += ["", f"{name[0]} on {name[1]}{_gil(own)}", *aligned(rows)]
        found += [f"  {c.id}: {c.verdict}: {c.reason}" for c in own if not c.timed]
    return found


def _gil(cells: Sequence[Cell]) -> str:
    """On a free-threaded build a mark where it was timed with the GIL, and who switched it on."""
    modules = list(dict.fromkeys(m for c in cells for m in c.gil_enabled_by))
    on = cells[0].interpreter.endswith("t") and any(c.gil_enabled for c in cells)
    return f", with the GIL on{by(modules)}" if on else ""


def _row(cell: Cell) -> tuple[str, ...]:
    # the least of a window is when it was least contended: it says nothing of contention
    best = "" if cell.kind == "window" or cell.best is None else seconds(cell.best)
    return (
        cell.id,
        best,
        seconds(cell.median or 0.0),
        ratio(cell.to_threading),
        ratio(cell.to_floor),
        "" if cell.overlap is None else f"{cell.overlap:.2f}",
        f"{cell.verdict}: {cell.reason}" if cell.reason else cell.verdict,
    )


def seconds(value: float) -> str:
    """With three digits, in the unit that suits: 101 ns, 13.8 us, 2.80 ms."""
    for unit, size in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)):
        if value < 999.5 * size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} s"


def ratio(interval: Interval | None) -> str:
    """The estimate, and between what it lies."""
    if interval is None:
        return ""
    return f"{_digits(interval.estimate)} ({_digits(interval.low)}-{_digits(interval.high)})"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


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
