"""The other sampler: pyperf's own Runner, for the record on a quiet machine.

It times cell by cell, in as many processes as pyperf thinks right. Each cell has a manager of its
own, since a manager ends at the first worker that is stuck. Here nothing is timed side by side:
ratios hold as far as the machine stood still.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from syncproof.actors.delays import load_factor
from syncproof.sandbox.inspection import Target
from syncproof.sandbox.process import BOOT, enter_users_folder
from syncproof.timing import crews, machine
from syncproof.timing.interleaved import Keep, Progress, Report
from syncproof.timing.records import REFERENCE, Process, Record, Session, load_average
from syncproof.timing.scenarios import Case, by_id, floor_of, of_threading
from syncproof.timing.slices import SLICE
from syncproof.timing.worker import (
    SWITCH_INTERVAL,
    WHO,
    _threading,
    missing_for,
    nothing_for,
)
from syncproof.vocabulary import Implementation

#: Seconds for each cell from which pyperf's own defaults are used: 3 x 20 processes.
FULL = 60.0
#: What a worker process of pyperf costs, until one has been seen.
START = 0.4
#: Kinds of which pyperf cannot find a number of loops: what they return is not how long they take.
LOOPS = {"window": 1, "memory": 1, "latency": 20}

#: What pyperf's manager and its workers are started as: the script below.
PROGRAM = ("-c", BOOT.format("syncproof.timing.stock"))


def sample(
    targets: Sequence[tuple[Target, Sequence[Case]]],
    budget: float,
    seed: int,
    report: Report,
    keep: Keep,
    earlier: Mapping[str, Session],
) -> Iterator[Session]:
    """Time every target, one cell after another; a session for each.

    Of a session that was interrupted (``earlier``), the cells that it has no figure of.
    """
    began = time.monotonic()
    left = sum(len(cases) for _, cases in targets)
    interrupted, start_up = False, START * load_factor()
    for target, cases in targets:
        now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        session = earlier.get(target.name) or Session(
            target, [Record(c) for c in cases], sampler="pyperf", seed=seed, started=now
        )
        start, watch = time.monotonic(), machine.Watch()
        try:
            for record in session.records if not interrupted else []:
                if record.processes or record.lost is not None:
                    left -= 1
                    continue
                spent = time.monotonic() - began
                message = f"{target.name}: {record.case.id}"
                report(Progress(min(1.0, spent / budget), message, max(0.0, budget - spent)))
                session.loads.append(load_average())
                if spent < budget:
                    start_up = _cell(session, record, (budget - spent) / left, start_up)
                left -= 1
        except KeyboardInterrupt:
            interrupted = True
        session.complete = not interrupted
        session.seconds += time.monotonic() - start
        session.machine = watch.record()
        keep(session)
        yield session


def _cell(session: Session, record: Record, share: float, start_up: float) -> float:
    """Time one cell; what a process cost, for the plan of the next."""
    began = time.monotonic()
    processes = max(2, min(20, int(share / 3 / start_up) - 1))
    with tempfile.TemporaryDirectory(prefix="syncproof-") as directory:
        output, notes = Path(directory) / "out.json", Path(directory) / "notes"
        command = [
            sys.executable, *PROGRAM,
            "--target", session.target.target, "--as", session.target.kind,
            "--chosen", session.target.chosen, "--model", session.target.model,
            "--case", record.case.id, "--notes", str(notes), "--quiet", "-o", str(output),
            *_patience(record.case, share, processes),
        ]
        limit = share * 3 + 60
        code, said = _run(command, limit)
        if code == 124:
            record.lost = ("stuck", "no value within the timeout of pyperf")
        elif code is None:
            record.lost = ("stuck", f"its manager did not end within {limit:.0f} s")
        elif code != 0:
            record.lost = _loss(said)
        else:
            record.processes = list(_processes(record, output, notes))
            session.interpreter = session.interpreter or _about(notes)
            return (time.monotonic() - began) / (3 * (processes + 1))  # one calibrates
    return start_up


def _patience(case: Case, share: float, processes: int) -> list[str]:
    """The options of pyperf that fit the time there is for three benchmarks."""
    timeout = round((5 if share < FULL else 20) * min(3.0, load_factor()))
    options = ["--timeout", str(timeout)]
    if case.scenario.kind in LOOPS:
        options += ["--loops", str(LOOPS[case.scenario.kind])]
    if share >= FULL:
        return options
    return [*options, "-p", str(processes), "-n", "3", "-w", "1", "--min-time", "0.01"]


def _run(command: Sequence[str], limit: float) -> tuple[int | None, str]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, errors="replace", start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=limit)
        return process.returncode, said
    except subprocess.TimeoutExpired:
        return None, ""
    finally:
        if process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.communicate()


def _loss(said: str) -> tuple[str, str]:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for line in reversed(lines):
        name, found, message = line.partition(": ")
        if found and name.endswith("NotOfferedError"):
            return "unavailable", message
        if found and name.endswith("IncorrectError"):
            return "incorrect", message
    raised = [x for x in lines if "Error:" in x and not x.startswith("RuntimeError: Benchmark")]
    return "incorrect", f"raised {raised[0]}" if raised else (lines[-1] if lines else "crashed")


def _processes(record: Record, output: Path, notes: Path) -> Iterator[Process]:
    import pyperf  # type: ignore[import-untyped]

    of: dict[str, list[Any]] = {}
    for benchmark in pyperf.BenchmarkSuite.load(str(output)):
        _, _, who = benchmark.get_name().partition("@")
        of[who] = [r for r in benchmark.get_runs() if r.values]
    about = _about(notes)
    overlaps = [float(o) for o in _notes(notes, "overlap")]
    for number, run in enumerate(of.get("", ())):
        beside = {who: of[who][number].values for who in WHO[1:] if number < len(of.get(who, ()))}
        yield Process(
            number,
            values=list(run.values),
            threading=list(beside.get("threading", ())),
            floor=list(beside.get("floor", ())),
            overlaps=overlaps if number == 0 else [],
            loops=run.get_loops(),
            metadata={
                **run.get_metadata(),
                "gil_enabled": about.get("gil_enabled", True),
                "switch_interval": about.get("switch_interval") or 0.0,
            },
        )


def _notes(notes: Path, what: str) -> list[Any]:
    if not notes.is_file():
        return []
    lines = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    return [line[what] for line in lines if what in line]


def _about(notes: Path) -> dict[str, Any]:
    found = _notes(notes, "interpreter")
    return dict(found[0]) if found else {}


# -- the script that pyperf's manager and its workers run ----------------------------------


class NotOfferedError(Exception):
    """The implementation lacks what the scenario needs."""


def main() -> None:
    import pyperf

    enter_users_folder()
    parser = argparse.ArgumentParser(prog="syncproof.timing.stock")
    parser.add_argument("--target", required=True)
    parser.add_argument("--as", dest="kind", default="")
    for name in ("--chosen", "--model", "--notes"):
        parser.add_argument(name, default="")
    parser.add_argument("--case", required=True)

    def forward(command: list[str], args: argparse.Namespace) -> None:
        # every option of ours, or a worker would count its tasks differently from its manager
        command.extend(["--target", args.target, "--as", args.kind])
        command.extend(["--chosen", args.chosen, "--model", args.model])
        command.extend(["--case", args.case, "--notes", args.notes])

    runner = pyperf.Runner(
        program_args=PROGRAM,
        add_cmdline_args=forward,
        _argparser=parser,
    )
    args = runner.parse_args()
    (case,) = by_id([args.case])
    for who in WHO:
        own = _case_of(who, case, args)
        if own is None:
            continue
        name = case.id if who == "subject" else f"{case.id}@{who}"
        timed = functools.lru_cache(maxsize=1)(functools.partial(_prepared, who, own, args))
        inner = 1 if own.scenario.kind in LOOPS else own.scenario.inner
        runner.bench_time_func(name, lambda loops, timed=timed: timed()(loops), inner_loops=inner)


def _case_of(who: str, case: Case, args: argparse.Namespace) -> Case | None:
    """The case that one of the three runs; None where there is none."""
    if not case.primitive and who != "subject":
        return None
    if who == "threading":
        return None if args.target == REFERENCE else of_threading(case)
    if who == "floor":
        return floor_of(case, args.model) or case
    return case


def _prepared(who: str, case: Case, args: argparse.Namespace) -> Callable[[int], float]:
    """What is timed in a worker: set up in the worker, at its first value."""
    if who == "threading":
        return _timed(case, _threading(case.primitive), crews.Threads(), "")
    if who == "floor":
        make = nothing_for(case, args.model) if case.primitive else object
        return _timed(case, make, crews.of(args.model), "", exact=False)
    implementation, make = _subject(case, args)
    crew = crews.of(implementation.model, implementation.start_method)
    return _timed(case, make, crew, args.notes)


def _subject(
    case: Case, args: argparse.Namespace
) -> tuple[Implementation, Callable[..., Any]]:
    from syncproof import gil
    from syncproof.interpreters import interpreter
    from syncproof.registry import resolve
    from syncproof.subject import Subject

    with gil.Watch() as watch:
        subject = Subject(resolve(args.target, args.kind, args.chosen))
    if hasattr(sys, "setswitchinterval"):
        sys.setswitchinterval(SWITCH_INTERVAL)
    _note(args.notes, interpreter={**interpreter(), **watch.record()})
    if not case.primitive:
        again = functools.partial(resolve, args.target, args.kind, args.chosen)
        return subject.implementation, again
    make = subject.factories.get(case.primitive)
    if make is None:
        raise NotOfferedError(f"it has no {case.primitive}")
    missing = missing_for(case, subject.implementation, make)
    if missing:
        raise NotOfferedError(missing)
    return subject.implementation, make


def _timed(
    case: Case, make: Callable[..., Any], crew: Any, notes: str, exact: bool = True
) -> Callable[[int], float]:
    """What pyperf calls: whatever the kind, seconds for so many loops."""
    run, kind = case.on(make, exact, crew), case.scenario.kind

    def value(loops: int) -> float:
        if kind == "window":
            found = run(SLICE["window"])
            _note(notes, overlap=found.overlap)
            return float(found.per_operation * loops)
        if kind == "latency":
            return float(median(run(loops)) * loops)
        return float(run() if kind == "memory" else run(loops))

    return lambda loops: max(value(loops), 1e-9)


def _note(notes: str, **values: Any) -> None:
    if notes:
        with Path(notes).open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")
