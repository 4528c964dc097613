"""``scripts/trust.py``, on runs that are made up: what holds is said to hold, and nothing else."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncproof.interpreters import interpreter
from syncproof.sandbox.inspection import Target
from syncproof.timing import store
from syncproof.timing.records import Process, Record, Session
from syncproof.timing.scenarios import by_id

pytestmark = pytest.mark.once

SCRIPT = Path(__file__).parents[1] / "scripts" / "trust.py"


def trust(*words):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, words)],
        capture_output=True, text=True, timeout=120, check=False,
    )


def a_process(number, values, beside, **more):
    return Process(number, values, list(beside), [1e-8] * len(values), **more)


def a_run(directory, seed, slower=1.0):
    """Eight processes of two uncontended cells, a herd and a window, with noise of one per cent."""
    dice = random.Random(seed)

    def slices(seconds):
        return [seconds * slower * dice.gauss(1.0, 0.01) for _ in range(10)]

    def record(name, seconds, **more):
        (case,) = by_id([name])
        found = [a_process(n, slices(seconds), [seconds] * 10, **more) for n in range(8)]
        return Record(case, found)

    records = [record("pair.lock", 5e-8), record("with.lock", 1e-7), record("create.event", 2e-6)]
    records += [record(f"notify_all.condition.waiters={n}", n * 1e-5) for n in (1, 8, 64)]
    records.append(record(
        "fair.lock.threads=4", 1e-6,
        overlaps=[0.9] * 10, counts=[[100, 100, 100, 300]] * 10, gaps=[0.02] * 10,
    ))
    target = Target(
        "threading", "", "threading", "1", "thread", ("lock", "event", "condition"), "",
        interpreter(),
    )
    store.write(directory, Session(target, records, interpreter=interpreter()))
    return directory


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return [a_run(folder / str(n), n) for n in range(3)]


def test_runs_that_repeat_are_said_to_repeat(runs):
    done = trust("repeats", *runs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 runs, 7 cells, 7 of them with a time in every run" in done.stdout
    assert "DOES NOT HOLD" not in done.stdout


def test_runs_that_do_not_repeat_are_said_not_to(runs, tmp_path):
    done = trust("repeats", *runs[:2], a_run(tmp_path / "other", 9, slower=1.3))
    assert done.returncode == 1
    assert "DOES NOT HOLD" in done.stdout


def test_known_facts_are_shown_from_files(runs):
    done = trust("facts", runs[0])
    assert done.returncode == 0, done.stderr
    (times,) = re.findall(r"lock: ([\d.]+) times", done.stdout)
    assert float(times) == pytest.approx(2.0, rel=0.02)
    (power,) = re.findall(r"waiters to the power of ([\d.]+)", done.stdout)
    assert float(power) == pytest.approx(1.0, abs=0.02)
    assert "Jain 0.75" in done.stdout
    assert "no such figures here" in done.stdout, "nobody looked at anything"


@pytest.mark.parametrize("words", [["repeats", "only-one"], ["sees", "--processes", "8"]])
def test_bad_usage_is_refused(words):
    done = trust(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
