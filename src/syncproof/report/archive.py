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
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from syncproof.interpreters import interpreter_name
from syncproof.report.gather import LABEL, Checked, Gathered, Timing, gather, is_index, started
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
        return gather(self.runs()) if self.runs() else Gathered()

    def add(self, found: Gathered, machine: str, note: str = "") -> tuple[Path, int]:
        """Copy what was gathered into a run of this machine; its folder, and how many are new.

        OSError where it cannot be written; nothing that is there already is changed.
        """
        files = dict(_files(found))
        moments = [r.started for r in found.reports] + [t.started for t in found.timings]
        day = started(moments) or date.today().isoformat()
        folder = self._folder(f"{day}-{machine}", files)
        new = {p: o for p, o in files.items() if not (folder / p).exists()}
        for place, original in new.items():
            _copy(original, folder / place)
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
        every: list[Checked | Timing] = [*found.reports, *found.timings]
        for folder in self.runs():
            own = [one for one in every if one.source.run == folder]
            about = json.loads((folder / LABEL).read_text(encoding="utf-8"))
            runs.append({"name": folder.name, "date": about.get("date", ""),
                         "machine": about.get("machine", ""), "note": about.get("note", ""),
                         "results": [_entry(one, self.place) for one in own]})  # fmt: skip
        path = self.place / NAME
        write_text(path, json.dumps({"format": FORMAT, "runs": runs}, indent=1) + "\n")
        return path


def _entry(one: Checked | Timing, top: Path) -> dict[str, Any]:
    about = one.interpreter
    entry: dict[str, Any] = {
        "kind": "check" if isinstance(one, Checked) else "bench",
        "interpreter": interpreter_name(about) if about else one.source.path.parent.name,
        "implementation": one.implementation,
        "version": one.version,
        "file": one.source.path.relative_to(top).as_posix(),
    }
    if isinstance(one, Checked):
        entry["conformant"] = one.conformant
    return entry


def _files(found: Gathered) -> Iterator[tuple[Path, Path]]:
    """Where in a run each file belongs, by what it holds; and the file."""
    every: list[Checked | Timing] = [*found.reports, *found.timings]
    for one in every:
        path = one.source.path
        about = one.interpreter
        folder = file_name(interpreter_name(about) if about else path.parent.name)
        packed = ".gz" if path.suffix == ".gz" else ""
        stem = file_name(one.implementation)
        if isinstance(one, Checked):
            yield Path("check", folder, f"{stem}.json{packed}"), path
            continue
        index = path if is_index(path) else path.with_name(f"{path.stem}{INDEX}")
        times = index.with_name(re.sub(rf"{re.escape(INDEX)}(\.gz)?$", r".json\1", index.name))
        yield Path("bench", folder, f"{stem}{INDEX}{packed}"), index
        if times.exists():
            yield Path("bench", folder, f"{stem}.json{packed}"), times


def _same(place: Path, original: Path) -> bool:
    return not place.exists() or filecmp.cmp(place, original, shallow=False)


def _copy(original: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    try:
        shutil.copyfile(original, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def cut_short(found: Gathered) -> Sequence[str]:
    """The checks and timings that are not whole: they are no results to publish."""
    every: list[Checked | Timing] = [*found.reports, *found.timings]
    return [str(one.source.path) for one in every if not one.complete]
