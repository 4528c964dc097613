"""The search on free threads: small programs and drawn ones, until one of them shows a fault."""

from __future__ import annotations

import random
from collections.abc import Collection

from syncproof.history.declared import decided, declared
from syncproof.history.free.budget import PROGRAMS, SECONDS, SHRINKING, Clock
from syncproof.history.free.failing import each, first_failing
from syncproof.history.free.found import Found
from syncproof.history.free.lacking import lacking
from syncproof.history.free.shrinking import smallest
from syncproof.history.free.stage import Stage
from syncproof.history.free.terms import Terms
from syncproof.history.program import Program
from syncproof.history.programs import draw, pairs
from syncproof.subject import Subject

#: So often each is run: drawing one costs more than running it, and each run is another one.
TURNS = 6
#: And so often it is watched: the small ones first of all, the others once in the end.
WATCHED = 4


def search(
    subject: Subject,
    primitive: str,
    variant: str = "",
    programs: int = PROGRAMS["default"],
    seed: int = 1,
    patience: float = Terms.patience,
    shrinking: int = SHRINKING["default"],
    seconds: float = SECONDS["default"],
    lacks: Collection[str] | None = None,
    stage: Stage | None = None,
) -> Found | None:
    """Run so many programs, each a few times, until one of them shows a fault; None if none does.

    The programs and the pauses in them are those of the seed. What becomes of them is not: on
    free threads it is chance who comes first, and a fault may not show again.

    ``lacks`` names the capabilities that it does not offer (None: it is asked).
    ``programs`` and ``shrinking`` are what bounds it; only where each run takes long, ``seconds``
    (twice: a fault that is found is made smaller for as long).
    """
    if stage is None:
        with Stage(subject) as own:
            return search(
                subject,
                primitive,
                variant,
                programs,
                seed,
                patience,
                shrinking,
                seconds,
                lacks,
                own,
            )
    rng = random.Random(f"{seed} {primitive} {variant}")
    terms = Terms(
        patience,
        frozenset(lacking(subject, primitive, patience) if lacks is None else lacks),
        declared(subject.implementation, primitive, variant),
    )
    small = [p for _, p in pairs(primitive, variant, terms.lacking) if decided(p, terms.departs)]
    drawn = _drawn(rng, primitive, variant, programs, terms)
    before, clock = stage.runs, Clock(seconds)
    for several, turns, watched in (
        (small, WATCHED, True), (small + drawn, TURNS, False), (drawn, 1, True)
    ):  # fmt: skip
        failing = first_failing(stage, clock.until(each(several, turns)), rng, terms, watched)
        if failing is not None:
            history, fault = failing
            found = Found(fault, history, history.program, stage.runs - before, seed)
            return smallest(found, stage, rng, terms, watched, shrinking, Clock(seconds))
    return None


def _drawn(
    rng: random.Random, primitive: str, variant: str, count: int, terms: Terms
) -> list[Program]:
    found: list[Program] = []
    for _ in range(10 * count):
        if len(found) < count:
            program = draw(rng, primitive, variant, lacks=terms.lacking)
            if decided(program, terms.departs):
                found.append(program)
    return found
