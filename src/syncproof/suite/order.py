"""The order in which tests are run: what tells most comes first."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from syncproof import spec as specs
from syncproof.suite.cases import OVER, case_of

#: The turn of tests that are plain scenarios.
PLAIN = 1


def in_order(items: Sequence[pytest.Item], by_clause: bool) -> list[pytest.Item]:
    """Tests by their turns, and the plain scenarios clause by clause if that is asked for."""
    return sorted(_clause_by_clause(items) if by_clause else items, key=_turn)


def _turn(item: pytest.Item) -> int:
    """What has failed before comes first; then plain scenarios, before faults and searches, which
    tell less of what is broken everywhere; what decides nothing comes after what does; free threads
    come last, since what a scheduler shows is surer.
    """
    case = case_of(item)
    if item.get_closest_marker("again"):
        return 0
    if "histories" in getattr(item, "fixturenames", ()):
        return 4
    if case is None:  # a test of somebody else's stays among the first
        return PLAIN
    if case.searched:
        return 2
    if not any(c.binding for c in case.clauses):
        return 3
    return 2 if item.get_closest_marker("faults") else PLAIN


def _clause_by_clause(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """A plain scenario of each clause in the order of the specification, then a second of each, and
    so on: what comes first there is what the rest is built on, and is told even of what is soon
    given up. Every test comes on its first kind of lock first, for the same reason.
    """
    by_kind = sorted(items, key=_kind)
    plain = [item for item in by_kind if _turn(item) == PLAIN]
    tried: Counter[int] = Counter()
    places = {}
    for item in plain:
        clause = _own_clause(item)
        places[item] = tried[clause], clause
        tried[clause] += 1
    return sorted(plain, key=places.__getitem__) + [i for i in by_kind if i not in places]


def _kind(item: pytest.Item) -> int:
    """Which of the kinds of lock a condition is over."""
    case = case_of(item)
    return OVER.index(case.kind) if case is not None and case.kind else 0


def _own_clause(item: pytest.Item) -> int:
    """The place in its spec of the first clause that is about its primitive alone; those about how
    it is made, which may stand under another primitive as well, come before all others.
    """
    case = case_of(item)
    if case is None:
        return 0
    order = _places(case.implementation.family)
    own = [c.id for c in case.clauses if not c.id.startswith("mod.")]
    if not own:
        return len(order)
    return order[own[0]] - len(order) * (".init." in own[0])


@functools.cache
def _places(family: str) -> Mapping[str, int]:
    """Where each clause stands in its spec."""
    return {clause.id: place for place, clause in enumerate(specs.load(family))}
