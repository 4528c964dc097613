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
from syncproof.timing.scenarios import EVERY, WHOLE, Case, cases
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
    wanted += [] if primitives else [WHOLE]
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
    resume: bool = False,
) -> list[Session]:
    """Time implementations within a budget in seconds, write their files, and say what was found.

    Interrupted (KeyboardInterrupt), it writes what there is and returns sessions that are not
    ``complete``. With ``resume`` those that the directory holds already are not timed again, and
    those that were interrupted go on.
    """
    chosen = [(one, planned(one, primitives, scenarios)) for one in targets]
    plan: list[tuple[Target, Sequence[Case]]] = [(one, own) for one, own in chosen if own]
    if not plan and not {one.model for one in targets} & {*EVERY}:
        models = ", ".join(dict.fromkeys(one.model for one in targets))
        raise NothingToTimeError(f"nothing to time: no scenario is for actors of the kind {models}")
    if not plan:
        raise NothingToTimeError(
            "nothing to time: no scenario matches these targets, primitives and globs"
            " (syncproof bench --list shows all)"
        )
    earlier: dict[str, Session] = {}
    if resume:
        found = [(one, store.earlier(directory, one, own, sampler)) for one, own in plan]
        earlier = {one.name: session for one, session in found if session is not None}
        over = {name for name, session in earlier.items() if session.complete}
        plan = [(one, own) for one, own in plan if one.name not in over]
    chance = random.SystemRandom().getrandbits(31) if seed is None else seed

    def keep(session: Session) -> None:
        store.write(directory, session)

    take: Callable[..., Any] = SAMPLERS[sampler]
    done = [session for session in earlier.values() if session.complete]
    if plan:
        done += take(plan, budget, chance, progress or (lambda _: None), keep, earlier)
    return done
