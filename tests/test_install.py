"""Installed by a stranger: a wheel and an editable install, each in an environment of its own."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from installing import CONTENT, PROJECT, Environment, build, needed_by_syncproof, run

DESK = ("pandas", "rich", "jinja2")

pytestmark = [
    pytest.mark.twice,
    pytest.mark.skipif(
        not (PROJECT / "pyproject.toml").is_file(), reason="runs in a checkout of the project"
    ),
]


@pytest.fixture(scope="module")
def editable(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with an editable install of the copy."""
    environment = Environment(tmp_path_factory.mktemp("environment") / "editable")
    environment.copy([*needed_by_syncproof(), "setuptools"])
    environment.install("-e", str(source))
    return environment


def modules(folder: Path) -> Iterator[str]:
    """The files of a package that must be installed, by their paths in it."""
    for path in folder.rglob("*"):
        kept = path.suffix in (".py", ".toml", ".typed", ".md", ".html", ".j2", ".css", ".js")
        if path.is_file() and kept and "egg-info" not in str(path):
            yield path.relative_to(folder).as_posix()


def test_the_wheel_holds_every_file(source, wheel):
    held = {n for n in zipfile.ZipFile(wheel).namelist() if n.startswith("syncproof/")}
    expected = {f"syncproof/{name}" for name in modules(source / "src" / "syncproof")}
    for content in CONTENT:
        expected |= {f"syncproof/{content}/{name}" for name in modules(source / content)}
    assert expected - held == set(), "pyproject.toml: packages, package-data"
    for named in ("py.typed", "conformance/spec/threading.toml", "conformance/test_lock.py"):
        assert f"syncproof/{named}" in held


def test_the_wheel_holds_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    about = [n for n in names if ".dist-info/" in n]
    assert [n for n in about if n.endswith("/LICENSE")]
    assert {n.partition("/")[0] for n in names if n not in about} == {"syncproof"}


@pytest.mark.parametrize("how", ["installed", "editable"])
def test_it_lists_what_is_registered(how, request, tmp_path):
    said = request.getfixturevalue(how).syncproof("list", cwd=tmp_path)
    assert "threading" in said
    assert "pip install" in said, "what is not installed here is listed with the line for it"


@pytest.mark.parametrize("how", ["installed", "editable"])
def test_it_checks(how, request, tmp_path):
    environment = request.getfixturevalue(how)
    words = ("check", "threading", "--primitive", "event", "--depth", "quick")
    said = environment.syncproof(*words, cwd=tmp_path)
    assert "threading: conformant" in said


@pytest.mark.parametrize("how", ["installed", "editable"])
def test_the_suite_runs_by_its_name_from_any_folder(how, request, tmp_path):
    environment = request.getfixturevalue(how)
    options = ["--syncproof-target", "threading", "--syncproof-clause", "event.set.*"]
    pytest_ = [str(environment.python), "-m", "pytest", "--pyargs", "syncproof.conformance"]
    said = run(*pytest_, *options, "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert re.search(r"^\d+ passed", said, re.MULTILINE)


def test_an_entry_point_of_another_package_registers(installed, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "tinylocks"\nversion = "4.5"\n'
        '[project.entry-points."syncproof.implementations"]\ntinylocks = "tinylocks:declared"\n'
        '[tool.setuptools]\npy-modules = ["tinylocks"]\n'
    )
    (project / "tinylocks.py").write_text(
        "import threading\n"
        "from syncproof.vocabulary import Implementation\n"
        "declared = Implementation(name='tinylocks', primitives=('event',),\n"
        "    load=lambda: {'event': threading.Event}, distribution='tinylocks')\n"
    )
    installed.install(str(build(project, tmp_path)))
    lines = installed.syncproof("list", cwd=tmp_path).splitlines()
    (line,) = [line for line in lines if line.startswith("tinylocks")]
    assert "4.5" in line.split()
    assert line.split()[-1] == "event"
    said = installed.syncproof("check", "tinylocks", "--clause", "event.init.*", cwd=tmp_path)
    assert "tinylocks: conformant" in said


@pytest.mark.parametrize("words", [["--help"], ["list"], ["--version"]])
def test_starting_up_imports_neither_the_suite_nor_the_desk(words):
    program = (
        "import contextlib, io, json, sys\n"
        "from syncproof.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({words!r})\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    imported = set(json.loads(run(sys.executable, "-c", program)))
    for slow in ("pytest", "hypothesis", "pyperf", "numpy", *DESK):
        assert slow not in imported
