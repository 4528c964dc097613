"""``syncproof bench``, from the command line to the files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from syncproof.sandbox.inspection import Target
from syncproof.timing import interleaved, load, store
from syncproof.timing.interleaved import sample
from syncproof.timing.scenarios import cases
from syncproof.timing.worker import WHO
from syncproof.timing.workers import Ended
from syncproof.vocabulary import PRIMITIVES

pytestmark = pytest.mark.twice

DEADLINE = 120

GOOD = """
import threading
print("said on import")
class Lock:
    def __init__(self):
        self._lock = threading.Lock()
    def acquire(self, blocking=True, timeout=-1):
        return self._lock.acquire(blocking, timeout)
    def release(self):
        self._lock.release()
"""

#: Each primitive is wrong in its own way; what is right beside it is to be timed all the same.
BAD = """
import os, threading, time
class Lock:
    "Excludes nobody."
    def acquire(self, blocking=True, timeout=-1):
        time.sleep(0)
        return True
    def release(self): pass
class RLock:
    "Can be acquired; a with block is stuck."
    def __init__(self): self._lock = threading.RLock()
    def acquire(self, blocking=True, timeout=-1): return self._lock.acquire(blocking, timeout)
    def release(self): self._lock.release()
    def __enter__(self): threading.Event().wait()
    def __exit__(self, *exc): self.release()
class Event(threading.Event):
    "Takes its process along when it is asked."
    def is_set(self): os.abort()
class Semaphore(threading.Semaphore):
    "Wants to leave."
    def acquire(self, blocking=True, timeout=None): raise SystemExit(0)
class BoundedSemaphore(threading.BoundedSemaphore):
    "Leaves at once."
    def acquire(self, blocking=True, timeout=None): os._exit(0)
class Barrier:
    "Cannot be made."
    def __init__(self, parties): raise ZeroDivisionError("no parties today")
"""

BAD_ONES = ("pair", "with", "is_set", "wait", "create", "pingpong", "throughput.*=4")


def syncproof(*arguments, cwd=None, scenarios=()):
    chosen = [word for name in scenarios for word in ("--scenario", name)]
    return subprocess.run(
        [sys.executable, "-m", "syncproof", *map(str, arguments), *chosen],
        capture_output=True, text=True, timeout=DEADLINE, cwd=cwd, check=False,
    )


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A run of one lock of our own."""
    folder = tmp_path_factory.mktemp("good")
    (folder / "good.py").write_text(GOOD)
    done = syncproof(
        "bench", "good.py", "--budget", "6s", "-o", "out", "--seed", "1",
        cwd=folder, scenarios=("pair", "with", "throughput"),
    )
    return done, folder / "out"


def test_a_run_prints_a_table_and_writes_files(good):
    done, out = good
    assert done.returncode == 0, done.stderr
    assert "pair.lock" in done.stdout
    assert "x threading" in done.stdout
    assert "round 1 of" in done.stderr
    cells = {c.id: c for c in load(out)}
    pair = cells["pair.lock"]
    assert pair.implementation == "good"
    assert pair.timed
    assert pair.to_threading is not None
    assert pair.to_floor is not None
    assert len(pair.processes) >= 1  # more on a machine that is not busy
    assert pair.gil_enabled in (True, False)
    assert pair.switch_interval is None or pair.switch_interval >= 0


def test_contended_cells_have_an_overlap(good):
    cells = {c.id: c for c in load(good[1])}
    window = cells["throughput.lock.threads=2"]
    assert 0 <= window.overlap <= 1
    assert all(len(c) == 2 for p in window.processes for c in p.counts)


def test_what_is_not_offered_is_kept_with_its_reason(good):
    cells = {c.id: c for c in load(good[1])}
    assert cells["with.lock"].verdict == "unavailable"
    assert "lock.with is not offered" in cells["with.lock"].reason


def test_what_a_call_costs_is_beside_every_figure(good):
    ids = {c.id for c in load(good[1])}
    assert {"floor.call", "floor.python-call", "floor.loop"} <= ids


def test_what_was_not_checked_is_told_to_be_so(good):
    done, out = good
    assert "nobody knows whether it is right: lock" in done.stdout
    assert {c.conformance for c in load(out) if c.primitive} == {"unchecked"}


def test_the_machine_is_described_beside_the_figures(good):
    (index,) = store.indexes(good[1])
    assert json.loads(index.read_text())["machine"]["cpus"] >= 1


def test_pyperf_reads_the_file(good):
    _, out = good
    (path,) = out.glob("bench/*/good.json")
    for command in (["stats"], ["hist"], ["compare_to", str(path)]):
        done = subprocess.run(
            [sys.executable, "-m", "pyperf", *command, str(path)],
            capture_output=True, text=True, timeout=DEADLINE, check=False,
        )
        assert done.returncode == 0, done.stderr
    metadata = json.loads(path.read_text())
    text = json.dumps(metadata)
    for what in ("gil_enabled", "switch_interval", "scenario_hash", "load_avg_1min", "overlap",
                 "operation", "verdict"):
        assert what in text


@pytest.mark.once
def test_the_report_reads_what_a_bench_and_a_check_write(good, tmp_path):
    pytest.importorskip("pandas", reason="the desk needs syncproof[report]")
    folder = good[1].parent
    words = ("good.py", "--primitive", "lock", "--depth", "quick", "--only", "check", "-o", "out")
    assert syncproof("run", *words, cwd=folder).returncode == 0
    done = syncproof("report", "out", "-o", str(tmp_path), cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "left out" not in done.stderr
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "pair" in text
    assert "not conformant" in text


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    (folder / "bad.py").write_text(BAD)
    done = syncproof(
        "bench", "bad.py", "--budget", "25s", "-o", "out", "--seed", "1",
        cwd=folder, scenarios=BAD_ONES,
    )
    return done, {c.id: c for c in load(folder / "out")}


def test_what_is_wrong_has_no_time_and_costs_one_cell(bad):
    done, cells = bad
    assert done.returncode == 1, done.stderr
    assert cells["with.rlock"].verdict == "stuck"
    assert "__enter__" in cells["with.rlock"].reason
    assert cells["is_set.event"].verdict == "incorrect"
    assert "SIGABRT" in cells["is_set.event"].reason or os.name != "posix"
    assert cells["create.barrier"].verdict == "incorrect"
    assert "no parties today" in cells["create.barrier"].reason
    assert cells["pingpong.lock"].verdict == "incorrect"
    assert "SystemExit" in cells["pair.semaphore"].reason
    assert "exited before it was done" in cells["pair.bounded_semaphore"].reason
    wrong = {
        "pair.semaphore", "pair.bounded_semaphore", "with.rlock", "is_set.event",
        "create.barrier", "pingpong.lock",
    }
    assert not [name for name in wrong if cells[name].timed]


def test_what_is_right_beside_it_is_timed(bad):
    cells = bad[1]
    for right in ("pair.rlock", "wait.event", "create.rlock", "create.event"):
        assert cells[right].timed, cells[right].reason


def test_no_cell_is_dropped(bad):
    expected = {c.id for c in cases(PRIMITIVES, BAD_ONES) if c.primitive != "condition"}
    assert expected <= set(bad[1])
    for cell in bad[1].values():
        assert cell.timed or cell.reason


def test_an_import_error_is_one_line(tmp_path):
    (tmp_path / "broken.py").write_text("raise KeyError('x')")
    done = syncproof("bench", "broken.py", "--budget", "2s", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "name a target"),
        (["threading", "--budget", "soon"], "duration"),
        (["threading", "--scenario", "nothing*"], "nothing to time"),
        (["nowhere.at.all"], "nowhere"),
        (["threading", "--primitive", "mutex"], "mutex"),
    ],
)
def test_bad_usage_is_refused(tmp_path, arguments, what):
    done = syncproof("bench", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert what in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_list_says_what_one_operation_is():
    done = syncproof("bench", "--list")
    assert done.returncode == 0
    operations = re.findall(r"^    operation (\S.*)$", done.stdout, re.M)
    assert len(operations) >= 15
    few = syncproof("bench", "--list", "--scenario", "pair").stdout
    assert "pair" in few
    assert "create" not in few


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_an_interrupted_run_keeps_what_it_has(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "syncproof", "bench", "threading", "--scenario", "pair",
         "--budget", "60s", "-o", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )
    try:
        for line in process.stderr:
            if "round 2 of" in line:
                break
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE)
        assert time.monotonic() - began < 30
    finally:
        process.kill()
    assert process.returncode == 130
    cells = {c.id: c for c in load(tmp_path)}
    assert cells["pair.lock"].timed
    (index,) = store.indexes(tmp_path)
    assert json.loads(index.read_text())["complete"] is False


def test_a_run_goes_on_where_it_was_interrupted(good):
    out = good[1]
    (index,) = store.indexes(out)
    document = json.loads(index.read_text())
    assert document["complete"]
    before = {c.id: c for c in load(out)}
    words = ("bench", "good.py", "-o", "out", "--resume", "--budget", "5s")
    chosen = ("pair", "with", "throughput")
    again = syncproof(*words, cwd=out.parent, scenarios=chosen)
    assert again.returncode == 0, again.stderr
    assert "round" not in again.stderr, "there was nothing left to do"
    assert {c.id: c.values for c in load(out)} == {c: before[c].values for c in before}
    document["complete"] = False
    index.write_text(json.dumps(document))
    again = syncproof(*words, cwd=out.parent, scenarios=chosen)
    assert again.returncode == 0, again.stderr
    after = {c.id: c for c in load(out)}
    old = [p.values for p in before["pair.lock"].processes]
    new = [p.values for p in after["pair.lock"].processes]
    assert new[: len(old)] == old
    assert len(new) > len(old)
    assert json.loads(index.read_text())["complete"]


@pytest.mark.once
def test_the_stock_sampler_writes_the_same_files(tmp_path):
    (tmp_path / "bad.py").write_text(BAD)
    done = syncproof(
        "bench", "bad.py", "--sampler", "pyperf", "--budget", "45s", "-o", "out", cwd=tmp_path,
        scenarios=("pair.rlock", "with.rlock", "with.lock", "pingpong.lock"),
    )
    assert done.returncode == 1, done.stderr
    cells = {c.id: c for c in load(tmp_path / "out")}
    assert cells["pair.rlock"].timed, cells["pair.rlock"].reason
    assert cells["pair.rlock"].to_threading is not None
    assert cells["pair.rlock"].sampler == "pyperf"
    assert cells["with.rlock"].verdict == "stuck"
    assert cells["with.lock"].verdict == "unavailable"
    assert cells["pingpong.lock"].verdict == "incorrect"
    assert "turn" in cells["pingpong.lock"].reason


def a_target(name="mine"):
    return Target(
        target=name, kind="", name=name, version="", model="thread", primitives=("lock",),
        about="", interpreter={},
    )


def sampled(monkeypatch, work, budget=20.0):
    """What the interleaved sampler makes of what workers say."""
    monkeypatch.setattr(interleaved, "work", work)
    plan = [(a_target(), cases(("lock",), ("pair", "create")))]
    (session,) = sample(plan, budget, 1, lambda progress: None, lambda session: None, {})
    return {r.case.id: r for r in session.records}


HELLO = {
    "event": "hello", "metadata": {}, "interpreter": {"gil_enabled": True, "switch_interval": 0.005}
}


SEVERAL = ("pair", "create", "with", "try", "locked")


def told_of(on_event, names):
    """What a worker says that takes a slice of each of these cases."""
    on_event(dict(HELLO))
    for case in names:
        on_event({"event": "slice", "case": case, "subject": {"value": 3.0, "loops": 5}})
    on_event({"event": "end", "load": 0.0})


def sample_several(monkeypatch, work, names, scenarios):
    """Several implementations in one run, whose budget is 100 s."""
    monkeypatch.setattr(interleaved, "work", work)
    of = cases(("lock",), scenarios)
    plan = [(a_target(name), of) for name in names]
    list(sample(plan, 100.0, 1, lambda progress: None, lambda session: None, {}))


def test_every_slice_of_a_worker_that_was_killed_is_kept(monkeypatch):
    workers = []

    def work(job, on_event, patience):
        workers.append(job)
        on_event(dict(HELLO))
        for _ in range(2):
            beside = {"floor": {"value": 1.0, "loops": 1}, "threading": {"value": 2.0, "loops": 1}}
            on_event({"event": "slice", "case": "pair.lock",
                      "subject": {"value": 3.0, "loops": 5}, **beside})
        if len(workers) == 1:
            on_event({"event": "start", "case": "create.lock", "who": "subject"})
            return Ended("stuck", "said nothing for 5 s")
        on_event({"event": "end", "load": 0.0})
        return None

    records = sampled(monkeypatch, work)
    assert records["create.lock"].judge() == ("stuck", "said nothing for 5 s")
    assert all("create.lock" not in job["cases"] for job in workers[1:])
    processes = records["pair.lock"].processes
    assert len({p.number for p in processes}) == len(processes) == len(workers)
    assert sum(len(p.values) for p in processes) == 2 * len(workers)


@pytest.mark.parametrize("others", [0, 3], ids=["alone", "with others"])
def test_what_is_waited_for_one_that_is_stuck_does_not_cost_those_beside_it(monkeypatch, others):
    lives = []

    def work(job, on_event, patience):
        if job["target"] == "hangs":
            lives.append((job["seconds"], patience))
        if job["target"] == "hangs" and len(lives) == 1:
            on_event(dict(HELLO))
            on_event({"event": "start", "case": "create.lock", "who": "subject"})
            return Ended("stuck", "said nothing for 5 s")
        told_of(on_event, job["cases"])
        return None

    monkeypatch.setattr(interleaved.random.Random, "shuffle", lambda self, order: None)
    sample_several(monkeypatch, work, ("hangs", *map(str, range(others))), ("pair", "create"))
    (first, patience), (second, _) = lives[:2]
    assert second < 100.0, "the budget holds"
    if others:  # hardly any time passes here, so what was waited comes on top of what it had
        assert second > first + min(patience, first) / 2


def test_what_no_round_had_time_for_is_taken_at_the_end(monkeypatch):
    workers = []

    def work(job, on_event, patience):
        workers.append(job["cases"])
        on_event(dict(HELLO))
        case = "create.lock" if job["cases"] == ["create.lock"] else "pair.lock"
        on_event({"event": "slice", "case": case, "subject": {"value": 3.0, "loops": 5}})
        on_event({"event": "end", "load": 0.0})
        return None

    records = sampled(monkeypatch, work, budget=100.0)
    assert records["create.lock"].processes
    assert [cases for cases in workers if "pair.lock" not in cases] == [["create.lock"]]


def test_who_had_too_little_time_in_one_round_has_more_in_the_next(monkeypatch):
    shares = {"slow": [], "quick": []}

    def work(job, on_event, patience):
        shares[job["target"]].append(job["seconds"])
        told_of(on_event, job["cases"][: 1 if job["target"] == "slow" else None])

    sample_several(monkeypatch, work, ("slow", "quick"), SEVERAL)
    assert shares["slow"][1] > 1.5 * shares["quick"][1]


def test_who_lacks_most_has_most_of_what_is_kept_for_it(monkeypatch):
    at_the_end = []

    def work(job, on_event, patience):
        if "pair.lock" not in job["cases"]:
            at_the_end.append((job["target"], len(job["cases"]), job["seconds"]))
        told_of(on_event, ["pair.lock", "create.lock"][: 1 if job["target"] == "many" else 2])

    sample_several(monkeypatch, work, ("many", "few"), SEVERAL)
    (few, lacks_few, share_of_few), (many, lacks_many, share_of_many) = at_the_end
    assert (few, many) == ("few", "many")
    assert lacks_few < lacks_many
    assert share_of_few < share_of_many


def test_a_worker_that_cannot_begin_once_costs_no_figure(monkeypatch):
    workers = []

    def work(job, on_event, patience):
        workers.append(job)
        if len(workers) == 1:
            return Ended("stuck", "said nothing for 20 s")
        on_event(dict(HELLO))
        on_event({"event": "slice", "case": "pair.lock", "subject": {"value": 3.0, "loops": 5}})
        on_event({"event": "end", "load": 0.0})
        return None

    records = sampled(monkeypatch, work)
    assert records["pair.lock"].processes
    assert "never began" in records["create.lock"].judge()[1]


def test_samplers_have_one_signature():
    import inspect

    from syncproof.timing import SAMPLERS

    signatures = {inspect.signature(s) for s in SAMPLERS.values()}
    assert len(signatures) == 1
    assert SAMPLERS["interleaved"] is sample
    assert WHO == ("subject", "threading", "floor")
