"""Conformance among an author's own tests, as pytest shows it: syncproof.testing."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import threading
from xml.etree import ElementTree

import pytest

from syncproof import spec
from syncproof.results import Report, Result
from syncproof.shared import once
from syncproof.testing import conformance_of

pytestmark = pytest.mark.twice

#: A lock whose release() of a free lock says nothing, and that has no locked().
LOCKS = """\
import threading


class Lock:
    def __init__(self):
        self._lock = threading.Lock()

    def acquire(self, blocking=True, timeout=-1):
        return self._lock.acquire(blocking, timeout)

    def release(self):
        if self._lock.locked():
            self._lock.release()


class Gate(threading.Event):
    pass
"""
BROKEN = "lock.release.free-raises"
KEPT = "lock.init.unlocked"
LACKING = "lock.locked.true-when-held"
FEW = f"{BROKEN} or {KEPT} or {LACKING}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "mylocks.py").write_text(LOCKS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder):
    """Runs pytest on a test file with this text; what it says, and its exit status."""

    def run(text: str, *words: str) -> tuple[int, str]:
        imports = "import mylocks, threading\n"
        imports += "from syncproof.testing import Deviation, conformance_of\n\n"
        (folder / "test_mine.py").write_text(imports + text, encoding="utf-8")
        return pytest_(*words)

    def pytest_(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "--no-header", "--color=no", *words]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=240, check=False
        )
        return done.returncode, done.stdout + done.stderr

    run.pytest = pytest_
    return run


LOCK = 'test_conformance = conformance_of("mylocks", primitives=["lock"])\n'


def test_there_is_one_test_for_each_primitive_and_clause(run):
    status, said = run('test_it = conformance_of(mylocks, primitives=["lock"])\n', "--co", "-q")
    assert status == 0, said
    ids = [line for line in said.splitlines() if "::" in line]
    clauses = [c.id for c in spec.load() if c.binding and "lock" in c.primitives]
    assert ids == [f"test_mine.py::test_it[lock-{clause}]" for clause in clauses]


def test_each_ends_as_its_clause_does_and_a_failure_tells_everything(run):
    status, said = run(LOCK, "-v", "-rs", "-k", FEW, "--junit-xml", "junit.xml")
    assert status == 1
    name = "test_mine.py::test_conformance[lock-{}]"
    assert f"{name.format(KEPT)} PASSED" in said
    assert f"{name.format(BROKEN)} FAILED" in said
    assert f"{name.format(LACKING)} SKIPPED" in said
    assert re.search(r"SKIPPED \[\d\] test_mine\.py:\d+: not offered: lock\.locked", said)

    clause = spec.load()[BROKEN]
    for part in (clause.text, spec.source_url(clause), "begins Lock()", "release() returned None"):
        assert part in said
    assert re.search(r"stands +\w+ +mylocks\.py:11 in release\n +def release", said)
    for machinery in ("Traceback", "testing.py", "traceback entries are hidden"):
        assert machinery not in said

    (again,) = re.findall(r"repeat +python -m pytest (.*)", said)
    status, repeated = run.pytest(*shlex.split(again))
    assert status == 1
    assert "1 failed" in repeated
    assert clause.text in repeated


@pytest.mark.once
def test_the_options_of_pytest_do_what_they_always_do(run, folder):
    words = ("-q", "-k", FEW, "--junit-xml", "junit.xml")
    status, said = run(LOCK, *words, "-n", "2")
    assert status == 1
    cases = ElementTree.parse(folder / "junit.xml").getroot().iter("testcase")
    ends = {c.get("name", "").split("-", 1)[1][:-1]: [e.tag for e in c] for c in cases}
    assert ends[KEPT] == []
    assert ends[BROKEN] == ["failure"]
    assert ends[LACKING] == ["skipped"]

    status, said = run.pytest("-q", "--lf")
    assert status == 1
    assert re.search(r"^1 failed", said, re.MULTILINE)

    status, said = run.pytest("-q", "-x", "-k", f"{BROKEN} or {LACKING}")
    assert "stopping after 1 failures" in said


def test_a_deviation_is_expected_and_a_stale_one_fails(run):
    status, said = run(
        'test_it = conformance_of({"lock": mylocks.Lock}, deviations=[\n'
        f'    Deviation("{BROKEN}", "nobody asked", "https://example.org/7"),\n'
        f'    Deviation("{KEPT}", "we thought so"),\n'
        '    Deviation("lock.exclusion", "never", when="python_version < \'3\'"),\n'
        "])\n",
        *("-q", "-rxf", "-k", FEW),
    )
    assert status == 1
    assert "nobody asked https://example.org/7" in said
    assert f"XFAIL test_mine.py::test_it[lock-{BROKEN}]" in said
    assert f"FAILED test_mine.py::test_it[lock-{KEPT}]" in said
    assert "declared to deviate (we thought so), but it keeps the clause" in said


def test_what_is_under_test_may_be_given_in_any_way(run):
    status, said = run(
        'test_file = conformance_of("mylocks.py")\n'
        'test_registered = conformance_of("threading", primitives=["lock"])\n'
        'test_class = conformance_of(mylocks.Gate, primitives=["event"])\n'
        'test_dict = conformance_of({"event": mylocks.Gate, "lock": threading.Lock})\n'
        "class Mine(threading.Event): pass\n"
        'test_own = conformance_of({"event": Mine})\n',
        *("-q", "-k", f"{KEPT} or event.init.false"),
    )
    assert status == 0, said
    assert re.search(r"^6 passed", said, re.MULTILINE)


def test_a_module_that_only_pytest_finds_is_found(run, folder):
    (folder / "hidden").mkdir()
    (folder / "mylocks.py").rename(folder / "hidden" / "mylocks.py")
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = hidden\n", encoding="utf-8")
    status, said = run(LOCK, "-q", "-k", KEPT)
    assert status == 0, said


def test_what_ends_its_process_is_told_of(run, folder):
    (folder / "mylocks.py").write_text(
        "import os, sys\nif 'pytest' in sys.argv[0]:\n"
        "    from threading import Event\nelse:\n    os._exit(7)\n"
    )
    status, said = run('test_it = conformance_of("mylocks", ["event"])\n', "-q", "-k", "init")
    assert status == 1
    assert "mylocks cannot be imported: its process exited with status 7" in said
    assert "Traceback" not in said


REFUSED = {
    "no such module": ('"nolocks"', "neither a registered implementation nor an importable"),
    "no such primitive": ('"mylocks", ["lok"]', "did you mean lock?"),
    "a primitive that it has not": ('"mylocks", ["barrier"]', "mylocks has no barrier; it has"),
    "no such depth": ('"mylocks", depth="deep"', "there is no depth 'deep'"),
    "no such clause": ('"mylocks", deviations=[Deviation("lock.exclusio", "x")]', "lock.exclusion"),
    "a class of an unknown kind": ("mylocks.Gate", "say what Gate is"),
    "a function without a name": ('{"lock": lambda: 1}', "cannot be found by name"),
    "no target at all": ("7", "7 is no target"),
    "an empty dict": ("{}", "is no target"),
    "no primitive as key": ('{"lok": mylocks.Lock}', "did you mean lock?"),
    "not available": ('"absent.py"', "is not available here"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_bad_arguments_are_one_line_at_collection(kind, run, folder):
    arguments, says = REFUSED[kind]
    (folder / "absent.py").write_text(
        "from syncproof.vocabulary import Implementation\n"
        "implementation = Implementation('absent', ('lock',), dict, requires=('no_such',))\n"
    )
    status, said = run(f"test_it = conformance_of({arguments})\n", "-q")
    assert status == 2
    lines = [line for line in said.splitlines() if says in line and "ERROR" not in line]
    assert len(lines) == 1
    assert "Traceback" not in said
    assert "testing.py" not in said


def test_a_test_is_where_its_author_has_written_it():
    test = conformance_of({"event": threading.Event})
    assert test.__code__.co_filename == __file__


def test_one_of_several_workers_finds_out_for_all(tmp_path):
    report = Report("mine", "", "thread", {}, [Result("lock.exclusion", "lock", "must", "pass")])
    calls = []

    def make() -> Report:
        calls.append(1)
        return report

    assert once(tmp_path, "a", make).results == report.results
    assert once(tmp_path, "a", make).results == report.results
    assert once(tmp_path, "b", make).results == report.results
    assert len(calls) == 2


def test_who_has_failed_leaves_it_to_the_others(tmp_path):
    def fails() -> Report:
        raise OSError

    report = Report("mine", "", "thread", {}, [])
    with pytest.raises(OSError):  # noqa: PT011
        once(tmp_path, "a", fails)
    assert once(tmp_path, "a", lambda: report) is report


@pytest.mark.skipif(sys.platform == "win32", reason="another process cannot be asked about there")
def test_nobody_waits_for_who_has_died(tmp_path):
    report = Report("mine", "", "thread", {}, [])
    died = "from syncproof.shared import once; import os, pathlib, sys\n"
    died += "once(pathlib.Path(sys.argv[1]), 'a', lambda: os._exit(0))"
    subprocess.run([sys.executable, "-c", died, str(tmp_path)], timeout=60, check=True)
    assert once(tmp_path, "a", lambda: report) is report
