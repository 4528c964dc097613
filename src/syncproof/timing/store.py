"""Where figures are kept: pyperf's own files, and beside each an index of every cell.

    DIR/bench/cpython-3.13.5/threading.json       slices, for pyperf stats, hist and compare_to
    DIR/bench/cpython-3.13.5/threading.cells.json verdicts and reasons, also where there is no time

In the first, a benchmark is called as its scenario is (``pair.lock``); the slices that were taken
beside it are ``pair.lock@threading`` and ``pair.lock@floor``, run by run and value by value.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from syncproof import results
from syncproof.interpreters import interpreter_name
from syncproof.sandbox.inspection import Target
from syncproof.timing import histogram
from syncproof.timing.cells import Cell as Cell
from syncproof.timing.records import Process, Record, Session
from syncproof.timing.scenarios import Case, floor_of, floors

FORMAT = 1
INDEX = ".cells.json"
REFERENCES = ("threading", "floor")
#: What pyperf tells that says whose machine it was: a result may be published.
PRIVATE = ("hostname", "python_executable", "python_config_args", "boot_time")

#: What the floors are that stand in for a scenario which cannot run on nothing.
FLOORS = {
    "floor.await": "an empty await",
    "floor.task-switch": "a bare switch of tasks",
    "floor.green-switch": "a bare switch of greenlets",
    "floor.pipe": "a round trip through a pipe",
}


class StoreError(Exception):
    """Files that cannot be read as figures; one line that names the file and says why."""


# -- writing ------------------------------------------------------------------------------


def write(directory: Path, session: Session) -> Path:
    """Write what a session found; the path of the pyperf file, whether or not there is a time."""
    where = directory / "bench" / interpreter_name(session.interpreter or None)
    where.mkdir(parents=True, exist_ok=True)
    stem = file_name(session.target.name)
    path = where / f"{stem}.json"
    text = _suite(session)
    if text is None:
        path.unlink(missing_ok=True)
    else:
        _replace(path, text)
    standing = standings(directory, session.target, where.name)
    _replace(where / f"{stem}{INDEX}", json.dumps(_index(session, standing), indent=1) + "\n")
    return path


def file_name(implementation: str) -> str:
    """What a file of this implementation is called: without what a file system may refuse."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", implementation).strip("-.") or "target"


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _suite(session: Session) -> str | None:
    import pyperf  # type: ignore[import-untyped]

    benchmarks = []
    units = _work_units(session)
    for record in session.records:
        verdict, _ = record.judge()
        used = [p for p in record.processes if p.values]
        if not used or record.lost is not None:
            continue
        for reference in ("", *REFERENCES):
            runs = _runs(pyperf, session, record, used, reference, verdict, units)
            if runs:
                benchmarks.append(pyperf.Benchmark(runs))
    if not benchmarks:
        return None
    return _dumped(pyperf.BenchmarkSuite(benchmarks))


def _work_units(session: Session) -> dict[int, float]:
    """What one unit of work came to in each process, in seconds: the least, undisturbed."""
    timed = [p for r in session.records if r.case.id == "floor.work" for p in r.processes]
    return {p.number: min(p.values) for p in timed if p.values}


def _dumped(suite: Any) -> str:
    import io

    class Kept(io.StringIO):
        def flush(self) -> None:
            """pyperf flushes the file that it has written to."""

    kept = Kept()
    suite.dump(kept)
    return kept.getvalue()


def _runs(
    pyperf: Any, session: Session, record: Record, used: Sequence[Process], reference: str,
    verdict: str, units: Mapping[int, float],
) -> list[Any]:
    case, runs = record.case, []
    for process in used:
        values = getattr(process, reference) if reference else process.values
        if not values:
            continue
        metadata = {
            **{k: v for k, v in process.metadata.items() if k not in PRIVATE},
            "name": f"{case.id}@{reference}" if reference else case.id,
            "unit": case.scenario.unit,
            "loops": process.loops if not reference else 1,
            "inner_loops": case.scenario.inner,
            "process": process.number,
            "implementation": reference or session.target.name,
            "operation": case.scenario.operation,
            "scenario_hash": case.scenario.hash,
            "sampler": session.sampler,
            "verdict": verdict,
        }
        if session.target.version and not reference:
            metadata["implementation_version"] = session.target.version
        if process.number in units:
            metadata["work_unit"] = units[process.number]
        if process.overlaps and not reference:
            metadata["overlap"] = ",".join(map(str, process.overlaps))
        if process.counts and not reference:
            metadata["counts"] = ",".join("/".join(map(str, c)) for c in process.counts)
            metadata["gaps"] = ",".join(map(str, process.gaps))
        if process.latencies and not reference:
            metadata["latencies"] = histogram.dumped(process.latencies)
        runs.append(pyperf.Run(values, metadata=metadata, collect_metadata=False))
    return runs


def _index(session: Session, standing: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "implementation": session.target.name,
        "version": session.target.version,
        "target": session.target.target,
        "model": session.target.model,
        # where nothing was timed no worker has told of it
        "interpreter": session.interpreter or dict(session.target.interpreter),
        "sampler": session.sampler,
        "seed": session.seed,
        "started": session.started,
        "seconds": round(session.seconds, 2),
        "complete": session.complete,
        "load": [round(v, 2) for v in session.loads],
        "machine": session.machine,
        "work_unit": min(_work_units(session).values(), default=None),
        "cells": [
            {
                **_row(r, session.target.model),
                "conformance": standing.get(r.case.primitive, "unchecked")
                if r.case.primitive
                else "",
            }
            for r in session.records
        ],
    }


def _row(record: Record, model: str) -> dict[str, Any]:
    case, scenario = record.case, record.case.scenario
    verdict, reason = record.judge()
    return {
        "id": case.id,
        "scenario": scenario.name,
        "primitive": case.primitive,
        "parameters": dict(case.parameters),
        "kind": scenario.kind,
        "operation": scenario.operation,
        "reading": scenario.reading,
        "hash": scenario.hash,
        "floor": _floor(case, model),
        "unit": scenario.unit,
        "growth": scenario.growth,
        "verdict": verdict,
        "reason": reason,
    }


def _floor(case: Case, model: str) -> str:
    """What the floor beside a case is, in words."""
    if not case.primitive:
        return ""
    lower = floor_of(case, model)
    return "the same scenario" if lower is None else FLOORS.get(lower.id, "a call")


def standings(directory: Path, target: Target, interpreter: str) -> dict[str, str]:
    """For each primitive what its check in the same directory has found: ``kept`` or ``broken``.

    Empty where there is none of this version of the implementation.
    """
    path = directory / "check" / interpreter / f"{file_name(target.name)}.json"
    if not path.is_file():
        return {}
    try:
        reports = results.read(path)
    except results.ResultError:
        return {}
    found: dict[str, str] = {}
    for report in reports:
        if report.version != target.version or report.target not in ("", target.target):
            continue
        for result in report.results:
            if result.bad:
                found[result.primitive] = "broken"
            elif report.complete:
                found.setdefault(result.primitive, "kept")
    return found


# -- going on with what was interrupted ------------------------------------------------------


def earlier(
    directory: Path, target: Target, cases: Sequence[Case], sampler: str = "interleaved"
) -> Session | None:
    """What a directory holds of just these cases of an implementation; None if nothing of use.

    It is ``complete`` if it lacks none of them and was not interrupted.
    """
    folder = directory / "bench" / interpreter_name(dict(target.interpreter))
    index = folder / f"{file_name(target.name)}{INDEX}"
    try:
        document = _read(index)
        found = {c.id: c for c in _cells(index)}
    except StoreError:
        return None
    same = (
        document.get("target") == target.target
        and document.get("version") == target.version
        and document.get("sampler") == sampler
    )
    known = found if same else {}
    wanted = [*cases, *(floors(target.model) if sampler == "interleaved" else ())]
    usable = {c.id: known[c.id] for c in wanted if known.get(c.id) and _same(known[c.id], c)}
    if not usable:
        return None
    records = []
    for case in wanted:
        record = Record(case)
        cell = usable.get(case.id)
        if cell is not None:
            record.processes = list(cell.processes)
            if not cell.processes and cell.verdict in ("incorrect", "stuck"):
                record.lost = (cell.verdict, cell.reason)
        records.append(record)
    return Session(
        target,
        records,
        interpreter=document["interpreter"],
        sampler=sampler,
        seed=document["seed"],
        complete=bool(document["complete"]) and len(usable) == len(wanted),
        started=document["started"],
        seconds=document["seconds"],
        loads=list(document["load"]),
        machine=dict(document.get("machine", {})),
    )


def _same(cell: Cell, case: Case) -> bool:
    return cell.hash == case.scenario.hash


# -- reading ------------------------------------------------------------------------------


def load(place: Path | str) -> list[Cell]:
    """Every cell of a run directory, or of one file of it."""
    found: list[Cell] = []
    for index in indexes(Path(place)):
        found.extend(_cells(index))
    return found


def indexes(place: Path) -> list[Path]:
    """The index files under a directory, or the one that belongs to a file."""
    if place.is_dir():
        return sorted(place.glob(f"bench/*/*{INDEX}")) or sorted(place.glob(f"**/*{INDEX}"))
    if not place.exists():
        raise StoreError(f"{place}: no such file or directory")
    if place.name.endswith(INDEX):
        return [place]
    index = place.with_name(place.stem + INDEX)
    if not index.is_file():
        raise StoreError(f"{place}: no figures of syncproof ({index.name} is not beside it)")
    return [index]


def _cells(index: Path) -> Iterable[Cell]:
    document = _read(index)
    try:
        processes, about = _processes(index.with_name(index.name[: -len(INDEX)] + ".json"))
        for row in document["cells"]:
            described = about.get(row["id"], {})
            yield Cell(
                interpreter=index.parent.name,
                implementation=document["implementation"],
                version=document["version"],
                free_threaded=bool(document["interpreter"].get("free_threaded_build")),
                gil_enabled=described.get(
                    "gil_enabled", document["interpreter"].get("gil_enabled")
                ),
                gil_enabled_by=tuple(document["interpreter"].get("gil_enabled_by", ())),
                switch_interval=described.get("switch_interval"),
                sampler=document["sampler"],
                model=document.get("model", "thread"),
                processes=tuple(processes.get(row["id"], ())),
                **row,
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"{index}: not figures of syncproof: {error!r}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{path}: cannot be read: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StoreError(f"{path}: not figures of syncproof of format {FORMAT}")
    return document


def _processes(path: Path) -> tuple[dict[str, list[Process]], dict[str, dict[str, Any]]]:
    """The slices by cell, and what is known of the worker; nothing where nothing was timed."""
    if not path.is_file():
        return {}, {}
    import pyperf

    try:
        suite = pyperf.BenchmarkSuite.load(str(path))
    except Exception as error:  # pyperf says what is wrong in many ways
        raise StoreError(f"{path}: not a file of pyperf: {error}") from None
    by_cell: dict[str, dict[int, Process]] = {}
    about: dict[str, dict[str, Any]] = {}
    for benchmark in suite:
        case, _, reference = benchmark.get_name().partition("@")
        for place, run in enumerate(benchmark.get_runs()):
            if not run.values:
                continue
            metadata = run.get_metadata()
            number = int(metadata.get("process", place))
            process = by_cell.setdefault(case, {}).setdefault(number, Process(number))
            setattr(process, reference or "values", list(run.values))
            if not reference:
                about[case] = metadata
                process.loops = int(metadata.get("loops", 1))
                process.metadata = metadata
                process.overlaps = [float(o) for o in _listed(metadata.get("overlap"))]
                process.counts = [
                    [int(n) for n in c.split("/")] for c in _listed(metadata.get("counts"))
                ]
                process.gaps = [float(g) for g in _listed(metadata.get("gaps"))]
                process.latencies = histogram.loaded(str(metadata.get("latencies", "")))
    return {case: [of[n] for n in sorted(of)] for case, of in by_cell.items()}, about


def _listed(text: Any) -> list[str]:
    return str(text).split(",") if text is not None else []
