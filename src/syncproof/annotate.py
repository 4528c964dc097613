"""Failures as annotations: GitHub shows each beside the line of code that it is about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from syncproof import spec as specs
from syncproof.results import Report, Result

#: Who reads them.
READERS = ("github", "none")
#: A place in a dump of stacks.
FRAME = re.compile(r'File "([^"]+)", line (\d+)')


def reader(asked: str, environment: Mapping[str, str] = os.environ) -> str:
    """For whom to annotate: as asked, else whoever runs this."""
    return asked or ("github" if environment.get("GITHUB_ACTIONS") == "true" else "none")


def github(reports: Sequence[Report]) -> Iterator[str]:
    """A workflow command for each broken clause, at the line where the actor concerned stands."""
    top = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    for report in reports:
        told: set[tuple[str, str]] = set()
        for result in report.results:
            key = (result.primitive, result.clause)
            if result.bad and key not in told:
                told.add(key)
                yield _command(report, result, top)


def _command(report: Report, result: Result, top: Path) -> str:
    title = f"{report.implementation} {result.primitive}: {result.clause}"
    properties = {"title": title}
    for file, line in _places(result):
        inside = _in_checkout(Path(file), top)
        if inside:
            properties = {"file": inside, "line": line, "title": title}
            break
    said = [result.message.split("\n")[0]]
    spec = specs.load(report.family)
    if result.clause in spec:
        said.insert(0, spec[result.clause].text)
    listed = ",".join(f"{name}={_escaped(text, ':,')}" for name, text in properties.items())
    return f"::error {listed}::{_escaped(chr(10).join(said))}"


def _places(result: Result) -> Iterator[tuple[str, str]]:
    """File and line of the actor that the verdict begins with, of the others, and of stacks."""
    blamed = re.match(r"\w+", result.message)
    first = blamed[0] if blamed else ""
    for _, file, line, *_ in sorted(result.stands, key=lambda stand: stand[0] != first):
        yield str(file), str(line)
    for found in FRAME.finditer(result.message):
        yield found[1], found[2]


def _in_checkout(file: Path, top: Path) -> str:
    """The file's path in the repository, also where an installed copy of it has run."""
    try:
        return file.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        pass
    for parent in file.parents:
        if parent.name in ("site-packages", "dist-packages"):
            inside = file.relative_to(parent)
            for folder in ("src", "."):
                if (top / folder / inside).is_file():
                    return (Path(folder) / inside).as_posix()
    return ""


def _escaped(text: str, special: str = "") -> str:
    for character in "%\r\n" + special:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
