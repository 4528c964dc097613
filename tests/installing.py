"""Environments of their own for tests that are a stranger's: what is installed, and nothing else.

They get what syncproof declares that it needs, copied from the environment that runs the tests.
So there is no download, and what is not declared is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest

pytest.importorskip("setuptools", minversion="77", reason="building needs setuptools 77")
pytest.importorskip("pip", reason="installing needs pip")
requirements = pytest.importorskip("packaging.requirements")

PROJECT = Path(__file__).resolve().parents[1]
CONTENT = ("conformance", "bench", "implementations")


class Environment:
    """A virtual environment for tests; ``project`` is the folder of who uses it, if any."""

    project: Path

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
    """Run a command that must succeed; what it says."""
    done = attempt(*command, cwd=cwd)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def attempt(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command, without what this environment would lend it."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    variables = {k: v for k, v in variables.items() if not k.startswith("PYTEST_XDIST")}
    return subprocess.run(
        command,
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


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


def copy_of_project(folder: Path) -> Path:
    """A copy of the project: building leaves traces in its folder."""
    copy = folder / "syncproof"
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
