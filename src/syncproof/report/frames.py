"""The model as pandas tables: long ones for CSV, and scenario by implementation for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd  # type: ignore[import-untyped,unused-ignore]

from syncproof.report.model import Figure, Model, Ratio, Subject

CONFORMANCE = (
    "implementation", "version", "interpreter", "gil", "machine", "checked", "primitive", "clause",
    "level", "verdict", "tests_passed", "message", "sentence", "source",
)
BENCHMARKS = (
    "implementation", "version", "interpreter", "gil", "machine", "model", "timed", "primitive",
    "cell", "scenario", "parameters", "kind", "operation", "verdict", "reason", "unit", "median",
    "low", "high", "best", "p10", "p90", "floor", "x_threading", "x_threading_low",
    "x_threading_high", "x_floor", "x_floor_low", "x_floor_high", "overlap", "jain",
    "most_to_least", "starved", "p50_event", "p99_event", "longest_event", "processes", "slices",
    "clauses_broken",
)


def conformance(model: Model) -> pd.DataFrame:
    """A row for each clause on each primitive of each implementation on each interpreter."""
    rows = []
    for cell in model.matrix.values():
        for row in cell.rows:
            said = "; ".join(dict.fromkeys(n.message for n in row.notes if n.message))
            rows.append({
                **_who(cell.subject),
                "checked": cell.subject.checked,
                "primitive": cell.primitive,
                "clause": row.promise.id,
                "level": row.promise.level,
                "verdict": row.verdict,
                "tests_passed": row.passed,
                "message": said,
                "sentence": row.promise.text,
                "source": row.promise.url,
            })
    return pd.DataFrame(rows, columns=list(CONFORMANCE))


def benchmarks(model: Model) -> pd.DataFrame:
    """A row for each cell of the benchmarks, those without a time included."""
    rows = []
    for figure in model.figures:
        events = dict(figure.latencies)
        rows.append({
            **_who(figure.subject),
            "timed": figure.subject.timed,
            "primitive": figure.primitive,
            "cell": figure.id,
            "scenario": figure.scenario,
            "parameters": " ".join(f"{k}={v}" for k, v in figure.parameters.items()),
            "kind": figure.kind,
            "operation": figure.operation,
            "verdict": figure.verdict,
            "reason": figure.reason,
            "median": figure.median,
            "low": figure.low,
            "high": figure.high,
            "best": figure.best,
            "p10": figure.p10,
            "p90": figure.p90,
            "floor": figure.floor,
            **_ratio("x_threading", figure.to_threading),
            **_ratio("x_floor", figure.to_floor),
            "overlap": figure.overlap,
            "jain": figure.jain,
            "most_to_least": figure.most_to_least,
            "starved": figure.starved,
            "p50_event": events.get(0.5),
            "p99_event": events.get(0.99),
            "longest_event": events.get(1.0),
            "unit": figure.unit,
            "model": figure.model,
            "processes": figure.processes,
            "slices": figure.slices,
            "clauses_broken": "" if figure.breaks is None else figure.breaks,
        })
    return pd.DataFrame(rows, columns=list(BENCHMARKS))


def _who(subject: Subject) -> dict[str, Any]:
    return {
        "implementation": subject.implementation,
        "version": subject.version,
        "interpreter": subject.interpreter.title,
        "gil": subject.gil,
        "machine": subject.interpreter.machine,
    }


def _ratio(name: str, value: Ratio | None) -> dict[str, Any]:
    low, high = f"{name}_low", f"{name}_high"
    if value is None:
        return {name: None, low: None, high: None}
    return {name: value.estimate, low: value.low, high: value.high}


def csv(frame: pd.DataFrame) -> str:
    """As CSV. Text that a spreadsheet would take for a formula is marked as text."""
    texts = frame.copy()
    for column in texts.columns:
        texts[column] = [_harmless(v) if isinstance(v, str) else v for v in texts[column]]
    return str(texts.to_csv(index=False, lineterminator="\n"))


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def by_implementation(
    figures: Sequence[Figure], implementations: Sequence[str], say: Callable[[Figure | None], Any]
) -> pd.DataFrame:
    """Scenario by implementation, with what ``say`` makes of each figure, or of none."""
    ids = list(dict.fromkeys(f.id for f in figures))
    names = [n for n in implementations if any(f.subject.implementation == n for f in figures)]
    table = pd.DataFrame(None, index=ids, columns=names, dtype=object)
    known = {(f.id, f.subject.implementation): f for f in figures}
    for name in names:
        table[name] = [say(known.get((one, name))) for one in ids]
    table.index.name = "scenario"
    return table
