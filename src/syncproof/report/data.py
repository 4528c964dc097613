"""What the page's script gets: the whole model, in little space.

Texts and clauses are told once and called by their place; slices are two signs each; and all of it
is packed as gzip does, which browsers unpack.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from syncproof.report import badges
from syncproof.report.history import History, Line, Past
from syncproof.report.model import Figure, Finding, MatrixCell, Model, Promise, Sample, Subject
from syncproof.timing.records import OVERLAP

#: So many slices are drawn over the whole page, those beside them included: a page has to stay
#: small. What is left out lies between slices that are shown. Where it would come to fewer than so
#: many of each cell, those beside them are left out first.
MOST_SAMPLES = 180_000
LEAST_OF_A_CELL = 6

#: Every sign that JSON can hold as it is.
SIGNS = "".join(c for c in map(chr, range(32, 127)) if c not in "\"\\<>&")
LEAST = 1e-3
STEP = math.log(1e15) / (len(SIGNS) ** 2 - 2)

#: The columns of the figures, in this order; slices come last.
FIELDS = (
    "subject", "case", "verdict", "reason", "median", "low", "high", "floor", "threading",
    "toFloor", "overlap", "jain", "mostToLeast", "starved", "latencies", "slices", "breaks", "own",
    "besideThreading", "besideFloor",
)


def packed_text(data: Any) -> str:
    """JSON, gzipped, in signs that end no element; the same for the same data."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def cell_key(cell: MatrixCell) -> str:
    """How the address of the page names a cell of the matrix."""
    subject = cell.subject
    return f"{subject.interpreter.key}~{subject.implementation}~{cell.primitive}"


class Numbers:
    """Things by their places: each is told once."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.places.setdefault(text, len(self.places))


def data(model: Model) -> dict[str, Any]:
    places = {id(s): n for n, s in enumerate(model.subjects)}
    clauses, texts = Numbers(), Numbers()
    promises: dict[str, Promise] = {}

    def clause(promise: Promise) -> int:
        promises.setdefault(promise.id, promise)
        return clauses(promise.id)

    cases, described = _cases(model)
    told = _told(model)
    stories = {
        kind: [_story(finding, clause) for finding in findings]
        for kind, findings in _kinds(model)
    }
    cells = []
    for cell in model.matrix.values():
        rows: list[Any] = []
        for row in cell.rows:
            notes = [[texts(n.outcome), texts(n.message), n.variants] for n in row.notes]
            about = told.get((*cell.subject.key, cell.primitive, row.promise.id), [])
            plain = row.verdict == "kept" and not notes and not about
            number = clause(row.promise)
            rows.append(number if plain else [number, row.verdict, notes, about])
        cells.append({
            "key": cell_key(cell), "subject": places[id(cell.subject)],
            "primitive": cell.primitive, "again": cell.command, "rows": rows,
        })
    past = _history(model.history, clauses)
    return {
        "reference": model.reference,
        "implementations": model.implementations,
        "interpreters": [
            {"key": i.key, "title": i.title, "free": i.free_threaded} for i in model.interpreters
        ],
        "subjects": [_subject(s) for s in model.subjects],
        "primitives": {p: model.class_name(p) for p in model.topics()},
        "clauses": [
            [name, *((p.level, p.text, p.url) if (p := promises.get(name)) else ("", "", ""))]
            for name in clauses.places
        ],
        "texts": list(texts.places),
        "cells": cells,
        "stories": stories,
        "cases": described,
        "fields": FIELDS,
        "figures": _figures(model, places, cases),
        "leastOverlap": OVERLAP,
        "packing": {"signs": SIGNS, "least": LEAST, "step": STEP},
        "history": past,
        "pages": [p.name for p in model.pages],
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "implementation": subject.implementation, "interpreter": subject.interpreter.key,
        "version": subject.version, "actors": subject.actors, "model": subject.model,
        "files": subject.files, "line": list(subject.line),
        "badge": badges.address(subject.implementation, subject.interpreter.key),
    }


# -- stories ------------------------------------------------------------------------------


def _kinds(model: Model) -> Sequence[tuple[str, Sequence[Finding]]]:
    return (("broken", model.failures), ("lacks", model.lacks),
            ("deviations", model.deviations), ("properties", model.properties))  # fmt: skip


def _told(model: Model) -> dict[tuple[str, str, str, str], list[str]]:
    """For each clause of a cell of the matrix, the stories that tell of it."""
    keys = {i.title: i.key for i in model.interpreters}
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for kind, findings in _kinds(model):
        if kind not in ("broken", "deviations"):
            continue
        for number, finding in enumerate(findings):
            for title in finding.interpreters:
                for clause in finding.clauses:
                    place = (keys[title], finding.implementation, finding.primitive, clause.id)
                    found.setdefault(place, []).append(f"{kind}-{number}")
    return found


def _story(finding: Finding, clause: Any) -> dict[str, Any]:
    actors = {name: n for n, name in enumerate(finding.actors)}
    story = {
        "who": finding.implementation, "primitive": finding.primitive, "word": finding.word,
        "clauses": [clause(c) for c in finding.clauses], "message": finding.message,
        "actors": finding.actors, "steps": [[actors.get(a, -1), t] for a, t in finding.trace],
        "again": finding.command, "link": finding.link, "variants": finding.variants,
        "on": finding.interpreters, "declared": finding.declared, "fresh": finding.new,
    }
    return {key: value for key, value in story.items() if value}


# -- figures ------------------------------------------------------------------------------


def _figures(
    model: Model, places: Mapping[int, int], cases: Mapping[str, int]
) -> list[list[Any]]:
    timed = max(1, sum(f.timed for f in model.figures))
    beside = MOST_SAMPLES // (3 * timed) >= LEAST_OF_A_CELL
    most = max(LEAST_OF_A_CELL, MOST_SAMPLES // (3 * timed if beside else timed))
    rows: list[list[Any]] = []
    for figure in model.figures:
        row: list[Any] = [
            places[id(figure.subject)], cases[_case(figure)], figure.verdict, figure.reason,
            figure.median, figure.low, figure.high, figure.floor, figure.to_threading,
            figure.to_floor, figure.overlap, figure.jain, figure.most_to_least, figure.starved,
            figure.latencies or None, figure.slices, figure.breaks or None,
        ]
        samples = _thinned(figure.samples, most)
        columns = list(zip(*samples)) or [(), (), ()]
        row += [packed(v) if any(v) and (beside or v is columns[0]) else None for v in columns]
        rows.append([_short(v) for v in row])
    return [list(column) for column in zip(*rows)]


def _short(value: Any) -> Any:
    """Whole numbers without their .0: there are thousands."""
    if isinstance(value, (tuple, list)):
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
            "unit": figure.unit, "growth": figure.growth,
        })
    return places, found


def _case(figure: Figure) -> str:
    """What two figures have in common that are of the same: results may be of other versions."""
    parts = (figure.id, figure.scenario, figure.primitive, figure.kind, figure.operation,
             figure.reading, figure.floor_is, figure.unit, figure.growth,
             *map(str, figure.parameters.items()))  # fmt: skip
    return "\0".join(parts)


def packed(values: Iterable[float]) -> str:
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


# -- several runs -------------------------------------------------------------------------

#: A sign for each verdict, so that what a primitive came to is a word.
VERDICT_SIGNS = {
    "skipped": "s", "kept": "k", "declared": "l", "deviates": "d", "not-offered": "n",
    "broken": "b",
}


def _history(history: History, clauses: Numbers) -> dict[str, Any] | None:
    """Each run's verdicts, as a sign for each clause of a primitive, and its figures."""
    if not history.runs:
        return None
    of: dict[str, list[str]] = {}
    for past in history.past:
        for primitive, clause in past.verdicts:
            if clause not in of.setdefault(primitive, []):
                of[primitive].append(clause)
    # what was timed once has no history, and there is much of it
    times = Counter((past.line, name) for past in history.past for name in past.points)
    return {
        "runs": [[r.name, r.date, r.machine] for r in history.runs],
        "clauses": {p: [clauses(c) for c in names] for p, names in of.items()},
        "signs": {sign: verdict for verdict, sign in VERDICT_SIGNS.items()},
        "past": [_past(past, of, times) for past in history.past],
    }


def _past(
    past: Past, of: Mapping[str, Sequence[str]], times: Mapping[tuple[Line, str], int]
) -> list[Any]:
    primitives = dict.fromkeys(primitive for primitive, _ in past.verdicts)
    signs = {
        p: "".join(VERDICT_SIGNS.get(past.verdicts.get((p, c), ""), "-") for c in of[p])
        for p in primitives
    }
    points = [
        [name, p.hash, p.kind, p.verdict, _short(p.median), _short(p.ratio) if p.ratio else 0]
        for name, p in past.points.items()
        if times[past.line, name] > 1
    ]
    return [past.run, *past.line, past.version, signs, points]
