"""Finds result files, reads them, and trusts none: what cannot be used is named and left out."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from syncproof.interpreters import interpreter_name
from syncproof.packed import MOST_BYTES, PackedError, unpack
from syncproof.report.plain import plain
from syncproof.results import Report, ResultError, read
from syncproof.timing.records import VERDICTS
from syncproof.timing.store import INDEX, Cell, StoreError, load
from syncproof.vocabulary import LEVELS, PRIMITIVES

#: What no run of ours comes near. Beyond it a file is a mistake, or meant to do harm.
MOST_DOCUMENTS = 500
MOST_RESULTS = 20_000
MOST_CELLS = 2_000
MOST_SLICES = 200_000
LONGEST_NAME = 200
LONGEST_LINE = 300
SLOWEST = 1e6  # seconds an operation
GREATEST = 1e12  # bytes
MOST_STEPS = 600  # of a histogram: each is a twentieth more than the one before

DEPTHS = ("quick", "default", "thorough")

#: Beside check/ and bench/ of a run that has been published: whose it is.
LABEL = "run.json"
#: What a machine may be called.
MACHINE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class Source:
    """Where a result was found."""

    path: Path = Path()
    #: The folder that has check/ and bench/ in it; None where a file stood by itself.
    run: Path | None = None
    #: The label of the machine, of a run that has been published.
    machine: str = ""


NOWHERE = Source()


@dataclass
class Checked(Report):
    """A report, and where it was found."""

    source: Source = NOWHERE
    #: The folder of such results in a run.
    kind: ClassVar[str] = "check"

    @property
    def folder(self) -> str:
        """As the folder of its interpreter is called."""
        return interpreter_name(self.interpreter)


@dataclass
class Timing:
    """The figures of one implementation on one interpreter, and how they were taken."""

    implementation: str
    version: str
    interpreter: Mapping[str, Any]
    #: As the folder of its interpreter is called; where the file does not say, where it lay.
    folder: str
    started: str
    complete: bool
    loads: list[float]
    cells: list[Cell]
    source: Source = NOWHERE
    kind: ClassVar[str] = "bench"


@dataclass
class Gathered:
    """What is in the files, and a line for each that could not be used."""

    reports: list[Checked] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def every(self) -> list[Checked | Timing]:
        return [*self.reports, *self.timings]

    def __bool__(self) -> bool:
        return bool(self.reports or self.timings)


class UnusableError(Exception):
    """A file that cannot be used, and why."""


def gather(places: Iterable[Path]) -> Gathered:
    """Everything in these run directories and files."""
    found = Gathered()
    seen: set[Path] = set()
    for place in places:
        try:
            paths = list(_files(place))
        except (OSError, UnusableError) as error:
            found.refused.append(_line(place, error))
            continue
        for path in paths:
            try:
                real = path.resolve()
                if real not in seen:
                    seen.add(real)
                    _take(path, found)
            except (OSError, RuntimeError, ResultError, StoreError, UnusableError) as error:
                found.refused.append(_line(path, error))
    return found


def _line(path: Path, error: Exception) -> str:
    said = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    name = str(path)
    said = re.sub(r"^(?:/|[A-Za-z]:\\)\S*: ", "", said) if path.suffix == ".gz" else said
    said = said[len(name) + 2 :] if said.startswith(f"{name}: ") else said
    line = " ".join(f"{name}: {said}".split())
    line = "".join(c if c.isprintable() else "\ufffd" for c in line)
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 4]} ..."


def _files(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    checks = _below(place, "check")
    figures = _below(place, "bench")
    if not checks and not figures:
        raise UnusableError(
            "no results in it (a run has check/INTERPRETER/NAME.json and bench/INTERPRETER/...)"
        )
    yield from checks
    for path in figures:
        index = index_of(path)
        yield index if index.exists() else path


def _below(place: Path, what: str) -> list[Path]:
    return sorted(p for end in ("json", "json.gz") for p in place.glob(f"**/{what}/*/*.{end}"))


def is_index(path: Path) -> bool:
    return path.name.endswith((INDEX, f"{INDEX}.gz"))


def index_of(path: Path) -> Path:
    """The index beside a file of times, packed as that is; an index is its own."""
    if is_index(path):
        return path
    packed = ".gz" if path.suffix == ".gz" else ""
    times = path.with_suffix("") if packed else path
    return path.with_name(f"{times.stem}{INDEX}{packed}")


def times_of(index: Path) -> Path:
    """The times that an index is about, packed as that is; there may be none."""
    packed = ".gz" if index.suffix == ".gz" else ""
    return index.with_name(f"{index.name[: -len(INDEX + packed)]}.json{packed}")


def source_of(path: Path) -> Source:
    """Where a file belongs; a label that is none counts for nothing."""
    folder = path.parent.parent
    if folder.name not in ("check", "bench"):
        return Source(path)
    run = folder.parent
    try:
        label = _document(run / LABEL)
        machine = label.get("machine") if isinstance(label, dict) else None
    except (OSError, UnusableError):
        machine = None
    good = isinstance(machine, str) and MACHINE.fullmatch(machine)
    return Source(path, run, str(machine) if good else "")


def _take(path: Path, found: Gathered) -> None:
    if path.suffix == ".gz":
        with tempfile.TemporaryDirectory() as folder:
            _take_plain(_unpacked(path, Path(folder)), path, found)
    else:
        _take_plain(path, path, found)


def _unpacked(path: Path, folder: Path) -> Path:
    """A copy of a packed file, and of the times that an index is about."""
    place = folder / path.parent.name
    place.mkdir(exist_ok=True)
    wanted = [path]
    if is_index(path):
        times = times_of(path)
        wanted += [times] if times.exists() else []
    for one in wanted:
        if not one.is_file():
            raise UnusableError("no such file or directory")
    try:
        unpack(wanted, place)
    except PackedError as error:
        raise UnusableError(str(error)) from None
    return place / path.name[:-3]


def _take_plain(path: Path, original: Path, found: Gathered) -> None:
    """Take what is in a file, which may be the unpacked copy of the original."""
    source = source_of(original)
    if is_index(path):
        found.timings.append(_timing(path, source))
        return
    document = _document(path)
    first = document[0] if isinstance(document, list) and document else document
    if isinstance(first, dict) and "benchmarks" in first:
        index = index_of(path)
        if not index.is_file():
            raise UnusableError(f"times without their index ({index.name} is not beside it)")
        found.timings.append(_timing(index, source))
        return
    documents = document if isinstance(document, list) else [document]
    if len(documents) > MOST_DOCUMENTS:
        raise UnusableError(f"{len(documents)} documents in one file")
    for one in documents:
        rows = one.get("results") if isinstance(one, dict) else None
        if isinstance(rows, list) and len(rows) > MOST_RESULTS:
            raise UnusableError(f"not of the format: results ({len(rows)} of them)")
    reports = [Checked(**vars(report), source=source) for report in read(path)]
    for report in reports:
        _check_report(report)
        for name in ("version", "about", "started", "syncproof"):
            setattr(report, name, plain(getattr(report, name)))
        report.interpreter = _plainly(report.interpreter)
    found.reports += reports


def _document(path: Path) -> Any:
    """The JSON in a file; no NaN, no number that takes minutes to read."""
    if not path.exists():
        raise UnusableError("no such file or directory")
    if not path.is_file():
        raise UnusableError("not a regular file")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise UnusableError(f"{size / 2**20:.0f} MiB is too much for results")
    try:
        return json.loads(
            path.read_text(encoding="utf-8"), parse_constant=_no_number, parse_int=_short
        )
    except (ValueError, RecursionError) as error:
        raise UnusableError(f"not a result file: {error}") from None


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no figure")


def _short(text: str) -> int:
    if len(text) > 30:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


# -- checks -------------------------------------------------------------------------------


def _check_report(report: Report) -> None:
    _names(implementation=report.implementation)
    _texts(
        version=report.version, model=report.model, target=report.target, about=report.about,
        started=report.started, syncproof=report.syncproof, family=report.family,
    )
    _require(report.depth in DEPTHS, "depth")
    _require(isinstance(report.complete, bool), "complete")
    _require(_is_number(report.seconds), "seconds")
    _require(isinstance(report.selection, dict), "selection")
    _check_interpreter(report.interpreter)
    _require(len(report.results) <= MOST_RESULTS, f"results ({len(report.results)} of them)")
    for result in report.results:
        _names(clause=result.clause)
        _texts(
            variant=result.variant, test=result.test, message=result.message, link=result.link
        )
        _require(result.primitive in PRIMITIVES, "primitive")
        _require(result.level in LEVELS, "level")
        _require(isinstance(result.declared, bool), "declared")
        _require(_is_number(result.seconds), "seconds")
        _require(isinstance(result.trace, list), "trace")
        for step in result.trace:
            whole = isinstance(step, list) and len(step) == 2
            _require(whole and all(isinstance(s, str) for s in step), "trace")


def _check_interpreter(about: Mapping[str, Any]) -> None:
    for name in ("implementation", "version"):
        _names(**{f"interpreter's {name}": about.get(name)})
    _require(bool(re.match(r"\d+\.\d+", about["version"])), "interpreter's version")
    for name, value in about.items():
        simple = value is None or isinstance(value, (bool, int, float, str))
        if isinstance(value, list):
            simple = all(isinstance(v, str) for v in value)
        _require(simple and len(str(value)) <= 500, f"interpreter's {str(name)[:40]!r}")


def _plainly(about: Mapping[str, Any]) -> dict[str, Any]:
    def shown(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(v) for v in value]
        return plain(value) if isinstance(value, str) else value

    return {plain(k): shown(v) for k, v in about.items()}


# -- figures ------------------------------------------------------------------------------


def _timing(index: Path, source: Source) -> Timing:
    document = _document(index)
    times = times_of(index)
    if times.exists():
        _document(times)
    _require(isinstance(document, dict), "document")
    rows = document.get("cells")
    _require(isinstance(rows, list) and len(rows) <= MOST_CELLS, "cells")
    cells = load(index)
    about = document["interpreter"]
    if not isinstance(about, dict):
        raise UnusableError("its interpreter is not of the format")
    if about:
        _check_interpreter(about)
    for cell in cells:
        _check_cell(cell)
    if len({cell.id for cell in cells}) != len(cells):
        raise UnusableError("not of the format: two cells of one name")
    loads = document.get("load", [])
    _require(isinstance(loads, list) and all(map(_is_number, loads)), "load")
    started, complete = document.get("started", ""), document.get("complete", True)
    _names(implementation=document["implementation"])
    _texts(version=document["version"], started=started)
    _require(isinstance(complete, bool), "complete")
    lost = [c.id for c in cells if c.verdict in ("stable", "noisy", "invalid") and not c.timed]
    if lost:
        raise UnusableError(f"the times of {len(lost)} cells are not in {times.name}")
    return Timing(
        document["implementation"],
        plain(document["version"]),
        _plainly(about),
        interpreter_name(about) if about else plain(index.parent.name, LONGEST_NAME),
        plain(started),
        complete,
        [float(v) for v in loads],
        cells,
        source,
    )


def _check_cell(cell: Cell) -> None:
    _names(id=cell.id, scenario=cell.scenario)
    _texts(
        operation=cell.operation, reading=cell.reading, reason=cell.reason, floor=cell.floor,
        hash=cell.hash, model=cell.model, growth=cell.growth,
    )
    _require(cell.primitive in ("", *PRIMITIVES), "primitive")
    _names(kind=cell.kind)
    _require(cell.verdict in VERDICTS, "verdict")
    _require(cell.gil_enabled is None or isinstance(cell.gil_enabled, bool), "gil_enabled")
    _require(all(isinstance(m, str) for m in cell.gil_enabled_by), "gil_enabled_by")
    _require(isinstance(cell.parameters, dict), "parameters")
    for name, value in cell.parameters.items():
        _names(parameter=name)
        if isinstance(value, str):
            _names(parameter=value)
        else:
            _require(_is_number(value) and 0 <= value < 10**9, "parameters")
    _require(len(cell.values) <= MOST_SLICES, f"values ({len(cell.values)} of them)")
    _require(cell.unit in ("second", "byte"), "unit")
    most = SLOWEST if cell.unit == "second" else GREATEST
    for process in cell.processes:
        for slices in (process.values, process.threading, process.floor):
            _require(isinstance(slices, list), "values")
            _require(all(_is_number(v) and 0 < v <= most for v in slices), "values")
        _require(bool(process.values), "values")
        _require(all(_is_number(o) and 0 <= o <= 1 for o in process.overlaps), "overlap")
        _require(all(_is_number(n) and n >= 0 for c in process.counts for n in c), "counts")
        _require(all(_is_number(g) and 0 <= g <= SLOWEST for g in process.gaps), "gaps")
        steps = process.latencies.items()
        _require(len(steps) <= MOST_STEPS, "latencies")
        _require(all(abs(step) <= MOST_STEPS and n > 0 for step, n in steps), "latencies")


# -- types --------------------------------------------------------------------------------


def _require(holds: bool, name: str) -> None:
    if not holds:
        raise UnusableError(f"not of the format: {name}")


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    )


def _texts(**values: Any) -> None:
    for name, value in values.items():
        _require(isinstance(value, str), name)


def _names(**values: Any) -> None:
    for name, value in values.items():
        short = isinstance(value, str) and 0 < len(value) <= LONGEST_NAME
        good = short and value.isprintable() and value == value.strip()
        _require(good and ".." not in re.split(r"[/\\]", value), name)


def started(things: Sequence[str]) -> str:
    """The day of the latest of these moments; empty where none is known."""
    return max((t[:10] for t in things if re.match(r"\d{4}-\d\d-\d\d", t)), default="")
