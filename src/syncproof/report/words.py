"""How numbers and verdicts are put into words: once, for every form of the report."""

from __future__ import annotations

from syncproof.report.model import STATES, Figure, Interpreter, MatrixCell, Model, Ratio
from syncproof.results import COLUMNS

MARKS = {
    "kept": "\u2713", "declared": "\u25cb", "deviates": "\u2248", "not-offered": "\u25cb",
    "broken": "\u2717", "skipped": "\u00b7", "absent": "\u2014",
}


def number(value: float | None) -> str:
    """Three digits, thousands apart; empty where there is none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value: Ratio | None, bounds: bool = True) -> str:
    """``6.01 (4.56-10.1)``."""
    if value is None:
        return ""
    low, high = number(value.low), number(value.high)
    estimate = number(value.estimate)
    if not bounds or low == high:
        return estimate
    return f"{estimate} ({low}\u2013{high})"


def counts(cell: MatrixCell) -> str:
    """``37 kept, 1 deviates``: what there is of each."""
    parts = [f"{n} {word}" for n, word in zip(cell.counts, COLUMNS) if n]
    return ", ".join(parts) or "none tried"


def lost(cell: MatrixCell) -> str:
    """The same without what is kept."""
    parts = [f"{n} {word}" for n, word in list(zip(cell.counts, COLUMNS))[1:] if n]
    return ", ".join(parts)


def state(cell: MatrixCell | None) -> str:
    return STATES[cell.state] if cell else STATES["absent"]


def mark(cell: MatrixCell | None) -> str:
    """A sign that says the same as the colour does."""
    return MARKS[cell.state if cell else "absent"]


def verdict(figure: Figure) -> str:
    """Empty for a figure that can be used without a second thought."""
    if figure.verdict == "stable":
        return ""
    return f"{figure.verdict}: {figure.reason}" if figure.reason else figure.verdict


def load(model: Model, interpreter: Interpreter) -> str:
    """That of the machine while the interpreter's figures were taken."""
    loads = [s.load for s in model.subjects if s.interpreter == interpreter and s.load]
    if not loads:
        return ""
    return f"load {min(v[0] for v in loads)}\u2013{max(v[1] for v in loads)} while timing"


def quantity(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
