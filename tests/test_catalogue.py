"""The catalogue of the benchmarks: every scenario runs in its model, and sees what is wrong.

Each model has a process of its own, which runs all of its scenarios once and very briefly. Nothing
here asserts how long anything takes.
"""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyperf
import pytest

from syncproof import registry
from syncproof.sandbox.inspection import Target
from syncproof.timing import NothingToTimeError, load, run, store
from syncproof.timing.records import Process, Record, Session
from syncproof.timing.scenarios import (
    GREEN,
    TASKS,
    IncorrectError,
    UnavailableError,
    by_id,
    cases,
    catalogue,
    floor_of,
)
from syncproof.vocabulary import PRIMITIVES

DEADLINE = 120

#: Threads that never wait may come out right by luck, but not every time.
TRIES = 5

#: One implementation of each model, with as many primitives as there are.
ONE_OF_EACH = ("threading", "asyncio", "trio", "anyio", "eventlet-green", "gevent")
if os.name == "posix":
    ONE_OF_EACH += ("multiprocessing-fork",)

#: What has one actor, or a permit for each, or only looks: there is nobody to be wrong about.
ALONE = re.compile(
    r"(throughput|cache)\..*=1$|look\.|permits.*(threads=4.permits=4|tasks=8.permits=8)"
    r"|pool.*connections=8"
)


def available(name):
    reason = registry.unavailable(registry.registered()[name])
    if reason:
        pytest.skip(reason)


def in_a_child(what, name):
    """What became of each case: nothing, or what it raised."""
    done = subprocess.run(
        [sys.executable, __file__, what, name],
        capture_output=True, text=True, timeout=DEADLINE, check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.twice
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_every_case_runs_in_its_model(name):
    available(name)
    found = in_a_child("right", name)
    assert {k: v for k, v in found.items() if v not in ("", "unavailable")} == {}
    assert sum(v == "" for v in found.values()) > len(found) / 2


@pytest.mark.twice
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_what_never_waits_is_incorrect_wherever_actors_meet(name):
    available(name)
    found = in_a_child("wrong", name)
    assert found
    assert {k: v for k, v in found.items() if not v.startswith("IncorrectError")} == {}


STUCK = """
import asyncio
class Lock:
    def __init__(self):
        self._taken = False
    async def acquire(self):
        while self._taken:
            await asyncio.sleep(0)
        self._taken = True
        return True
    def release(self):
        self._taken = False
    async def __aenter__(self):
        await asyncio.get_running_loop().create_future()
    async def __aexit__(self, *exc):
        pass
class Event(asyncio.Event):
    async def wait(self):
        return True
"""


@pytest.mark.twice
def test_a_task_that_is_stuck_or_wrong_costs_its_own_cells(tmp_path):
    (tmp_path / "stuck.py").write_text(STUCK)
    chosen = ("task.pair", "task.with", "task.set_parked*=8")
    done = subprocess.run(
        [sys.executable, "-m", "syncproof", "bench", "stuck.py", "--budget", "15s", "-o", "out",
         *[word for name in chosen for word in ("--scenario", name)]],
        capture_output=True, text=True, timeout=DEADLINE, cwd=tmp_path, check=False,
    )
    assert done.returncode == 1, done.stderr
    cells = {c.id: c for c in load(tmp_path / "out")}
    assert cells["task.with.lock"].verdict == "stuck"
    assert cells["task.set_parked.event.waiters=8"].verdict == "incorrect"
    assert "before anybody woke it" in cells["task.set_parked.event.waiters=8"].reason
    # a busy machine may have had no time left for it: but it is not blamed
    assert cells["task.pair.lock"].verdict not in ("stuck", "incorrect")


def test_every_model_has_what_the_foundation_has():
    """Alone, contended, taking turns, many woken, given up: in each model, under its own name."""
    for model in TASKS:
        names = {c.scenario.name for c in cases(model=model)}
        assert {"task.pair", "task.throughput", "task.pingpong", "task.phase", "task.notify_all",
                "task.set_parked", "task.cancel"} <= names
    for model in GREEN:
        names = {c.scenario.name for c in cases(model=model)}
        assert {"pair", "green.throughput", "pingpong", "phase", "green.notify_all",
                "green.set_parked", "green.kill"} <= names
    names = {c.scenario.name for c in cases(model="process")}
    assert {"pair", "process.throughput", "process.pingpong", "process.phase",
            "process.notify_all", "process.wake"} <= names


def test_every_primitive_has_a_scenario_in_every_model_that_has_it():
    for name, one in registry.registered().items():
        for primitive in one.primitives:
            if one.model in (*TASKS, *GREEN, "thread", "process"):
                assert len(cases([primitive], model=one.model)) >= 3, (name, primitive)


def test_ids_are_unique():
    ids = [c.id for c in cases((*PRIMITIVES, ""))]
    assert len(ids) == len(set(ids))


def test_what_it_costs_to_import_is_measured_in_a_new_interpreter(tmp_path, monkeypatch):
    from syncproof.bench import imports

    monkeypatch.setattr(imports, "PATIENCE", DEADLINE)
    (tmp_path / "slow.py").write_text("import threading\nLock = threading.Lock\n")
    (case,) = by_id(["import"])
    target = str(tmp_path / "slow.py")
    run = case.on(functools.partial(registry.resolve, target, "", ""))
    (seconds,) = run(1)
    assert 0 < seconds < DEADLINE
    monkeypatch.setattr(imports, "PATIENCE", 1e-6)
    with pytest.raises(UnavailableError, match="needs more than"):
        run(1)


def test_the_hash_of_a_scenario_covers_helpers_of_other_files():
    from syncproof.bench import fairness

    from syncproof.timing.identity import _parts

    names = {name for name, _ in _parts(fairness.fair.prepare, set())}
    assert {"_stamped", "try_out", "contend", "unrolled"} <= names


def test_what_grows_has_three_sizes_to_fit_it_over():
    for one in catalogue():
        if one.growth:
            assert len(one.parameters[one.growth]) >= 3


def a_target(model):
    return Target(
        target="mine", kind="", name="mine", version="", model=model, primitives=("lock",),
        about="", interpreter={},
    )


def test_a_model_without_scenarios_is_told_in_one_line(tmp_path):
    with pytest.raises(NothingToTimeError, match="no scenario is for actors of the kind mixed"):
        run([a_target("mixed")], tmp_path, 5.0)


def test_what_a_unit_of_work_comes_to_is_in_the_file(tmp_path):
    grid = by_id(["grid.lock.threads=2.inside=50.outside=0"])[0]
    (unit,) = by_id(["floor.work"])
    target = a_target("thread")
    records = [
        Record(grid, [Process(0, values=[1e-6], overlaps=[1.0], counts=[[1, 1]], gaps=[0.1])]),
        Record(unit, [Process(0, values=[3e-8, 2e-8])]),
    ]
    path = store.write(tmp_path, Session(target, records))
    benchmarks = pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()
    (taken,) = next(b for b in benchmarks if b.get_name() == grid.id).get_runs()
    assert taken.get_metadata()["work_unit"] == 2e-8
    (index,) = store.indexes(tmp_path)
    assert json.loads(index.read_text())["work_unit"] == 2e-8


def test_the_list_says_of_each_what_it_is_on():
    done = subprocess.run(
        [sys.executable, "-m", "syncproof", "bench", "--list"],
        capture_output=True, text=True, timeout=DEADLINE, check=False,
    )
    assert done.stdout.count("    operation ") == len(catalogue())
    assert "the whole of it" in done.stdout


@pytest.mark.once
def test_the_page_of_the_catalogue_is_current():
    script = Path(__file__).parents[1] / "scripts" / "catalogue.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"],
        capture_output=True, text=True, timeout=DEADLINE, check=False,
    )
    assert done.returncode == 0, done.stderr


# -- in the child -------------------------------------------------------------------------


def main():
    from syncproof.subject import Subject
    from syncproof.timing import crews

    what, name = sys.argv[1:]
    sys.setswitchinterval(0.0005)  # windows last for some turns of each thread
    implementation = registry.resolve(name)
    crew = crews.of(implementation.model, implementation.start_method)
    if what == "right":
        factories = Subject(implementation).factories
        chosen = cases(implementation.primitives, model=implementation.model)
    else:
        factories = dict.fromkeys(PRIMITIVES, never_waiting(implementation.model, crew))
        chosen = [c for c in cases(model=implementation.model) if sees(c)]
    wrong = what == "wrong"
    found = {c.id: outcome(c, factories[c.primitive], implementation, crew, wrong) for c in chosen}
    print("\n" + json.dumps(found), flush=True)
    os._exit(0)  # threads that are stuck are of no interest


def sees(case):
    """Whether a case must see that its actors never wait: waiters of a condition look again."""
    if case.scenario.kind in ("hot", "memory") or ALONE.search(case.id):
        return False
    return case.primitive != "condition" or case.scenario.name in ("fair", "overshoot")


def outcome(case, make, implementation, crew, wrong):
    from syncproof.timing.worker import missing_for

    if not wrong and crew.run(missing_for, case, implementation, make):
        return "unavailable"
    seconds = 0.2 if implementation.model == "process" else 0.005
    arguments = {"window": (seconds,), "memory": ()}.get(
        case.scenario.kind, (100,) if wrong else (2,)
    )
    for _ in range(TRIES if wrong else 1):
        try:
            found = case.on(make, crew=crew)(*arguments)
            if not wrong:
                check_figure(case.scenario.kind, found)
                check_floor(case, implementation.model, crew)
        except UnavailableError:
            return "unavailable"
        except IncorrectError as error:
            return f"IncorrectError: {error}"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return ""


def check_figure(kind, found):
    """Whether what a scenario has returned is a figure at all."""
    if kind == "window":
        assert found.seconds > 0
        assert len(found.counts) >= 1
        assert 0 <= found.overlap <= 1
        assert 0 <= found.gap <= found.seconds + 1e-9
    elif kind == "latency":
        assert len(found) >= 1
        assert all(seconds > 0 for seconds in found)
    else:
        assert found > 0


def check_floor(case, model, crew):
    """Whether the floor runs what it is set beside, or there is another that it can be set to."""
    from syncproof.timing.worker import nothing_for

    if case.scenario.kind == "memory":
        return
    if floor_of(case, model) is None:
        assert case.on(nothing_for(case, model), exact=False, crew=crew)(2) > 0


def never_waiting(model, crew):
    """A class that is called like every primitive, and never makes anybody wait."""
    # where actors switch only when they wait, one that never does runs to its end, out of turn
    cooperative = model in (*TASKS, *GREEN)

    class NeverWaits:
        def __init__(self, *args):
            pass

        def acquire(self, blocking=True, timeout=-1):
            return True

        def release(self, n=1):
            if not cooperative:
                crew.sleep(1e-4)  # the others go on meanwhile

        def wait(self, timeout=None):
            return 0 if timeout is None else True

        def __enter__(self):
            self.acquire()

        def __exit__(self, *exc):
            self.release()

        set = clear = notify = notify_all = abort = reset = locked = lambda self: None
        is_set = green_acquire = green_release = lambda self: False

    class NeverAwaits(NeverWaits):
        async def acquire(self):
            return True

        async def wait(self):
            pass

        async def __aenter__(self):
            pass

        async def __aexit__(self, *exc):
            pass

    return NeverAwaits if model in TASKS else NeverWaits


if __name__ == "__main__":
    main()
