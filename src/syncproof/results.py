"""The result of checking one implementation: the records, and what they amount to.

The format is described in ``docs/results.md`` and by ``docs/result.schema.json``.
"""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from syncproof import __version__
from syncproof.vocabulary import BINDING, OUTCOMES, Deviation

__all__ = ["FORMAT", "Report", "Result", "ResultError", "Tally", "read", "to_text", "write"]

#: The number of the format that is written and read.
FORMAT = 1

#: What is told of a property that has not shown.
NOTHING_FOUND = "nothing unusual was found"

#: A binding clause with one of these outcomes makes an implementation nonconformant.
BAD = ("fail", "hang", "crash", "error", "stale-deviation")


@dataclass
class Result:
    """What one test found about one clause on one primitive."""

    clause: str
    primitive: str
    level: str
    outcome: str
    test: str = ""
    message: str = ""
    seconds: float = 0.0
    #: For conditions: over which lock (default, over-lock, over-rlock); empty otherwise.
    variant: str = ""
    #: What happened, in order: pairs of actor and sentence.
    trace: list[list[str]] = field(default_factory=list)
    #: Where each actor stood in the end: actor, file, line, function, text of the line.
    stands: list[list[Any]] = field(default_factory=list)
    #: Not offered, and the adapter says so.
    declared: bool = False
    #: Where a declared deviation is explained.
    link: str = ""
    #: The token that repeats the failing schedule, where one was found by search.
    replay: str = ""

    @property
    def bad(self) -> bool:
        """Whether this makes the implementation nonconformant."""
        if self.level not in BINDING:
            return False
        return self.outcome in BAD or (self.outcome == "not-offered" and not self.declared)

    @property
    def verdict(self) -> str:
        """One of VERDICTS."""
        if self.outcome in BAD:
            return "broken"
        if self.outcome == "not-offered":
            return "declared" if self.declared else "not-offered"
        return {"pass": "kept", "deviation": "deviates"}.get(self.outcome, "skipped")


#: What the results on one clause amount to, from nothing to the worst.
VERDICTS = ("skipped", "kept", "declared", "deviates", "not-offered", "broken")


class Tally(NamedTuple):
    """How many clauses have come to each verdict."""

    skipped: int
    kept: int
    #: Not offered, and the adapter says so.
    declared: int
    deviates: int
    #: Not offered, and nobody says why.
    not_offered: int
    broken: int

    def columns(self) -> tuple[int, int, int, int]:
        """What tables show."""
        return self.kept, self.deviates, self.declared + self.not_offered, self.broken


#: The columns of a table of tallies.
COLUMNS = ("kept", "deviates", "not offered", "broken")


@dataclass
class Report:
    """Everything found about one implementation on one interpreter."""

    implementation: str
    version: str
    model: str
    interpreter: Mapping[str, Any]
    results: list[Result]
    target: str = ""
    seconds: float = 0.0
    started: str = ""
    depth: str = "default"
    #: False where the check was cut short: what is missing has not been looked at.
    complete: bool = True
    about: str = ""
    #: What was asked for: primitives, clause globs (none: all), detail, and ``as``.
    selection: Mapping[str, Any] = field(default_factory=dict)
    #: Whose documentation it is held to.
    family: str = "threading"
    #: The syncproof that checked.
    syncproof: str = __version__

    @property
    def conformant(self) -> bool:
        return self.complete and bool(self.results) and not any(r.bad for r in self.results)

    def verdicts(self, primitive: str = "") -> dict[tuple[str, str], str]:
        """For each (primitive, clause) that binds what all its results amount to."""
        found: dict[tuple[str, str], str] = {}
        for result in self.results:
            if result.level not in BINDING or primitive not in ("", result.primitive):
                continue
            key = (result.primitive, result.clause)
            found[key] = max(found.get(key, VERDICTS[0]), result.verdict, key=VERDICTS.index)
        return found

    def tally(self, primitive: str = "") -> Tally:
        """How many clauses are kept, and so on, on one primitive or on all."""
        return Tally(*(Counter(self.verdicts(primitive).values())[v] for v in VERDICTS))

    def counts(self, primitive: str = "") -> Counter[str]:
        """How many results of each outcome, of one primitive or of all."""
        return Counter(r.outcome for r in self.results if primitive in ("", r.primitive))

    def primitives(self) -> list[str]:
        """The primitives that results are about, in the order met."""
        return list(dict.fromkeys(r.primitive for r in self.results if r.primitive))

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, "conformant": self.conformant, **asdict(self)}


class ResultError(Exception):
    """A result file that cannot be used; one line that names it and says why."""


def write(path: Path, reports: Sequence[Report]) -> None:
    """Write a document (one report) or a list of documents (several), all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, to_text(reports))


def to_text(reports: Sequence[Report]) -> str:
    """The document of one report, or a list of the documents of several."""
    documents = [r.to_json() for r in reports]
    return json.dumps(documents[0] if len(documents) == 1 else documents, indent=1) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a file all or nothing; what is no regular file (a pipe, a device) is written to."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()  # a link stays a link
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raise OSError where a file could not be written; before a long run, not after it."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        with path.open("ab"):
            return
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    trial = path.resolve().with_name(f".{path.name}.{os.getpid()}")
    try:
        trial.write_bytes(bytes(4096))
    finally:
        trial.unlink(missing_ok=True)


def read(path: Path) -> list[Report]:
    """The reports of a file; ResultError where it is none of ours."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{path}: not a result file: {error}") from None
    documents = document if isinstance(document, list) else [document]
    return [_report(path, d) for d in documents]


def _report(path: Path, document: Any) -> Report:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else None
        raise ResultError(f"{path}: not a syncproof result of format {FORMAT} (found {found!r})")
    try:
        results = [_result(r) for r in document["results"]]
        known = {f.name for f in fields(Report)} - {"results"}
        values = {k: v for k, v in document.items() if k in known}
        report = Report(results=results, **values)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ResultError(f"{path}: not a syncproof result: {error}") from None
    if not isinstance(report.implementation, str) or not isinstance(report.interpreter, dict):
        raise ResultError(f"{path}: not a syncproof result: wrong types")
    return report


def _result(row: Mapping[str, Any]) -> Result:
    known = {f.name for f in fields(Result)}
    result = Result(**{k: v for k, v in row.items() if k in known})
    texts = (result.clause, result.primitive, result.level, result.test, result.message)
    if not all(isinstance(t, str) for t in texts):
        raise ValueError("a result with a field of the wrong type")
    if result.outcome not in OUTCOMES:
        raise ValueError(f"unknown outcome {result.outcome!r}")
    result.seconds = float(result.seconds)
    return result


def stale(results: Iterable[Result], deviations: Iterable[Deviation]) -> list[Result]:
    """A result for each declared deviation that was looked at and did not show."""
    results = list(results)
    found: list[Result] = []
    for deviation in deviations:
        if deviation.by_chance:
            continue
        about = [
            r
            for r in results
            if deviation.covers(r.clause, r.primitive, r.variant)
            and r.outcome in ("pass", "deviation")
        ]
        for primitive in dict.fromkeys(r.primitive for r in about):
            of_it = [r for r in about if r.primitive == primitive]
            if any(r.outcome == "deviation" for r in of_it):
                continue
            found.append(
                Result(
                    clause=deviation.clause,
                    primitive=primitive,
                    level=of_it[0].level,
                    outcome="stale-deviation",
                    variant=deviation.variant,
                    message=f"declared to deviate ({deviation.does}), but it keeps the clause:"
                    " remove the deviation",
                )
            )
    return found


def active(deviations: Iterable[Deviation]) -> list[Deviation]:
    """The deviations whose marker holds on this interpreter."""
    return [d for d in deviations if not d.when or _holds(d.when)]


def _holds(marker: str) -> bool:
    from packaging.markers import Marker

    return Marker(marker).evaluate()
