"""The search has teeth: what it finds of the seeded races, free threads mostly do not.

All of them, by ten seeds, are for ``scripts/races.py``; here every third is tried by one, on one
version of Python.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator

import pytest
from variants import RACY, Racy, racy

from syncproof.history import programs
from syncproof.history.free import crew
from syncproof.history.free.perturbation import NO_PAUSE
from syncproof.history.free.stage import Stage
from syncproof.history.free.terms import Terms
from syncproof.history.program import TIMEOUT, Program
from syncproof.interleave.control import Controlled
from syncproof.interleave.search import EFFORTS, Effort, Search
from syncproof.registry import resolve
from syncproof.subject import Subject

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        sys.version_info[:2] != (3, 13) or sys.implementation.name != "cpython",
        reason="tried on one version of CPython",
    ),
]

VARIANTS = racy()[::3]
EFFORT = EFFORTS["default"]
#: Seconds for the free threads of one variant: some get stuck again and again.
SECONDS = 12.0
#: How often they are tried: luck differs, and the median is told.
ROUNDS = 3
#: Seconds until one is taken to be stuck: a thread that waits for a processor is not.
PATIENCE = 3.0


def search_finds(variant: Racy) -> bool:
    with Controlled(str(RACY / variant.file)) as controlled:
        search = Search(controlled, variant.primitive, seed=1, explain=False)
        with search:
            return search.all(EFFORT) is not None


def the_same_programs(primitive: str, effort: Effort) -> Iterator[Program]:
    """Those of the search, as often as the search runs each of them at random."""
    for _, program in programs.pairs(primitive):
        for _ in range(effort.schedules):
            yield program
    for number in range(effort.programs):
        program = programs.draw(random.Random(f"1/{primitive}//{number}"), primitive)
        for _ in range(effort.schedules):
            yield program


def free_threads_find(variant: Racy) -> bool:
    subject = Subject(resolve(str(RACY / variant.file)))
    terms = Terms(patience=PATIENCE)
    end = time.monotonic() + SECONDS
    with Stage(subject) as stage:
        every = the_same_programs(variant.primitive, EFFORT)
        for history in stage.histories(every, random.Random(1), terms):
            if terms.judge(history) is not None:
                return True
            if time.monotonic() > end:
                return False
    return False


def test_the_search_finds_what_free_threads_do_not(monkeypatch):
    def no_pauses(rng, program, late):
        pauses = [[NO_PAUSE] * len(ops) for ops in program.actors]
        return pauses, TIMEOUT * len(program)

    monkeypatch.setattr(crew, "pauses", no_pauses)
    found = [v for v in VARIANTS if search_finds(v)]
    by_luck = sorted(sum(map(free_threads_find, VARIANTS)) for _ in range(ROUNDS))
    assert len(found) >= 0.95 * len(VARIANTS), set(VARIANTS) - set(found)
    assert by_luck[ROUNDS // 2] < len(VARIANTS) / 3, by_luck
