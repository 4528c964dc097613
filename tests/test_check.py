"""``syncproof check``: what it says, what it writes, and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from syncproof import spec
from syncproof.check import LONGEST_FIRST, Check, Plan, workers_here
from syncproof.cli import main
from syncproof.progress import Lines, Silence
from syncproof.results import read
from syncproof.sandbox.inspection import inspect
from syncproof.sandbox.pair import Options
from syncproof.vocabulary import PRIMITIVES

pytestmark = pytest.mark.twice

CLAUSE = "lock.release.free-raises"

BROKEN = """\
import threading

class Lock:
    def __init__(self):
        self._lock = threading.Lock()
        self.acquire = self._lock.acquire
        self.locked = self._lock.locked

    def release(self):
        if self._lock.locked():
            self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


@pytest.fixture
def run(capsys):
    """Runs the command line; its exit status, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(list(words))
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.mark.once
def test_what_keeps_its_promises_ends_with_0(run, folder):
    status, out, err = run(
        *("check", "threading", "--primitive", "lock", "--primitive", "event"),
        *("--clause", CLAUSE, "--clause", "event.set.*", "--json", "x.json", "--junit", "x.xml"),
    )
    assert status == 0, out + err
    assert out.splitlines()[-1].startswith("threading: conformant (")
    (report,) = read(folder / "x.json")
    assert report.conformant
    assert report.primitives() == ["lock", "event"]
    assert {r.clause for r in report.results if r.primitive == "lock"} == {CLAUSE}
    assert ElementTree.parse(folder / "x.xml").getroot().tag == "testsuites"
    assert "[1/2]" in err
    assert "[2/2]" in err


def test_a_failure_tells_everything_and_ends_with_1(run, folder):
    (folder / "mine.py").write_text(BROKEN, encoding="utf-8")
    status, out, _ = run("check", "mine.py", "--clause", CLAUSE, "--json", "x.json")
    assert status == 1
    clause = spec.load()[CLAUSE]
    lines = out.splitlines()
    assert "broken: mine lock" in lines
    assert f"  {CLAUSE} (must)" in lines
    assert f"      {clause.text}" in lines
    assert f"      {spec.source_url(clause)}" in lines
    assert any("release() returned None, expected RuntimeError" in line for line in lines)
    assert any("stagehand" in line and "begins Lock()" in line for line in lines)
    assert f"  repeat    syncproof check mine.py --primitive lock --clause {CLAUSE}" in lines
    assert lines[-1].startswith("mine: not conformant (0 clauses kept, 1 broken)")
    document = json.loads((folder / "x.json").read_text())
    assert document["format"] == 1
    assert not document["conformant"]
    # What one search has found, the next does not look for again.
    assert {r["outcome"] for r in document["results"]} == {"fail", "skipped"}


def test_what_lacks_a_method_is_not_offered_and_no_error(run, folder):
    text = "class Lock:\n    def acquire(self): pass\n"
    (folder / "mine.py").write_text(text, encoding="utf-8")
    status, out, _ = run("check", "mine:Lock", "--as", "lock", "--clause", CLAUSE)
    assert status == 1
    assert "not offered: mine:Lock" in out
    assert "no attribute 'release'" in out
    assert out.splitlines()[-1] == "mine:Lock: not conformant (0 clauses kept, 1 not offered)"


def test_a_factory_that_raises_beside_one_that_works_is_a_result(run, folder):
    text = "import threading\nclass Event(threading.Event): pass\n"
    text += "def Lock(): raise OSError('no')\n"
    (folder / "mine.py").write_text(text, encoding="utf-8")
    status, out, _ = run("check", "mine.py", "--clause", CLAUSE, "--clause", "event.init.false")
    assert status == 1
    assert "OSError('no')" in out
    assert "mine: not conformant (1 clause kept, 1 broken)" in out


@pytest.mark.parametrize(
    "init",
    ["while True: pass", "import os; os._exit(7)", "raise SystemExit"],
    ids=["spins", "dies", "leaves"],
)
def test_a_constructor_that_never_comes_back_is_a_result(init, folder):
    text = f"class Lock:\n    def __init__(self):\n        {init}\n"
    (folder / "mine.py").write_text(text, encoding="utf-8")
    (target,) = inspect([("mine.py", "")])
    assert target.refusal(["lock"]) == ""


def test_a_constructor_that_wants_arguments_is_for_the_clauses(folder):
    text = "class Lock:\n    def __init__(self, path): pass\n"
    (folder / "mine.py").write_text(text, encoding="utf-8")
    (target,) = inspect([("mine.py", "")])
    assert target.refusal(["lock"]) == ""


def test_methods_that_an_instance_is_given_are_methods(folder):
    text = "import threading\nclass Lock:\n    def __init__(self):\n"
    text += "        lock = threading.Lock()\n"
    text += "        self.acquire, self.release = lock.acquire, lock.release\n"
    (folder / "mine.py").write_text(text, encoding="utf-8")
    (target,) = inspect([("mine.py", "")])
    assert target.refusal(["lock"]) == ""


def test_what_was_done_before_an_interruption_stays_whole(folder):
    (folder / "mine.py").write_text(BROKEN, encoding="utf-8")
    targets = inspect([("_thread", ""), ("mine.py", "")])
    whole = []

    class UntilOneIsDone(Silence):
        def moved(self, running, finished):
            if whole:
                raise KeyboardInterrupt

    plan = Plan(targets, ("lock",), Options(depth="quick", clauses=(CLAUSE,)), 1)
    check = Check(plan, UntilOneIsDone(), whole.append)
    check.run()
    assert check.interrupted
    assert [report.complete for report in check.reports()] == [True, False]


def test_a_stale_deviation_fails_over_all_processes(run, folder):
    (folder / "mine.py").write_text(
        "import threading\n"
        "from syncproof.vocabulary import Deviation, Implementation\n"
        "implementation = Implementation('mine', ('lock',), lambda: {'lock': threading.Lock},\n"
        f"    deviations=[Deviation('{CLAUSE}', does='x', why='y')])\n",
        encoding="utf-8",
    )
    status, out, _ = run("check", "mine.py", "--clause", CLAUSE)
    assert status == 1
    assert "stale deviation: mine lock" in out
    assert "remove the deviation" in out


def test_json_on_stdout_is_nothing_but_json(run):
    status, out, err = run("check", "threading", "--clause", CLAUSE, "--json", "-")
    assert status == 0
    assert json.loads(out)["conformant"]
    assert "threading: conformant" in err


# -- usage ----------------------------------------------------------------------------------

REFUSED = {
    "unknown target": (["no_such"], "neither a registered"),
    "unknown primitive": (["threading", "--primitive", "mutex"], "'mutex' is none of"),
    "unknown clause": (["threading", "--clause", "lock.releese.free-raises"], "did you mean"),
    "clause of the caller": (["threading", "--clause", "CALLER"], "duty of the caller"),
    "primitive that it has not": (["only.py", "--primitive", "event"], "only.py has no event"),
    "clause of another primitive": (["only.py", "--clause", "event.*"], "nothing to check"),
    "no workers": (["threading", "-n", "0"], "whole number"),
    "no factor": (["threading", "--time-factor", "soon"], "no number"),
    "no version": (["threading", "--as-of", "soon"], "no version"),
    "unwritable": (["threading", "--json", "only.py/x.json"], "only.py"),
    "directory": (["threading", "--junit", "."], "directory"),
    "as without class": (["threading", "--as", "lock"], "module:Class"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_bad_usage_is_one_line_and_2(kind, folder, capsys):
    words, says = REFUSED[kind]
    duty = next(c.id for c in spec.load() if c.scope == "caller")
    (folder / "only.py").write_text("from threading import Lock\n", encoding="utf-8")
    try:
        status = main(["check", *(duty if w == "CALLER" else w for w in words)])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr().err
    assert status == 2
    assert says in said
    assert len([line for line in said.splitlines() if line.startswith("syncproof")]) == 1
    assert "Traceback" not in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk here")  # noqa: PTH110
def test_a_full_disk_is_one_line_and_2(run):
    status, _, err = run("check", "threading", "--clause", "lock.init.unlocked",
                         "--json", "/dev/full")
    assert status == 2
    assert err.splitlines()[-1].startswith("syncproof: ")
    assert "space" in err


# -- the course of it -----------------------------------------------------------------------


def test_pairs_run_longest_first_and_as_many_at_once_as_asked():
    assert sorted(LONGEST_FIRST) == sorted(PRIMITIVES)
    (target,) = inspect([("threading", "")])
    plan = Plan([target], ("event", "lock", "barrier"), Options(("*.init.*",)), workers=2)
    seen: list[int] = []
    ended: list[str] = []

    class Spy(Silence):
        def moved(self, running, finished):
            seen.append(len(running))

        def finished(self, pair):
            ended.append(pair.primitive)

    told = []
    check = Check(plan, Spy(), told.append)
    check.run()
    assert [p.primitive for p in check.pairs[0]] == ["barrier", "lock", "event"]
    assert sorted(ended) == ["barrier", "event", "lock"]
    assert max(seen) <= 2
    assert [r.implementation for r in told] == ["threading"]
    assert check.reports()[0].conformant


@pytest.mark.parametrize(
    ("models", "of_two", "of_eight"),
    [(("thread",), 2, 4), (("trio",), 4, 4), (("asyncio", "process"), 2, 4), (("mixed",), 2, 4)],
)
def test_what_takes_turns_is_checked_beside_more_of_it(models, of_two, of_eight, monkeypatch):
    for processors, at_once in ((2, of_two), (8, of_eight)):
        monkeypatch.setattr("syncproof.check.processors", lambda count=processors: count)
        assert workers_here(models) == at_once


def test_progress_survives_a_reader_that_has_gone():
    read_end, write_end = os.pipe()
    os.close(read_end)
    stream = os.fdopen(write_end, "w")
    lines = Lines(stream)
    lines._write("x" * 100_000)
    lines._write("y")
    with contextlib.suppress(BrokenPipeError):
        stream.close()


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_ends_at_once_and_writes_what_there_is(folder, name):
    command = [sys.executable, "-m", "syncproof", "check", "threading", "--json", "x.json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not _workers(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(1.0)
        workers = _workers(process.pid)
        process.send_signal(getattr(signal, name))
        process.communicate(timeout=30)
    assert process.returncode == 130
    (report,) = read(folder / "x.json")
    assert not report.complete
    assert not report.conformant
    assert not any(_alive(worker) for worker in workers)


def _workers(parent: int) -> list[int]:
    """The suites that a check has started; a single guess where the system does not tell."""
    if not Path("/proc/self/stat").exists():
        return [0]
    templates = [child for child in _children(parent) if _is_template(child)]
    return [worker for template in templates for worker in _children(template)]


def _children(parent: int) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            # Behind its name, which may hold anything: state, parent.
            if int((process / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(process.name))
    return found


def _is_template(process: int) -> bool:
    with contextlib.suppress(OSError):
        return b"syncproof.sandbox.template" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def _alive(pid: int) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
