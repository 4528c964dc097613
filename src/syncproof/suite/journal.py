"""The journal of a run of the suite: one JSON line an event, written at once.

Whatever happens to the process, what was found before is on disk, and the last ``start`` without a
``result`` names the test that it happened in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Appends events to a file; to nothing where there is none."""

    def __init__(self, path: Path | None) -> None:
        self.file = path.open("a", encoding="utf-8") if path else None

    def write(self, event: str, **details: Any) -> None:
        if self.file is not None:
            self.file.write(json.dumps({"event": event, **details}) + "\n")
            self.file.flush()


def events(path: Path, offset: int = 0) -> Iterator[dict[str, Any]]:
    """The whole events of a journal from an offset on; a half-written last line is left out."""
    try:
        text = path.read_bytes()[offset:]
    except FileNotFoundError:
        return
    for line in text.splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield json.loads(line)
