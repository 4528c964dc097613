"""The runs that have been published: folders that are added to and never changed.

    results/2026-11-29-two-cores/run.json                            whose run it is, and when
    results/2026-11-29-two-cores/check/cpython-3.13.5/threading.json
    results/2026-11-29-two-cores/bench/cpython-3.13.5/threading.json
    results/index.json                                               all of them, for programs

A folder is called by the day of its latest result and by the machine: a label that its owner
chooses, and that says nothing else of whose it is. What a file says names no path unless it has
been made fit to (a name may be ``../../etc``).
"""

from __future__ import annotations

import filecmp
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from syncproof.report.files import copy
from syncproof.report.gather import (
    LABEL,
    Checked,
    Gathered,
    Timing,
    gather,
    index_of,
    started,
    times_of,
)
from syncproof.results import write_text
from syncproof.timing.store import INDEX, file_name

FORMAT = 1
NAME = "index.json"


class Archive:
    """The folder of all published runs."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def runs(self) -> list[Path]:
        """The folders of the runs, the oldest first."""
        if not self.place.is_dir():
            return []
        return sorted(p.parent for p in self.place.glob(f"*/{LABEL}"))

    def gathered(self) -> Gathered:
        return gather(self.runs())

    def add(self, found: Gathered, machine: str, note: str = "") -> tuple[Path, int]:
        """Copy what was gathered into a run of this machine; its folder, and how many are new.

        OSError where it cannot be written; nothing that is there already is changed.
        """
        files = dict(_files(found))
        day = started([one.started for one in found.every]) or date.today().isoformat()
        folder = self._folder(f"{day}-{machine}", files)
        new = {p: o for p, o in files.items() if not (folder / p).exists()}
        for place, original in new.items():
            copy(original, folder / place)
        if not (folder / LABEL).exists():
            about = {"format": FORMAT, "machine": machine, "date": day, "note": note}
            folder.mkdir(parents=True, exist_ok=True)
            write_text(folder / LABEL, json.dumps(about, indent=1) + "\n")
        return folder, len(new)

    def _folder(self, name: str, files: dict[Path, Path]) -> Path:
        """The first of that name, or with a number, that holds nothing else in place of these."""
        folder, number = self.place / name, 2
        while not all(_same(folder / place, original) for place, original in files.items()):
            folder, number = self.place / f"{name}-{number}", number + 1
        return folder

    def write_index(self, found: Gathered) -> Path:
        """Write what there is; the path of the index."""
        runs = []
        for folder in self.runs():
            own = [one for one in found.every if one.source.run == folder]
            about = json.loads((folder / LABEL).read_text(encoding="utf-8"))
            runs.append({"name": folder.name, "date": about.get("date", ""),
                         "machine": about.get("machine", ""), "note": about.get("note", ""),
                         "results": [_entry(one, self.place) for one in own]})  # fmt: skip
        path = self.place / NAME
        write_text(path, json.dumps({"format": FORMAT, "runs": runs}, indent=1) + "\n")
        return path


def _entry(one: Checked | Timing, top: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": one.kind,
        "interpreter": one.folder,
        "implementation": one.implementation,
        "version": one.version,
        "file": one.source.path.relative_to(top).as_posix(),
    }
    if isinstance(one, Checked):
        entry["conformant"] = one.conformant
    return entry


def _files(found: Gathered) -> Iterator[tuple[Path, Path]]:
    """Where in a run each file belongs, by what it holds; and the file."""
    for one in found.every:
        path = one.source.path
        folder = Path(one.kind, file_name(one.folder))
        packed = ".gz" if path.suffix == ".gz" else ""
        stem = file_name(one.implementation)
        if isinstance(one, Checked):
            yield folder / f"{stem}.json{packed}", path
            continue
        index = index_of(path)
        times = times_of(index)
        yield folder / f"{stem}{INDEX}{packed}", index
        if times.exists():
            yield folder / f"{stem}.json{packed}", times


def _same(place: Path, original: Path) -> bool:
    return not place.exists() or filecmp.cmp(place, original, shallow=False)
