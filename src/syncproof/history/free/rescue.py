"""Whoever is blocked in a trial that is given up is let go: the threads are used again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from syncproof.history.free.trial import Trial
from syncproof.history.free.worker import Worker
from syncproof.history.program import Program

#: Between two attempts to let go those that are blocked.
RESCUE_INTERVAL = 0.001
LOOKS_PER_RESCUER = 8
#: Who has not been let go after so long is left behind.
RESCUE = 0.3


class Rescue:
    """Attempts of one thread after another, from the given moment on."""

    def __init__(self, trial: Trial, workers: Sequence[Worker], since: float) -> None:
        self.trial = trial
        self.workers = workers
        self.since = since
        self.rescuer: Worker | None = None
        self.rescuers = self.looks = 0

    def attempt(self, now: float) -> bool:
        """Try once more, unless one is at it; whether there is still hope."""
        if now - self.since > RESCUE:
            return False
        self.looks += 1
        if self.rescuer is not None and self.rescuer.busy and self.looks % LOOKS_PER_RESCUER:
            return True  # perhaps it only needs its time; if not, another has to
        idle = [w for w in self.workers if not w.busy]
        if idle:
            self.rescuer = idle[self.rescuers % len(idle)]
            self.rescuers += 1
            self.rescuer.give(lambda: let_go(self.trial.program, self.trial.thing))
        return True


def let_go(program: Program, thing: Any) -> None:
    """Wake whoever waits, and give back what this thread may hold, as well as that can be done.

    One thread at a time: what has no owner could be taken from another that does the same.
    """
    if program.primitive == "condition":
        with suppress(Exception):
            thing.acquire(False)
        with suppress(Exception):
            thing.notify_all()
    owned = program.primitive == "rlock" or program.variant in ("default", "rlock", "")
    with suppress(Exception):
        if program.primitive == "event":
            thing.set()
        elif program.primitive == "barrier":
            thing.abort()
        else:
            for _ in range(8 if owned and program.primitive != "lock" else 1):
                thing.release()
