"""What tests that schedule actors are given: the ways of searching, and how far each goes.

Only for implementations in Python: what cannot be scheduled is skipped, with the reason, and left
to the histories of free threads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pytest

from syncproof.actors import Scene
from syncproof.actors.verdicts import Violation
from syncproof.interleave.control import Controlled
from syncproof.interleave.facades import NotControllable
from syncproof.interleave.search import EFFORTS, Found, Search
from syncproof.suite.cases import Case
from syncproof.suite.session import Suite

#: Seconds for one way of searching. It takes some of them, and on a loaded machine ten times that;
#: after these it is the implementation that waits, for what no scheduler controls.
PATIENCE = 45.0


class Schedules:
    """Searches one primitive of one implementation; a violation names the clause that is broken."""

    def __init__(
        self,
        controlled: Controlled | NotControllable,
        primitive: str,
        variant: str,
        depth: str,
        seed: int,
        lacks: Collection[str],
        kept: Sequence[str],
        alive: Callable[[str], None],
        give_up: Callable[[NotControllable], None],
    ) -> None:
        if isinstance(controlled, NotControllable):
            pytest.skip(f"it cannot be scheduled: {controlled}")
        reason = controlled.why_not(primitive)
        if reason:
            pytest.skip(f"it cannot be scheduled: {reason}")
        self.controlled = controlled
        self.primitive = primitive
        self.variant = variant
        self.seed = seed
        self.effort = EFFORTS[depth]
        self.lacks = lacks
        self.kept = kept
        self.alive = alive
        self.give_up = give_up

    @classmethod
    def of(cls, request: pytest.FixtureRequest, case: Case, scene: Scene) -> Schedules:
        """For one test, as the suite runs it."""
        suite = Suite.of(request.config)
        suite.skip_if_shown(case)
        name = case.implementation.name
        if name not in suite.controlled:
            suite.controlled[name] = _controlled(case, suite)
        return cls(
            suite.controlled[name],
            case.primitive,
            case.kind,
            suite.selection.depth,
            suite.selection.seed,
            suite.capabilities.lacking(case, scene),
            suite.selection.kept,
            suite.journal.alive,
            lambda error: suite.controlled.update({name: error}),
        )

    def sweep(self) -> None:
        """Stop one actor at its every step, and run the others then."""
        with self._search() as search:
            self._demand(search.sweep())

    def exhaust(self) -> str:
        """Every schedule of the small programs with few preemptions; what that amounts to."""
        effort = self.effort
        with self._search() as search:
            self._demand(search.exhaust(effort.preemptions, effort.certified))
            return search.certificate

    def at_random(self) -> None:
        """Random programs under random schedules."""
        with self._search() as search:
            self._demand(search.at_random(self.effort.programs, self.effort.schedules))

    def again(self) -> None:
        """What failed last time, before all else."""
        with self._search() as search:
            self._demand(search.again(self.kept, self.effort.around))

    def showing(self, clause: str) -> Found | None:
        """What shows a property, which is no fault."""
        with self._search(strict=(clause,)) as search:
            found = search.sweep()
            found = found or search.at_random(
                self.effort.property_programs, self.effort.schedules
            )
            return found if found and found.fault.clause == clause else None

    def _search(self, strict: Collection[str] = ()) -> _Careful:
        search = Search(
            self.controlled,
            self.primitive,
            self.variant,
            self.seed,
            lambda search: self.alive(f"{search.schedules} schedules"),
            strict,
            self.lacks,
            turns=self.effort.turns,
            patience=PATIENCE,
        )
        return _Careful(search, self.give_up)

    def _demand(self, found: Found | None) -> None:
        if found is None:
            return
        violation = Violation("\n".join(found.lines))
        violation.clause = found.fault.clause
        violation.trace = found.trace
        violation.replay = found.token
        raise violation


def _controlled(case: Case, suite: Suite) -> Controlled | NotControllable:
    """The implementation as a scheduler sees it, or why it cannot."""
    selection = suite.selection
    try:
        return Controlled(selection.name_of(case.implementation), selection.kind)
    except NotControllable as error:
        return error


class _Careful:
    """A search that is skipped when it turns out that its actors cannot be scheduled."""

    def __init__(self, search: Search, give_up: Callable[[NotControllable], None]) -> None:
        self.search = search
        self.give_up = give_up

    def __enter__(self) -> Search:
        return self.search.__enter__()

    def __exit__(self, kind, error, traceback) -> None:  # type: ignore[no-untyped-def]
        self.search.__exit__(kind, error, traceback)
        if isinstance(error, NotControllable):
            self.give_up(error)
            pytest.skip(f"it cannot be scheduled: {error}")
