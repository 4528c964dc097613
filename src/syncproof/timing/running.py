"""A whole run: from names to files."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from syncproof.sandbox.inspection import Target
from syncproof.timing import interleaved, stock, store
from syncproof.timing.interleaved import Report
from syncproof.timing.records import Session
from syncproof.timing.scenarios import Case, cases
from syncproof.vocabulary import PRIMITIVES

#: How slices are taken. All else is the same: scenarios, references, figures, files.
SAMPLERS = {"interleaved": interleaved.sample, "pyperf": stock.sample}


class NothingToTimeError(Exception):
    """A run with nothing to time; one line that says why."""


def planned(
    one: Target, primitives: Sequence[str] = (), scenarios: Sequence[str] = ()
) -> list[Case]:
    """The cases that would be timed on a target: those for its execution model."""
    wanted = [p for p in one.primitives if p in (primitives or PRIMITIVES)]
    return cases(wanted, scenarios, one.model)


def run(
    targets: Sequence[Target],
    directory: Path,
    budget: float,
    primitives: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    sampler: str = "interleaved",
    seed: int | None = None,
    progress: Report | None = None,
) -> list[Session]:
    """Time implementations within a budget in seconds, write their files, and say what was found.

    Interrupted (KeyboardInterrupt), it writes what there is and returns sessions that are not
    ``complete``.
    """
    plan: list[tuple[Target, Sequence[Case]]] = []
    for one in targets:
        chosen = planned(one, primitives, scenarios)
        if chosen:
            plan.append((one, chosen))
    if not plan:
        raise NothingToTimeError(
            "nothing to time: no scenario matches these targets, primitives and globs"
            " (syncproof bench --list shows all)"
        )
    chance = random.SystemRandom().getrandbits(31) if seed is None else seed
    take: Callable[..., Any] = SAMPLERS[sampler]
    sessions = []
    for session in take(plan, budget, chance, progress or (lambda _: None)):
        store.write(directory, session)
        sessions.append(session)
    return sessions
