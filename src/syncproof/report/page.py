"""The report as one HTML file that works from a disk, and runs nothing but its own code."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from syncproof.report import words
from syncproof.report.model import (
    LEGEND,
    STATES,
    VERDICT_LEGEND,
    Figure,
    Finding,
    MatrixCell,
    Model,
    Sample,
)

#: In this order they make one script; each is a few functions about one thing.
SCRIPTS = ("page.js", "state.js", "matrix.js", "heat.js", "svg.js", "charts.js", "start.js")

#: So many slices are drawn over the whole page, and at least so many of each cell: a page has to
#: stay small. What is left out lies between slices that are shown.
MOST_SAMPLES = 40_000
LEAST_OF_A_CELL = 16

#: Every sign that JSON in a page can hold as it is.
SIGNS = "".join(c for c in map(chr, range(32, 127)) if c not in "\"\\<>&")
LEAST = 1e-3
STEP = math.log(1e15) / (len(SIGNS) ** 2 - 2)

#: What the kinds of scenarios are, to somebody who chooses.
SITUATIONS = {
    "hot": "nobody else wants it",
    "window": "threads contend",
    "blocking": "threads wait for each other",
}


def render(model: Model) -> str:
    """The whole page."""
    script = "\n".join(_source(name) for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{script}\n}})();\n'
    style = _source("page.css")
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters.update(
        number=words.number, ratio=words.ratio, lost=words.lost, mark=words.mark,
        quantity=words.quantity, verdict=words.verdict,
    )
    return environment.get_template("page.html").render(
        model=model,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(script, style),
        data=_json(_data(model)),
        summary=_summary(model),
        states=STATES,
        legend=LEGEND,
        verdict_legend=VERDICT_LEGEND,
        situations={k: v for k, v in SITUATIONS.items() if any(f.kind == k for f in model.figures)},
        heat=_heat(model),
        bucket=bucket,
        key=cell_key,
        bars=_bars,
        place=_place,
    )


def _source(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """Nothing may run or be fetched but what stands in the page, told by its hash."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _json(data: Any) -> Markup:
    """JSON that cannot end the element that it stands in, whatever its strings hold."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def cell_key(cell: MatrixCell) -> str:
    """How the address of the page names a cell of the matrix."""
    subject = cell.subject
    return f"{subject.interpreter.key}~{subject.implementation}~{cell.primitive}"


# -- what is shown without a script -------------------------------------------------------


def _summary(model: Model) -> list[tuple[str, str, str]]:
    """Number, noun and tone of what one sees first."""
    tallies = [c.tally for c in model.matrix.values()]
    found = [
        (len(model.implementations), "implementation", ""),
        (len(model.interpreters), "interpreter", ""),
    ]
    if tallies:
        found += [
            (sum(t.kept for t in tallies), "clause kept", "kept"),
            (sum(t.deviates for t in tallies), "declared deviation", "deviates"),
            (sum(t.broken for t in tallies), "clause broken", "broken"),
        ]
    if model.figures:
        found.append((sum(f.timed for f in model.figures), "timing", ""))
    return [(f"{n:,}", _plural(noun, n), tone) for n, noun, tone in found]


def _plural(noun: str, count: int) -> str:
    first, _, rest = noun.partition(" ")
    if count == 1:
        return noun
    return f"{first}s {rest}" if first == "clause" else f"{noun}s"


def _place(model: Model, key: str) -> str:
    """The load of the machine while an interpreter's figures were taken."""
    loads = [s.load for s in model.subjects if s.interpreter.key == key and s.load]
    if not loads:
        return ""
    return f"load {min(v[0] for v in loads)}\u2013{max(v[1] for v in loads)} while timing"


def _bars(cell: MatrixCell) -> list[tuple[str, float, float]]:
    """Class, start and width of the parts of a bar of 100."""
    found, start = [], 0.0
    names = ("kept", "deviates", "not-offered", "broken")
    for name, count in zip(names, cell.counts):
        width = round(100 * count / max(cell.tried, 1), 2)
        if width:
            found.append((name, round(start, 2), width))
        start += width
    return found


def _heat(model: Model) -> list[dict[str, Any]]:
    """A table for each interpreter: its implementations, and rows of figures by primitive."""
    tables = []
    for interpreter in model.interpreters:
        of_it = [f for f in model.figures if f.subject.interpreter == interpreter]
        if not of_it:
            continue
        names = [n for n in model.implementations if any(f.subject.implementation == n
                                                         for f in of_it)]
        known = {(f.id, f.subject.implementation): f for f in of_it}
        groups = []
        for primitive in model.primitives():
            figures = model.timed(primitive, interpreter.key)
            offer = {f.subject.implementation for f in figures}
            rows = []
            for one in dict.fromkeys(f.id for f in figures):
                first = next(f for f in figures if f.id == one)
                rows.append((first, [(known.get((one, n)), n in offer) for n in names]))
            if rows:
                groups.append((primitive, rows))
        tables.append({"interpreter": interpreter, "names": names, "groups": groups})
    return tables


def bucket(figure: Figure | None) -> str:
    """The class that colours a cell: how far from threading, if that is more than noise."""
    ratio = figure.to_threading if figure else None
    if ratio is None or figure is None or not figure.usable:
        return ""
    if ratio.low <= 1 <= ratio.high or 0.95 < ratio.estimate < 1.05:
        return "h0"
    edges = (1.05, 1.5, 3, 8)
    size = max(ratio.estimate, 1 / ratio.estimate)
    step = sum(size >= edge for edge in edges)
    return f"{'slow' if ratio.estimate > 1 else 'fast'}{step}"


# -- what the script gets -----------------------------------------------------------------


def _data(model: Model) -> dict[str, Any]:
    places = {id(s): n for n, s in enumerate(model.subjects)}
    clauses: dict[str, int] = {}
    texts: dict[str, int] = {}
    told = _stories(model)
    cases, described = _cases(model)

    def number(table: dict[str, int], text: str) -> int:
        return table.setdefault(text, len(table))

    promises = {}
    cells = []
    for cell in model.matrix.values():
        rows: list[Any] = []
        for row in cell.rows:
            promises[row.promise.id] = row.promise
            clause = number(clauses, row.promise.id)
            notes = [
                [number(texts, n.outcome), number(texts, n.message), n.variants]
                for n in row.notes
            ]
            stories = told.get((*cell.subject.key, cell.primitive, row.promise.id), [])
            plain = row.verdict == "kept" and not notes and not stories
            rows.append(clause if plain else [clause, row.verdict, notes, stories])
        cells.append({
            "key": cell_key(cell), "subject": places[id(cell.subject)],
            "primitive": cell.primitive, "again": cell.command, "rows": rows,
        })
    return {
        "reference": model.reference,
        "implementations": model.implementations,
        "interpreters": [{"key": i.key, "title": i.title} for i in model.interpreters],
        "subjects": [
            {"implementation": s.implementation, "interpreter": s.interpreter.key,
             "version": s.version}
            for s in model.subjects
        ],
        "primitives": {p: model.class_name(p) for p in model.primitives()},
        "clauses": [
            [c.id, c.level, c.text, c.url] for c in (promises[name] for name in clauses)
        ],
        "texts": list(texts),
        "cells": cells,
        "cases": described,
        "fields": FIELDS,
        "figures": _figures(model, places, cases),
        "packing": {"signs": SIGNS, "least": LEAST, "step": STEP},
    }


def _stories(model: Model) -> dict[tuple[str, str, str, str], list[str]]:
    """For each clause of a cell of the matrix, the articles of the page that tell of it."""
    keys = {i.title: i.key for i in model.interpreters}
    found: dict[tuple[str, str, str, str], list[str]] = {}
    kinds: Sequence[tuple[str, Iterable[Finding]]] = (
        ("broken", model.failures), ("deviation", model.deviations)
    )
    for kind, findings in kinds:
        for number, finding in enumerate(findings, 1):
            for title in finding.interpreters:
                for clause in finding.clauses:
                    place = (keys[title], finding.implementation, finding.primitive, clause.id)
                    found.setdefault(place, []).append(f"{kind}-{number}")
    return found


#: What stands in a row of figures, in this order; slices come last, where there are any.
FIELDS = (
    "subject", "case", "verdict", "reason", "median", "low", "high", "floor", "threading",
    "toFloor", "overlap", "fairness", "slices", "own", "besideThreading", "besideFloor",
)


def _figures(model: Model, places: dict[int, int], cases: dict[str, int]) -> list[list[Any]]:
    timed = sum(f.timed for f in model.figures)
    most = max(LEAST_OF_A_CELL, MOST_SAMPLES // max(timed, 1))
    found: list[list[Any]] = []
    for figure in model.figures:
        row: list[Any] = [
            places[id(figure.subject)], cases[_case(figure)], figure.verdict, figure.reason,
            figure.median, figure.low, figure.high, figure.floor, figure.to_threading,
            figure.to_floor, figure.overlap, figure.jain, figure.slices,
        ]
        samples = _thinned(figure.samples, most)
        for values in zip(*samples):
            row.append(packed(values) if any(values) else None)
        found.append([_short(v) for v in row])
    return found


def _short(value: Any) -> Any:
    """Whole numbers without their .0: there are thousands."""
    if isinstance(value, tuple):
        return [_short(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _cases(model: Model) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """What is the same in all figures of one case; and the place of each case among them."""
    places: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    for figure in model.figures:
        key = _case(figure)
        if key in places:
            continue
        places[key] = len(found)
        found.append({
            "id": figure.id, "scenario": figure.scenario, "primitive": figure.primitive,
            "parameters": list(figure.parameters.items()), "kind": figure.kind,
            "operation": figure.operation, "reading": figure.reading, "floorIs": figure.floor_is,
        })
    return places, found


def _case(figure: Figure) -> str:
    """What two figures have in common that are of the same: results may be of other versions."""
    parts = (figure.id, figure.scenario, figure.primitive, figure.kind, figure.operation,
             figure.reading, figure.floor_is, *map(str, figure.parameters.items()))
    return "\0".join(parts)


def packed(values: Sequence[float]) -> str:
    """Two signs for each: where it lies between a thousandth of a ns and 1000 s, to 0.3 percent.

    A chart shows no more than that, and thousands of slices have to fit into a page.
    """
    found = []
    for value in values:
        place = 0
        if value > 0:
            place = round(math.log(max(value, LEAST) / LEAST) / STEP) + 1
        found.append("".join(SIGNS[n] for n in divmod(min(place, len(SIGNS) ** 2 - 1), len(SIGNS))))
    return "".join(found)


def _thinned(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Evenly through the sorted ones, the least and the greatest among them."""
    ordered = sorted(samples)
    if len(ordered) <= most:
        return ordered
    return [ordered[round(n * (len(ordered) - 1) / (most - 1))] for n in range(most)]


