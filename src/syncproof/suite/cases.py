"""The cases of a test: the implementations and primitives that it is run on, and over which lock.

Its marks decide, with what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest

from syncproof import spec as specs
from syncproof.history.models.blamed import BLAMED
from syncproof.results import active
from syncproof.subject import CORE
from syncproof.suite.selection import Selection
from syncproof.vocabulary import PRIMITIVES, Clause, Deviation, Implementation

#: The kinds of lock under a condition; default is what it makes itself.
OVER = ("default", "lock", "rlock")

#: Marks by what they are called, the closest first.
Marks = Mapping[str, Sequence[pytest.Mark]]


class Case:
    """What one test is run on: an implementation's primitive, and over which lock if it asks."""

    def __init__(
        self,
        implementation: Implementation,
        primitive: str,
        kind: str,
        clauses: tuple[Clause, ...],
        needs: tuple[str, ...] = (),
        searched: tuple[Clause, ...] = (),
    ) -> None:
        self.implementation = implementation
        self.primitive = primitive
        self.kind = kind
        self.clauses = clauses
        #: The clauses that the test only searches for, whether they are asked for or not.
        self.searched = searched
        #: The capabilities that the test uses.
        self.needs = tuple(dict.fromkeys(needs))

    @property
    def about(self) -> tuple[str, str]:
        return self.implementation.name, self.primitive

    @property
    def variant(self) -> str:
        return self.kind if self.kind in ("", "default") else f"over-{self.kind}"

    @property
    def searched_ids(self) -> list[str]:
        """Those of its clauses that the test only searches for."""
        return [c.id for c in self.searched if c in self.clauses]

    def declared(self, clause: Clause) -> list[Deviation]:
        """The declared deviations that speak of this clause here."""
        return [
            d
            for d in active(self.implementation.deviations)
            if d.covers(clause.id, self.primitive, self.variant)
        ]

    def __str__(self) -> str:
        parts = [self.implementation.name, self.primitive, self.variant]
        return "-".join(p for p in parts if p)


def case_of(item: pytest.Item) -> Case | None:
    """What a test is run on; None for one that is not of the suite."""
    spec = getattr(item, "callspec", None)
    case = spec.params.get("case") if spec else None
    return case if isinstance(case, Case) else None


def by_name(marks: Iterable[pytest.Mark]) -> Marks:
    found: dict[str, list[pytest.Mark]] = {}
    for mark in marks:
        found.setdefault(mark.name, []).append(mark)
    return found


def are_of_suite(marks: Marks) -> bool:
    """Whether a test with these marks is one of the suite."""
    return "clause" in marks or "searches" in marks


def cases(marks: Marks, selection: Selection) -> list[Case]:
    """Everything that a test function with these marks is to be run on."""
    if ("searches" in marks or "deep" in marks) and selection.depth == "quick":
        return []
    if "again" in marks and not selection.kept:
        return []
    about = _closest(marks, "primitives")
    models = _closest(marks, "models")
    only = selection.primitives or PRIMITIVES
    return [
        case
        for implementation in selection.targets()
        if not models or implementation.model in models
        for primitive in PRIMITIVES
        if primitive in about and primitive in only and primitive in implementation.primitives
        for case in _cases_on(implementation, primitive, marks, selection)
    ]


def _closest(marks: Marks, name: str) -> tuple[str, ...]:
    """What the test's own mark of that name says, or its module's."""
    return marks[name][0].args if name in marks else ()


def _all(marks: Marks, name: str) -> tuple[str, ...]:
    """What all the marks of that name say."""
    return tuple(word for mark in marks.get(name, ()) for word in mark.args)


def _cases_on(
    implementation: Implementation, primitive: str, marks: Marks, selection: Selection
) -> list[Case]:
    spec = specs.load(implementation.family)
    marked = [spec[i] for i in _all(marks, "clause") if i in spec]
    own = [c for c in marked if primitive in c.primitives]
    blamed = BLAMED[primitive] if "searches" in marks else ()
    searched = tuple(spec[i] for i in blamed if i in spec)
    clauses = tuple(c for c in (*own, *searched) if selection.asks_for(c))
    if not clauses:
        return []
    needs = (*CORE[primitive], *(n for c in own for n in c.needs), *_all(marks, "needs"))
    if set(needs) & spec.absent(selection.version):
        return []  # the family has no such thing
    kinds = [""]
    if primitive == "condition":
        kinds = _kinds(implementation, _all(marks, "over") or OVER)
    return [Case(implementation, primitive, kind, clauses, needs, searched) for kind in kinds]


def _kinds(implementation: Implementation, kinds: Sequence[str]) -> list[str]:
    """Those of the kinds of lock that there are to put under its conditions."""
    if implementation.model == "thread":
        return list(kinds)  # threading's, where it has none of its own
    made = specs.load(implementation.family).family.get("default_lock", "rlock")
    about_it = made in kinds or set(kinds) == {"default"}
    return [k for k in kinds if (about_it if k == "default" else k in implementation.primitives)]
