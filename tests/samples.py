"""Results to make reports of: of two implementations on two interpreters, and of very many."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from syncproof import results, spec
from syncproof.interpreters import interpreter, interpreter_name
from syncproof.results import Report, Result
from syncproof.sandbox.inspection import Target
from syncproof.timing import store
from syncproof.timing.records import Process, Record, Session
from syncproof.timing.scenarios import by_id, cases

HERE = {
    **interpreter(), "implementation": "CPython", "version": "3.13.0", "release": "",
    "free_threaded_build": False, "gil_at_start": True, "gil_enabled": True,
    "debug_build": False, "optimised_build": None, "jit_enabled": None, "optimize_flag": 0,
}
OTHER = {**HERE, "version": "3.14.1", "free_threaded_build": True,
         "gil_at_start": False, "gil_enabled": False}  # fmt: skip
CELLS = ("create.lock", "pair.lock", "throughput.lock.threads=1", "throughput.lock.threads=2",
         "pingpong.lock", "floor.call")  # fmt: skip

BROKEN = Result(
    "lock.release.free-raises", "lock", "must", "fail", test="test_lock.py::test_free[mine-lock]",
    message="a: release() returned None, expected Exception", seconds=0.1,
    trace=[["stagehand", "begins Lock()"], ["a", "begins release()"],
           ["b", "is blocked in acquire()"]],
)
PASSED = replace(BROKEN, outcome="pass", message="", trace=[])
DEVIATION = Result(
    "lock.acquire.returns-true", "lock", "must", "deviation", test="test_lock.py::test_true",
    message="returns 1 (it always has)", link="https://example.org/why",
)
LACKING = Result(
    "lock.acquire.timeout-waits", "lock", "must", "not-offered", message="no timeout", declared=True
)
PROPERTY = Result("property.lock.fifo", "lock", "property", "property", message="in order")
KEPT = Result("lock.init.unlocked", "lock", "must", "pass", test="test_lock.py::test_init")

#: Seconds, or bytes, of one operation of each kind.
BASES = {"hot": 5e-8, "window": 3e-7, "blocking": 2e-5, "latency": 4e-5, "memory": 100.0}


def a_check(directory, name="mine", found=(KEPT,), about=HERE, **more: Any):
    values: dict[str, Any] = {
        "implementation": name, "version": "1.0", "model": "thread", "target": "mylib.locks",
        "started": "2024-05-01T10:00:00+00:00", "depth": "quick",
        "selection": {"primitives": ["lock"], "clauses": []}, **more,
    }
    path = directory / "check" / interpreter_name(about) / f"{store.file_name(name)}.json"
    results.write(path, [Report(interpreter=about, results=list(found), **values)])
    return path


def a_timing(
    directory, name="mine", about=HERE, slow=1.0, lost=None, started="2024-05-01", chosen=CELLS
):
    dice = random.Random(name)
    records = []
    for case in by_id(chosen):
        trouble = (lost or {}).get(case.id)
        slices = [] if trouble else [_process(n, case, name, slow, dice) for n in range(4)]
        records.append(Record(case, slices, trouble))
    target = Target("mylib", "", name, "1.0", "thread", ("lock",), "", about)
    store.write(directory, Session(target, records, about, started=started, loads=[0.5, 1.5]))
    return directory


def _process(number, case, name, slow, dice):
    kind = case.scenario.kind
    base = BASES[kind]
    values = [base * slow * dice.uniform(1, 1.2) for _ in range(6)]
    beside = [] if name == "threading" else [base * dice.uniform(1, 1.2) for _ in values]
    floor = [1e-8 * dice.uniform(1, 1.1) for _ in values] if kind != "memory" else []
    window = kind == "window"
    events = Counter({step: 400 - abs(step + 200) * 4 for step in range(-220, -170)})
    return Process(
        number, values, beside, floor, overlaps=[0.9] * 6 if window else [],
        counts=[[100, 90]] * 6 if window else [], gaps=[0.002] * 6 if window else [],
        latencies=events if kind == "latency" else Counter(),
    )


def a_run_of_two(directory):
    """Two implementations on two interpreters, with one of everything."""
    lost = {"pingpong.lock": ("stuck", "nothing came back in 10 s"),
            "create.lock": ("incorrect", "two held it at once")}  # fmt: skip
    for about in (HERE, OTHER):
        a_check(directory, "threading", about=about)
        a_timing(directory, "threading", about)
    a_check(directory, "mine", [KEPT, BROKEN, DEVIATION, LACKING, PROPERTY])
    a_timing(directory, "mine", slow=3.0, lost=lost)
    return directory


def _otherwise(process, dice):
    """A process with figures of its own: what is all alike would be packed too well."""
    def shaken(values):
        return [v * dice.uniform(1, 2) for v in values]

    return replace(process, values=shaken(process.values), threading=shaken(process.threading),
                   floor=shaken(process.floor))  # fmt: skip


def very_many(directory):
    """What is gathered of ten implementations on six interpreters, in forty scenarios."""
    from syncproof.report.gather import Gathered, gather

    every = [
        Result(clause.id, primitive, clause.level, "pass")
        for clause in spec.load() if clause.binding for primitive in clause.primitives
    ]
    known = cases(model="thread")
    a_check(directory, found=[*every[:-1], replace(BROKEN, clause=every[-1].clause)])
    a_timing(directory, chosen=[c.id for c in known[:: len(known) // 40]][:40])
    one = gather([directory])
    many = Gathered()
    dice = random.Random(1)
    for minor in range(6):
        about = {**HERE, "version": f"3.{minor + 9}.0"}
        for number in range(10):
            name = f"implementation{number}" if number else "threading"
            for report in one.reports:
                many.reports.append(replace(report, implementation=name, interpreter=about))
            for timing in one.timings:
                cells = [
                    replace(c, implementation=name, processes=tuple(
                        _otherwise(p, dice) for p in c.processes)) for c in timing.cells
                ]  # fmt: skip
                many.timings.append(replace(
                    timing, implementation=name, interpreter=about, cells=cells,
                    folder=interpreter_name(about),
                ))
    return many
