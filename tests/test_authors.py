"""The way of an author: from an installed wheel and a package with one bug to its name.

In an environment with nothing but syncproof, its needs and the package; by the command line, by
pytest, by an entry point that ``syncproof new`` wrote, and from a test file of the author's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from installing import PROJECT, Environment, attempt, build, run

from syncproof import annotate, spec
from syncproof.results import Report, Result

pytestmark = pytest.mark.once

#: A semaphore with an ``if`` where a ``while`` should be: who is woken may find nothing left.
TOY = '''\
"""Permits for the toys in the box."""

import threading


class Semaphore:
    """So many may play at once."""

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("there cannot be fewer than no toys")
        self._value = value
        self._changed = threading.Condition()

    def acquire(self, blocking=True, timeout=None):
        """Take a toy; whether there was one."""
        if not blocking and timeout is not None:
            raise ValueError("who does not wait has no timeout")
        with self._changed:
            if self._value == 0:
                if not blocking or not self._changed.wait(timeout):
                    return False
            self._value -= 1
            return True

    def release(self, n=1):
        """Put so many back."""
        if n < 1:
            raise ValueError("there is nothing to put back")
        with self._changed:
            self._value += n
            self._changed.notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *details):
        self.release()
'''
PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "toybox"
version = "1.0"

[tool.setuptools]
packages = ["toybox"]
"""
CLAUSE = "sem.acquire.rechecks-after-wake"
#: Where the method returns what it must not.
LINE = 1 + next(n for n, line in enumerate(TOY.splitlines()) if "return True" in line)


@pytest.fixture(scope="module")
def box(installed: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The environment with syncproof's wheel, and the folder of an author's project beside it."""
    project = installed.project = tmp_path_factory.mktemp("author") / "project"
    package = project / "toybox"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "permits.py").write_text(TOY, encoding="utf-8")
    (project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    return installed


def python(box: Environment, *words: str) -> tuple[int, str]:
    done = attempt(str(box.python), "-m", *words, cwd=box.project)
    return done.returncode, done.stdout


def names_the_bug(said: str) -> bool:
    """Whether it says which promise is broken, where that is made, how, and in which line."""
    clause = spec.load()[CLAUSE]
    parts = (CLAUSE, clause.text, spec.source_url(clause), "Semaphore.acquire() returned True")
    where = re.search(rf"stands +\w+ +toybox/permits\.py:{LINE} in acquire", said)
    return all(part in said for part in parts) and where is not None


def test_the_toy_has_about_40_lines():
    assert 35 <= len(TOY.splitlines()) <= 45


def test_one_command_names_the_bug(box):
    status, said = python(box, "syncproof", "check", "toybox.permits", "--depth", "quick")
    assert status == 1
    assert names_the_bug(said)
    assert "Traceback" not in said


def test_pytest_names_it_with_the_plugin(box):
    status, said = python(
        box,
        *("pytest", "--pyargs", "syncproof.conformance", "-q", "-p", "no:cacheprovider"),
        *("--syncproof-target", "toybox.permits", "--syncproof-depth", "quick"),
        *("--syncproof-clause", "sem.acquire.*"),
    )
    assert status == 1
    assert "test_semaphore.py::test_who_is_woken_in_vain_goes_on_waiting" in said
    assert names_the_bug(said)
    assert "Traceback" not in said
    assert "raise self.scene" not in said, "the engine's frames tell an author nothing"


def test_a_test_file_of_the_author_names_it(box):
    (box.project / "test_permits.py").write_text(
        "from syncproof.testing import conformance_of\n\n"
        'test_conformance = conformance_of("toybox.permits")\n',
        encoding="utf-8",
    )
    status, said = python(box, "pytest", "-q", "-p", "no:cacheprovider", "test_permits.py")
    assert status == 1
    assert f"FAILED test_permits.py::test_conformance[semaphore-{CLAUSE}]" in said
    assert names_the_bug(said)


def test_an_entry_point_written_by_new_names_it(box, tmp_path):
    status, said = python(box, "syncproof", "new", "toybox.permits", "--register")
    assert status == 0
    assert "wrote toybox/syncproof_.py: semaphore (Semaphore)" in said
    box.install(str(build(box.project, tmp_path)))
    program = box.scripts / ("syncproof.exe" if sys.platform == "win32" else "syncproof")
    listed = run(str(program), "list", cwd=tmp_path)
    assert re.search(r"^toybox +yes +thread +1\.0 +semaphore$", listed, re.MULTILINE)
    done = attempt(str(program), "check", "toybox", "--clause", CLAUSE, cwd=tmp_path)
    assert done.returncode == 1
    assert CLAUSE in done.stdout
    assert re.search(rf"toybox[/\\]permits\.py:{LINE} in acquire", done.stdout)


# -- annotations ------------------------------------------------------------------------------


def test_github_is_told_where_the_bug_is(box, monkeypatch):
    words = ("syncproof", "check", "toybox.permits", "--depth", "quick", "--clause", CLAUSE)
    place = f"file=toybox/permits.py,line={LINE}"
    told = f"::error {place},title=toybox.permits semaphore%3A {CLAUSE}::"
    assert told in python(box, *words, "--annotations", "github")[1]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert told in python(box, *words)[1]
    assert "::error" not in python(box, *words, "--annotations", "none")[1]


def annotation(result: Result) -> str:
    (line,) = annotate.github([Report("mine", "", "thread", {}, [result, result])])
    return line


def test_an_installed_copy_is_annotated_where_it_comes_from(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    source = tmp_path / "src" / "mine" / "locks.py"
    source.parent.mkdir(parents=True)
    source.write_text("")
    result = Result("lock.exclusion", "lock", "must", "fail", message="a: 50%, then\nmore")
    assert annotation(result).startswith("::error title=mine lock%3A lock.exclusion::")
    assert annotation(result).endswith("%0Aa: 50%25, then")
    result.stands = [
        ["b", "/elsewhere/x.py", 3, "f", ""],
        ["a", "/v/lib/site-packages/mine/locks.py", 7, "acquire", ""],
    ]
    assert annotation(result).startswith("::error file=src/mine/locks.py,line=7,title=")


def test_a_hang_is_annotated_from_its_stacks(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    stacks = f'no progress\n  File "/x/y.py", line 1 in f\n  File "{tmp_path}/l.py", line 5 in g'
    result = Result("lock.exclusion", "lock", "must", "hang", message=stacks)
    assert annotation(result).startswith("::error file=l.py,line=5,title=")


# -- what new writes --------------------------------------------------------------------------


@pytest.mark.parametrize("how", [["mine.locks"], ["mine.locks", "-o", "x_.py", "--ci", "gitlab"]])
def test_what_new_writes_passes_lint_and_works_at_once(how, tmp_path):
    pytest.importorskip("ruff", reason="needs ruff")
    names = ["Lock", "RLock", "Semaphore", "BoundedSemaphore", "Event", "Condition", "Barrier"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "mine" / "locks.py").write_text(
        "import threading\n\n\n"
        + "\n\n\n".join(
            f"def {name}(*args, **kwargs):\n    return threading.{name}(*args, **kwargs)"
            for name in names
        )
        + "\n\n\nclass BrokenBarrierError(threading.BrokenBarrierError):\n    pass\n",
        encoding="utf-8",
    )
    done = attempt(sys.executable, "-m", "syncproof", "new", *how, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    target = done.stdout.splitlines()[-1].rpartition(" ")[2]
    (adapter,) = (f for f in tmp_path.rglob("*_.py") if f.name != "__init__.py")
    ruff = (sys.executable, "-m", "ruff")
    rules = ["--isolated", "--select", "E,F,W,I,UP,B,C4,SIM,N,RUF,PT,PTH"]
    run(*ruff, "check", "--no-cache", *rules, str(adapter), cwd=tmp_path)
    run(*ruff, "format", "--no-cache", "--isolated", "--check", str(adapter), cwd=tmp_path)
    said = run(sys.executable, "-m", "syncproof", "check", target, "--clause", "*.init.*",
               "--depth", "quick", cwd=tmp_path)
    assert ": conformant (" in said


def test_new_takes_what_is_alike_and_tells_of_the_rest(tmp_path):
    (tmp_path / "alike.py").write_text(
        "import abc\n"
        "class FairLock:\n"
        "    def acquire(self): pass\n"
        "    def release(self): pass\n"
        "class OtherLock(FairLock): pass\n"
        "class FileRLock(FairLock):\n"
        "    def __init__(self, path): pass\n"
        "class LoopSemaphore(FairLock):\n"
        "    async def acquire(self): pass\n"
        "class BoundedPermits(FairLock): pass\n"
        "class Flag:\n"
        "    def set(self): pass\n"
        "    def is_set(self): pass\n"
        "    def wait(self): pass\n"
        "class LockError(Exception): pass\n",
        encoding="utf-8",
    )
    said = run(sys.executable, "-m", "syncproof", "new", "alike", "--ci", "none", cwd=tmp_path)
    first, *rest = said.splitlines()
    assert first == (
        "wrote alike_.py: lock (FairLock), bounded_semaphore (BoundedPermits), event (Flag)"
    )
    assert set(rest[:-1]) == {
        "left out OtherLock (lock): FairLock is taken instead",
        "left out FileRLock (rlock) needs arguments: path",
        "left out LoopSemaphore (semaphore) is for an event loop",
    }


def test_what_is_for_an_event_loop_is_written_and_checked_as_such(tmp_path):
    (tmp_path / "loops.py").write_text(
        "import asyncio\n"
        "class FairLock:\n"
        "    def __init__(self): self._lock = asyncio.Lock()\n"
        "    async def acquire(self): return await self._lock.acquire()\n"
        "    def release(self): self._lock.release()\n",
        encoding="utf-8",
    )
    run(sys.executable, "-m", "syncproof", "new", "loops", "--ci", "none", cwd=tmp_path)
    assert 'model="asyncio"' in (tmp_path / "loops_.py").read_text(encoding="utf-8")
    words = ("check", "loops_.py", "--clause", "lock.acquire.held-blocks")
    assert "conformant (1" in run(sys.executable, "-m", "syncproof", *words, cwd=tmp_path)


REGISTERED = '[project.entry-points."syncproof.implementations"]\n'


@pytest.mark.parametrize(
    "before",
    ["", "\n" + REGISTERED + 'other = "other:it"\n', "\n[tool.x]\ny = 1\n"],
    ids=["no table", "a table of others", "another table last"],
)
def test_new_registers_once_and_leaves_the_rest_as_it_is(before, tmp_path):
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("from threading import Lock\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "mine"\n{before}')
    command = (sys.executable, "-m", "syncproof", "new", "mine", "--class", "Lock=lock")
    run(*command, "--register", cwd=tmp_path)
    text = (tmp_path / "pyproject.toml").read_text()
    line = 'mine = "mine.syncproof_:implementation"'
    assert text.splitlines().count(line) == 1
    assert text.splitlines().count(REGISTERED.strip()) == 1
    assert set(f'[project]\nname = "mine"\n{before}'.splitlines()) <= set(text.splitlines())
    run(*command, "--register", "--force", cwd=tmp_path)
    assert (tmp_path / "pyproject.toml").read_text() == text


def test_new_does_not_guess_at_entry_points_that_are_written_otherwise(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("from threading import Lock\n")
    text = '[project]\nname = "mine"\nentry-points = { x = { y = "z" } }\n'
    (tmp_path / "pyproject.toml").write_text(text)
    command = (sys.executable, "-m", "syncproof", "new", "mine", "--class", "Lock=lock")
    done = attempt(*command, "--register", cwd=tmp_path)
    assert done.returncode == 2
    assert "add by hand" in done.stderr
    assert (tmp_path / "pyproject.toml").read_text() == text
    assert not (tmp_path / "mine" / "syncproof_.py").exists()


# -- the action -------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_the_action_checks_and_annotates(tmp_path):
    """Its second step, as a runner would run it."""
    text = (PROJECT / "action.yml").read_text(encoding="utf-8")
    step = text.partition("- name: Check\n")[2]
    script = step.partition("run: |\n")[2].partition("      env:\n")[0]
    names = re.findall(r"^        (SYNCPROOF_\w+): \$\{\{ inputs\.(\w+) \}\}$", step, re.MULTILINE)
    inputs = text.partition("\ninputs:\n")[2].partition("\nruns:")[0]
    assert {name for _, name in names} == set(re.findall(r"^  (\w+):$", inputs, re.MULTILINE))
    given = {
        "python": sys.executable,
        "target": "permits.py fine.py",
        "depth": "quick",
        "arguments": "--clause sem.acquire.rechecks-* --primitive semaphore",
        "junit": "x.xml",
        "badge": "x.svg",
    }
    (tmp_path / "permits.py").write_text(TOY, encoding="utf-8")
    (tmp_path / "fine.py").write_text("from threading import Semaphore\n", encoding="utf-8")
    (tmp_path / "sem.acquire.rechecks-nothing").write_text("")  # no pattern of files
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={
            **os.environ,
            "GITHUB_WORKSPACE": str(tmp_path),
            **{variable: given.get(name, "") for variable, name in names},
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert f"::error file=permits.py,line={LINE}," in done.stdout
    assert "fine: conformant" in done.stdout
    assert (tmp_path / "x.xml").is_file()
    assert "semaphore: 1/2" in (tmp_path / "x.svg").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_badge_goes_to_a_branch_of_its_own_as_the_page_says(tmp_path):
    page = (PROJECT / "docs" / "authors.md").read_text(encoding="utf-8")
    step = next(block for block in page.split("```") if "git mktree" in block)
    script = step.partition("run: |\n")[2]
    run("git", "init", "-q", "--bare", "there.git", cwd=tmp_path)
    run("git", "init", "-q", "here", cwd=tmp_path)
    run("git", "remote", "add", "origin", "../there.git", cwd=tmp_path / "here")
    for text in ("red", "green"):  # the second time there is such a branch
        (tmp_path / "here" / "syncproof.svg").write_text(text, encoding="utf-8")
        run("bash", "-e", "-c", script, cwd=tmp_path / "here")
        shown = run("git", "show", "badges:syncproof.svg", cwd=tmp_path / "there.git")
        assert shown == text
