"""The seeded (broken, racy) and the unusual (permitted) implementations, as their manifests tell.

How many of them a run tries is set by SYNCPROOF_PROOF: ``full``, or ``1/8`` (the default) for one
of eight, another one on each version of Python.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from syncproof import spec
from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BROKEN = Path(__file__).parent / "broken"
RACY = BROKEN / "racy"
PERMITTED = Path(__file__).parent / "permitted"

#: A check that takes longer than this has not kept its own deadlines: a minute where it is alone,
#: and here several share the processors.
DEADLINE = 120.0
#: What is right may take its time, and some of these are slow on purpose.
SLOW = 300.0

T = TypeVar("T")


@dataclass(frozen=True)
class Broken:
    """One seeded violation."""

    file: str
    primitive: str
    clauses: tuple[str, ...]
    seed: str
    racy: bool = False
    over: str = ""

    def __str__(self) -> str:
        return self.file[: -len(".py")]


@dataclass(frozen=True)
class Racy:
    """One seeded race: right in every plain run, wrong in a rare interleaving."""

    file: str
    primitive: str
    clauses: tuple[str, ...]  # at least one of them must be reported
    seed: str
    possible: str  # "any" build, or "free": only where a switch can come between any two steps
    source: str = ""  # the real bug that it rebuilds, if it is one

    def __str__(self) -> str:
        return self.file[: -len(".py")]


@dataclass(frozen=True)
class Permitted:
    """One use of a freedom, in one primitive."""

    file: str
    primitive: str

    def __str__(self) -> str:
        return f"{self.file[: -len('.py')]}-{self.primitive}"


def broken() -> list[Broken]:
    """Every seeded implementation, in the order of the primitives."""
    found = [
        Broken(primitive=primitive, **row)
        for primitive in PRIMITIVES
        for row in _seeded(BROKEN / f"{primitive}.toml")
    ]
    # signals, deaths and forks: of any primitive
    return found + [Broken(**row) for row in _seeded(BROKEN / "fault.toml")]


def broken_tasks() -> list[Broken]:
    """Those for event loops."""
    return [Broken(**row) for row in _seeded(BROKEN / "tasks.toml")]


def broken_processes() -> list[Broken]:
    """Those for processes."""
    return [Broken(**row) for row in _seeded(BROKEN / "processes.toml")]


def broken_greenlets() -> list[Broken]:
    """Those for greenlets."""
    return [Broken(**row) for row in _seeded(BROKEN / "greenlets.toml")]


def broken_mixed() -> list[Broken]:
    """Those for threads and tasks alike."""
    return [Broken(**row) for row in _seeded(BROKEN / "mixed.toml")]


def racy() -> list[Racy]:
    """Every seeded race; the scenarios alone are not expected to find them."""
    return [Racy(**row) for row in _seeded(BROKEN / "racy.toml")]


def permitted() -> list[Permitted]:
    """Every unusual implementation, once for each primitive that it has."""
    return _permitted("manifest.toml")


def permitted_tasks() -> list[Permitted]:
    """Those for event loops."""
    return _permitted("tasks.toml")


def permitted_processes() -> list[Permitted]:
    """Those for processes."""
    return _permitted("processes.toml")


def permitted_greenlets() -> list[Permitted]:
    """Those for greenlets."""
    return _permitted("greenlets.toml")


def permitted_mixed() -> list[Permitted]:
    """Those for threads and tasks alike."""
    return _permitted("mixed.toml")


def _permitted(manifest: str) -> list[Permitted]:
    kinds = {name: primitive for primitive, name in CLASS_NAMES.items()}
    return [
        Permitted(row["file"], kinds[name])
        for row in _rows(PERMITTED / manifest)
        for name in row["primitives"]
    ]


def tried(everything: Sequence[T]) -> list[T]:
    """Those of them that this run tries."""
    share = os.environ.get("SYNCPROOF_PROOF", "1/8")
    if share == "full":
        return list(everything)
    step = int(share.partition("/")[2])
    return list(everything[sys.version_info[1] % step :: step])


def files(home: Path, kind: str) -> set[str]:
    """What there is of one kind, as its manifest has to name it."""
    return {f"{kind}/{path.name}" for path in home.glob(f"{kind}/*.py")}


def check_seeded(
    variant: Broken, folder: Path, *options: str, deadline: float = DEADLINE
) -> tuple[int, list[dict[str, Any]], str]:
    """As ``check``, of a seeded implementation by the clauses that it breaks."""
    clauses = [word for clause in variant.clauses for word in ("--clause", clause)]
    candidate = _hidden(BROKEN / variant.file, folder)
    return check(candidate, variant.primitive, *clauses, *options, deadline=deadline)


def check_permitted(
    variant: Permitted, folder: Path, *options: str
) -> tuple[int, list[dict[str, Any]], str]:
    """As ``check``, of an unusual implementation."""
    candidate = _hidden(PERMITTED / variant.file, folder)
    return check(candidate, variant.primitive, *options, deadline=SLOW)


def _hidden(file: Path, folder: Path) -> Path:
    """A copy of it; nothing in its name or place gives it away."""
    return Path(shutil.copy(file, folder / "candidate.py"))


def check(
    path: Path, primitive: str, *options: str, deadline: float = DEADLINE
) -> tuple[int, list[dict[str, Any]], str]:
    """Check one primitive of a file as a user would: exit code, results, what was printed."""
    answer = path.with_suffix(".json")
    command = [sys.executable, "-m", "syncproof", "check", str(path), "--primitive", primitive]
    done = subprocess.run(
        [*command, "--json", str(answer), *options],
        capture_output=True,
        text=True,
        cwd=path.parent,
        timeout=deadline,
        check=False,
    )
    said = done.stdout + done.stderr
    results = json.loads(answer.read_text())["results"] if answer.exists() else []
    return done.returncode, results, said


def later(clauses: Sequence[str]) -> tuple[str, ...]:
    """The option that holds a check to later documentation, where one of the clauses needs it."""
    found = [spec.load()[c] for c in clauses if c in spec.load()]  # other families are not dated
    dates = [c.since for c in found if spec.dated(c, _running())]
    return ("--as-of", max(dates, key=lambda d: int(d.split(".")[1]))) if dates else ()


def _running() -> tuple[int, int]:
    return sys.version_info[:2]


def _seeded(manifest: Path) -> list[dict[str, Any]]:
    return [{**row, "clauses": tuple(row["clauses"])} for row in _rows(manifest)]


def _rows(manifest: Path) -> list[dict[str, Any]]:
    with manifest.open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["variant"]
    return rows
