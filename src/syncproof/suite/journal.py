"""The journal of a run of the suite: one JSON line an event, written at once.

Whatever happens to the process, what was found before is on disk, and the last ``start`` without a
``finish`` names the test that it happened in. The events, in order:

``collected``   the tests that will run: for each its variant and clauses, and which it searches for
``start``       a test begins
``result``      what it found about one clause
``printed``     it wrote to stdout or stderr
``finish``      it is over, teardown included
``alive``       it goes on, and how far it is
``restart``     the process gives itself up after a hang that keeps the processor busy
``threads``     the threads that are left at the end
``end``         the session is over, with pytest's exit status
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Seconds between two signs of life of one test.
SIGN_OF_LIFE = 1.0


class Journal:
    """Appends events to a file; to nothing where there is none."""

    def __init__(self, path: Path | None) -> None:
        self.file = path.open("a", encoding="utf-8") if path else None
        self._alive = time.monotonic()

    def alive(self, text: str) -> None:
        """A sign of life; said as often as one likes, it is written now and then."""
        now = time.monotonic()
        if now - self._alive > SIGN_OF_LIFE:
            self._alive = now
            self.write("alive", text=text)

    def write(self, event: str, **details: Any) -> None:
        if self.file is not None:
            self.file.write(json.dumps({"event": event, **details}) + "\n")
            self.file.flush()


def test_id(nodeid: str) -> str:
    """What a test is called in journals and results: ``test_lock.py::test_name[case]``."""
    path, _, rest = nodeid.partition("::")
    return f"{Path(path).name}::{rest}"


class Tail:
    """Reads a journal while it is being written: each event once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0

    def new(self) -> Iterator[dict[str, Any]]:
        """The whole events since the last look; a half-written last line is left for later."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        for line in whole.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a line that was cut short when the process before died
            if isinstance(event, dict):
                yield event


def events(path: Path) -> Iterator[dict[str, Any]]:
    """Every whole event of a journal."""
    return Tail(path).new()
