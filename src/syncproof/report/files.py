"""Writes the files of a report: all of them, or none; and copies results."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def write(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write each text under its name; OSError, with nothing changed, where one cannot be."""
    directory.mkdir(parents=True, exist_ok=True)
    drafts: dict[Path, Path] = {}
    try:
        for name, text in texts.items():
            path = (directory / name).resolve()  # a link stays a link
            if path.is_dir():
                raise IsADirectoryError(21, "is a directory", str(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            drafts[draft] = path
            with draft.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
        for draft, path in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts:
            with contextlib.suppress(OSError):
                draft.unlink()
    return list(drafts.values())


def copy(original: Path, place: Path) -> None:
    """Copy a file, whole or not at all; the same file stays as it is."""
    place = place.resolve()  # a link stays a link
    if place.exists() and place.samefile(original):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    try:
        shutil.copyfile(original, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
