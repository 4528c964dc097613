"""The command line as a whole, and the commands that only look: list and spec; and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncproof import cli, registry, spec, timing
from syncproof.cli import COMMANDS, main
from syncproof.interpreters import interpreter_name
from syncproof.suite import index
from syncproof.timing import store
from syncproof.timing.records import Record
from syncproof.timing.scenarios import floors
from syncproof.vocabulary import Implementation

pytestmark = pytest.mark.twice


@pytest.fixture
def run(capsys):
    """Runs the command line; its exit status, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        try:
            status = main(list(words))
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_help_shows_every_command_and_an_example(run):
    status, out, _ = run("--help")
    assert status == 0
    for command, line in COMMANDS.items():
        assert re.search(rf"^    {command}\s", out, re.MULTILINE)
        assert line.split()[0] in out
    assert "syncproof check path/to/locks.py --primitive lock" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(run, command):
    status, out, err = run(command, "--help")
    assert status == 0, err
    assert f"syncproof {command}" in out.partition("example")[2]


def test_the_version_is_told(run):
    assert run("--version")[1].startswith("syncproof ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "COMMAND"),
        (["chek"], "did you mean check?"),
        (["check"], "TARGET"),
        (["check", "--no-such-option", "threading"], "--no-such-option"),
        (["spec", "no.such.*"], "no clause matches"),
        (["run", "no_such_module"], "nothing to run"),
    ],
)
def test_bad_usage_is_2_without_a_traceback(run, words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(*words)
    assert status == 2
    assert says in err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="needs os.wait4")
@pytest.mark.parametrize("words", [["--help"], ["list"]])
def test_it_starts_quickly(words):
    def cost() -> float:
        null = os.open(os.devnull, os.O_WRONLY)
        command = [sys.executable, "-m", "syncproof", *words]
        process = subprocess.Popen(command, stdout=null, stderr=null)
        os.close(null)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        return usage.ru_utime + usage.ru_stime  # its own time: others may keep the machine busy

    assert min(cost() for _ in range(4)) < 0.4


def test_a_missing_package_of_the_desk_says_how_to_install_it(run, monkeypatch):
    def needs_pandas(name):
        raise ModuleNotFoundError("No module named 'pandas'", name="pandas")

    monkeypatch.setattr(cli.importlib, "import_module", needs_pandas)
    status, _, err = run("report", "somewhere")
    assert status == 2
    assert err == "syncproof: syncproof report needs pandas: pip install 'syncproof[report]'\n"


# -- list -----------------------------------------------------------------------------------


def test_list_shows_what_is_here_and_why_the_rest_is_not(run, monkeypatch):
    absent = Implementation(
        "absent", ("lock", "event"), dict, requires=("no_such",), distribution="the-dist"
    )
    found = {"threading": registry.registered()["threading"], "absent": absent}
    monkeypatch.setattr(registry, "registered", lambda: found)
    status, out, _ = run("list")
    assert status == 0
    assert "all seven" in out
    assert "lock, event" in out
    assert "no_such is not installed: pip install the-dist" in out
    assert run("list", "--names")[1] == "threading\n"


def test_list_shows_everything_registered(run):
    out = run("list")[1]
    assert all(name in out for name in registry.registered())


# -- spec -----------------------------------------------------------------------------------


def test_spec_shows_a_clause_with_its_source_and_its_tests(run):
    status, out, _ = run("spec", "lock.release.free-raises")
    assert status == 0
    assert spec.load()["lock.release.free-raises"].text in out
    assert "source: https://docs.python.org/3/library/threading.html#" in out
    assert "test: test_lock.py::test_release_of_a_free_lock_raises_runtime_error" in out


def test_spec_chooses_by_primitive_and_level(run):
    out = run("spec", "--primitive", "barrier", "--level", "property")[1]
    shown = {line.split()[0] for line in out.splitlines() if line and line[0] != " "}
    assert shown == {
        c.id for c in spec.load() if "barrier" in c.primitives and c.level == "property"
    }


def test_the_index_of_tests_is_what_pytest_collects(tmp_path):
    kept = tmp_path / "kept"  # without it, what failed before is no test
    kept.write_text("token")
    command = [sys.executable, "-m", "pytest", "--pyargs", "syncproof.conformance"]
    command += ["--collect-only", "-q", "-p", "no:cacheprovider", "--syncproof-detail"]
    command += ["--syncproof-kept", str(kept)]
    known = registry.registered().values()
    asked: set[str] = set()  # clauses of primitives that are there: asyncio has no Barrier on 3.9
    for family in spec.families():
        of_it = [i for i in known if i.family == family and not registry.unavailable(i)]
        if not of_it:
            pytest.skip(f"nothing of the {family} family is installed")
        command += ["--syncproof-target", of_it[0].name]
        there = set(of_it[0].primitives)
        asked |= {c.id for c in spec.load(family) if there & set(c.primitives)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    collected = {
        f"{Path(line.partition('::')[0]).name}::{line.partition('::')[2].partition('[')[0]}"
        for line in done.stdout.splitlines()
        if "::" in line
    }
    by_clause = index.tests_by_clause()
    indexed = {test for clause in asked for test in by_clause.get(clause, ())}
    assert len(indexed) > 500
    assert indexed <= collected


# -- run --------------------------------------------------------------------------------------


@pytest.fixture
def timed(monkeypatch):
    """In place of timing: the targets and budgets that were asked for, and files as it writes."""
    calls: list[tuple[list[str], float]] = []

    def fake(targets, directory, budget, primitives=(), **_):
        calls.append(([t.name for t in targets], budget))
        sessions = []
        for target in targets:
            cases = [*timing.planned(target, primitives), *floors()]
            session = timing.Session(target, [Record(c) for c in cases], dict(target.interpreter))
            store.write(directory, session)
            sessions.append(session)
        return sessions

    monkeypatch.setattr(timing, "run", fake)
    return calls


def test_run_does_what_is_missing_and_nothing_twice(run, timed, tmp_path, monkeypatch):
    from syncproof.commands import run as command

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "_report", lambda directory: True)
    (tmp_path / "mine.py").write_text("from threading import Event\n", encoding="utf-8")
    (tmp_path / "bad.py").write_text("raise OSError\n", encoding="utf-8")
    words = ["run", "threading", "bad.py", "--primitive", "event", "-o", "out", "--budget", "60s"]
    words += ["--depth", "quick"]
    status, out, err = run(*words)
    assert status == 1  # one target could not be used
    assert "bad.py cannot be imported: OSError" in err
    assert "threading: conformant" in out
    here = interpreter_name()
    document = json.loads((tmp_path / "out" / "check" / here / "threading.json").read_text())
    assert document["conformant"]
    assert document["selection"]["primitives"] == ["event"]
    assert timed == [(["threading"], 60.0)]

    status, out, err = run(*words[:2], "mine.py", *words[3:])
    assert status == 0, err
    assert "to check: mine (1 already done" in err
    assert (tmp_path / "out" / "check" / here / "mine.json").is_file()
    assert timed[1:] == [(["mine"], 30.0)]


def test_run_does_only_the_steps_that_it_is_told(run, timed, tmp_path, monkeypatch):
    from syncproof.commands import run as command

    monkeypatch.chdir(tmp_path)
    reported = []
    monkeypatch.setattr(command, "_report", lambda directory: not reported.append(directory))
    words = ["run", "threading", "--primitive", "event", "-o", "out", "--budget", "60s"]
    words += ["--depth", "quick"]
    here = interpreter_name()

    assert run(*words, "--only", "check")[0] == 0
    assert (tmp_path / "out" / "check" / here / "threading.json").is_file()
    assert timed == reported == []

    assert run(*words, "--only", "bench")[0] == 0
    ((names, budget),) = timed
    assert names == ["threading"]
    assert budget < 60.0, "nothing else is done, so it counts from the start of the command"
    assert reported == []

    assert run("run", "-o", "out", "--only", "report")[0] == 0
    assert reported == [Path("out")]
