"""Installed by a stranger: a wheel and an editable install, each in an environment of its own.

The environments get what syncproof declares that it needs, copied from the environment that runs
this test, and nothing else. So there is no download, and what is not declared is missing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

pytest.importorskip("setuptools", minversion="77", reason="building needs setuptools 77")
pytest.importorskip("pip", reason="installing needs pip")
requirements = pytest.importorskip("packaging.requirements")

PROJECT = Path(__file__).resolve().parents[1]
CONTENT = ("conformance", "bench", "implementations")
DESK = ("pandas", "rich", "jinja2")

pytestmark = pytest.mark.skipif(
    not (PROJECT / "pyproject.toml").is_file(), reason="runs in a checkout of the project"
)


class Environment:
    """A virtual environment that belongs to one test."""

    def __init__(self, folder: Path) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", str(folder))
        scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = scripts / Path("python").with_suffix(sysconfig.get_config_var("EXE") or "")
        self.scripts = scripts
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.packages = Path(run(str(self.python), "-c", where).strip())

    def install(self, *what: str) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install"]
        run(*pip, "-qq", "--no-deps", "--no-index", "--no-build-isolation", *what)

    def copy(self, names: Iterable[str]) -> None:
        """Copy installed distributions, with all that they need, from this environment."""
        for distribution in closure(names):
            for file in distribution.files or ():
                source = Path(str(distribution.locate_file(file)))
                if ".." in file.parts or not source.is_file():
                    continue
                goal = self.packages / file
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, goal)

    def syncproof(self, *words: str, cwd: Path) -> str:
        program = shutil.which("syncproof", path=str(self.scripts))
        assert program, "the command syncproof has not been installed"
        return run(program, *words, cwd=cwd)


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command that must succeed, without what this environment would lend it."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    variables = {k: v for k, v in variables.items() if not k.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def closure(names: Iterable[str]) -> list[metadata.Distribution]:
    """Installed distributions, and those that they require."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        found[name] = metadata.distribution(name)
        waiting += required(found[name])
    return list(found.values())


def required(distribution: metadata.Distribution) -> list[str]:
    """What a distribution cannot do without here."""
    wanted = [requirements.Requirement(line) for line in distribution.requires or ()]
    return [r.name for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]


def needed_by_syncproof() -> list[str]:
    return required(metadata.distribution("syncproof"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project: building leaves traces in its folder."""
    copy = tmp_path_factory.mktemp("project") / "syncproof"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        copy.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, copy)
    for name in ("src", *CONTENT):
        leave = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.json~")
        shutil.copytree(PROJECT / name, copy / name, ignore=leave)
    return copy


def build(source: Path, where: Path) -> Path:
    """The wheel of a source folder."""
    pip = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-index"]
    run(*pip, "--no-build-isolation", "-w", str(where), str(source))
    (wheel,) = where.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel."""
    environment = Environment(tmp_path_factory.mktemp("environment") / "wheel")
    environment.copy(needed_by_syncproof())
    environment.install(str(wheel))
    return environment


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
    said = environment.syncproof("check", "threading", "--primitive", "event", cwd=tmp_path)
    assert "threading: conformant" in said


@pytest.mark.parametrize("how", ["installed", "editable"])
def test_the_suite_runs_by_its_name_from_any_folder(how, request, tmp_path):
    environment = request.getfixturevalue(how)
    options = ["--syncproof-target", "threading", "--syncproof-primitive", "event"]
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
