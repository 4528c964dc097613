"""A worker process: given a job, listened to, and killed when it says nothing for too long."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncproof.sandbox.process import Child


@dataclass(frozen=True)
class Ended:
    """How a worker ended that did not end well."""

    verdict: str
    reason: str


def work(
    job: dict[str, Any], on_event: Callable[[dict[str, Any]], None], patience: float
) -> Ended | None:
    """Run a worker and pass on what it says; None if it ended well.

    It is killed when it says nothing for too long: a case that is stuck says nothing.
    """
    with tempfile.TemporaryDirectory(prefix="syncproof-") as name:
        folder = Path(name)
        journal, file = folder / "journal", folder / "job.json"
        journal.touch()
        file.write_text(json.dumps({**job, "journal": str(journal)}), encoding="utf-8")
        child = Child("syncproof.timing.worker", [str(file)], folder)
        with journal.open(encoding="utf-8") as lines:
            try:
                stuck = _listen(child, lines, on_event, patience)
            finally:
                child.kill()
                for line in _complete(lines):
                    on_event(json.loads(line))
        if stuck is not None:
            return Ended("stuck", f"said nothing for {patience:.0f} s{stuck}")
        if child.process.returncode != 0:
            return Ended("incorrect", f"its process {child.ending()}")
        return None


def _listen(
    child: Child, lines: Any, on_event: Callable[[dict[str, Any]], None], patience: float
) -> str | None:
    """None when the worker has ended; where its threads are when it had to be given up."""
    heard, grace = child.patience_clock(), 4.0  # to start and import what is timed
    while not child.ended:
        said = _complete(lines)
        for line in said:
            on_event(json.loads(line))
        if said:
            heard, grace = child.patience_clock(), 1.0
        elif child.patience_clock() - heard > patience * grace:
            return _places(child.stacks())
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=0.05)
    return None


def _complete(lines: Any) -> list[str]:
    """The whole lines that have come; half a one is left for later."""
    found: list[str] = []
    while True:
        place = lines.tell()
        line = lines.readline()
        if not line.endswith("\n"):
            lines.seek(place)
            return found
        found.append(line)


def _places(stacks: str) -> str:
    """Where the threads were, innermost first, in short."""
    found = []
    for block in stacks.split("\n\n"):
        calls = [line.strip() for line in block.splitlines() if line.strip().startswith("File ")]
        if calls:
            found.append(" < ".join(c.rsplit(" in ", 1)[-1] for c in calls[:3]))
    return f"; its threads: {'; '.join(dict.fromkeys(found))[:400]}" if found else ""
