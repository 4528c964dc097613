"""Makes what has failed small, as far as so many runs can tell."""

from __future__ import annotations

import random
from dataclasses import replace

from syncproof.history.declared import decided
from syncproof.history.free.budget import Clock
from syncproof.history.free.failing import each, first_failing
from syncproof.history.free.found import Found
from syncproof.history.free.stage import MOST_LOST, Stage
from syncproof.history.free.terms import Terms
from syncproof.history.programs import smaller

#: So often a smaller program is run before it is taken not to fail.
ATTEMPTS = 100
#: That there is a fault is known, so nothing is waited for as long as at first.
HASTE = 0.3


def smallest(
    found: Found,
    stage: Stage,
    rng: random.Random,
    terms: Terms,
    watched: bool,
    most: int,
    clock: Clock,
) -> Found:
    """The smallest program that fails as well."""
    hasty = replace(terms, patience=min(terms.patience, HASTE))
    end = stage.runs + most
    candidates = smaller(found.program)
    while stage.runs < end and stage.lost < MOST_LOST and not clock.passed:
        program = next(candidates, None)
        if program is None:
            break
        if not decided(program, terms.departs):
            continue
        attempts = min(ATTEMPTS, end - stage.runs)
        failing = first_failing(stage, clock.until(each([program], attempts)), rng, hasty, watched)
        if failing is not None:
            found = replace(found, history=failing[0], fault=failing[1])
            candidates = smaller(program)
    return found
