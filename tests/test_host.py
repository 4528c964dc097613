"""A project that has syncproof installed and does not use it: its test run is what it would be."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.twice

#: Uses names that the suite uses as well, for purposes of its own.
CONFTEST = """\
import json, pathlib, sys
import pytest


@pytest.fixture
def event():
    return "a concert"


def pytest_sessionfinish(session):
    here = sorted(name for name in sys.modules if name.partition(".")[0] == "syncproof")
    pathlib.Path("modules.json").write_text(json.dumps(here))
"""
TESTS = """\
import pytest


@pytest.mark.parametrize("case", [2, 1], ids=["late", "early"])
def test_case(case):
    assert case


@pytest.mark.clause("of a contract")
def test_marked(event):
    assert event == "a concert"


@pytest.mark.again
def test_again():
    pass


def test_histories(histories):
    pass


def test_failing():
    assert [1, 2] == [1, 3]


def test_fixture_of_nobody(semaphore):
    pass
"""
SETTINGS = """\
[pytest]
addopts = --strict-markers
markers =
    clause(text): of a contract
    again: once more
"""

#: What is needed to find the plugin, and no more.
LIGHT = {
    "syncproof",
    "syncproof.conformance",
    "syncproof.suite",
    "syncproof.suite.options",
    "syncproof.vocabulary",
}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_theirs.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def output(project, *words: str) -> list[str]:
    """What pytest says, but for times and the list of plugins that are installed."""
    command = [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", *words]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=120, check=False
    )
    text = re.sub(r"\b\d+\.\d+s\b", "0s", done.stdout + done.stderr)
    text = re.sub(r"=+( .* )=+", r"=\1=", text)
    return [line for line in text.splitlines() if not line.startswith("plugins:")]


@pytest.mark.parametrize(
    "words",
    [["-v"], ["-q", "--collect-only"], ["-q", "-n", "1"], ["--markers"], ["--fixtures", "-q"]],
    ids=" ".join,
)
def test_a_project_that_does_not_use_it_runs_as_without_it(project, words):
    assert output(project, *words) == output(project, "-p", "no:syncproof", *words)


def test_a_project_that_does_not_use_it_does_not_wait_for_the_engine(project):
    output(project)
    assert set(json.loads((project / "modules.json").read_text())) == LIGHT


def test_only_its_options_are_new_in_the_help(project):
    def words(*more: str) -> set[str]:
        return {word for line in output(project, *more, "--help") for word in line.split()}

    new = words() - words("-p", "no:syncproof")
    assert [word for word in new if word.startswith("--") and "syncproof" not in word] == []


def test_where_the_suite_is_asked_for_it_is_there(project):
    said = "\n".join(output(project, "--syncproof-target", "threading", "--fixtures"))
    assert "new_lock" in said


def test_a_target_that_cannot_be_used_is_one_line(project):
    words = ("--pyargs", "syncproof.conformance", "--syncproof-target", "no_such", "-q")
    said = [line for line in output(project, *words) if line]
    assert said == [
        "ERROR: no_such is neither a registered implementation nor an importable module"
        " (`syncproof list` shows what is registered)"
    ]
