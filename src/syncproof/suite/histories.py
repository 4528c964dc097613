"""What tests that run free threads are given: the search by histories, and actors that compete.

For any implementation, and the only search for those in C. How often something is run is counted,
not timed; only what is slow by itself is ended by the clock.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from syncproof.actors import Scene
from syncproof.actors.delays import Delays
from syncproof.actors.verdicts import Stuck, Violation
from syncproof.history.free.budget import PROGRAMS, SECONDS, SHRINKING
from syncproof.history.free.failing import NotMade
from syncproof.history.free.found import Found
from syncproof.history.free.search import search
from syncproof.history.free.stage import Stage
from syncproof.history.free.together import together
from syncproof.history.models.blamed import ATOMIC
from syncproof.subject import Subject
from syncproof.suite.session import Suite

if TYPE_CHECKING:
    from syncproof.suite.cases import Case

#: For each depth: how often actors that compete begin anew, and the seconds after which they stop.
BEGINNINGS = {"quick": (0, 0.0), "default": (40, 0.6), "thorough": (2000, 20.0)}


class Histories:
    """Runs one primitive of one implementation on threads of its own."""

    def __init__(
        self,
        subject: Subject,
        primitive: str,
        variant: str,
        clauses: Collection[str],
        delays: Delays,
        seed: int,
        lacks: Collection[str],
        alive: Callable[[str], None],
        target: Sequence[str],
        skip_if_shown: Callable[[], None],
    ) -> None:
        self.subject = subject
        self.primitive = primitive
        self.variant = "" if variant == "default" else variant
        self.clauses = clauses
        self.delays = delays
        self.seed = seed
        self.lacks = lacks
        self.alive = alive
        self.target = target
        self.skip_if_shown = skip_if_shown

    @classmethod
    def of(
        cls,
        request: pytest.FixtureRequest,
        case: Case,
        scene: Scene,
        subject: Subject,
        delays: Delays,
    ) -> Histories:
        """For one test, as the suite runs it."""
        suite = Suite.of(request.config)
        return cls(
            subject,
            case.primitive,
            case.kind,
            {clause.id for clause in case.clauses},
            delays,
            suite.selection.seed,
            suite.capabilities.lacking(case, scene),
            suite.journal.alive,
            suite.selection.options_for(case.implementation),
            lambda: suite.skip_if_shown(case),
        )

    def search(self) -> None:
        """Random programs; a violation names the clause that one of them shows to be broken."""
        self.skip_if_shown()
        depth = self.delays.depth
        with Stage(self.subject, tell=lambda stage: self.alive(f"{stage.runs} runs")) as stage:
            try:
                found = search(
                    self.subject,
                    self.primitive,
                    self.variant,
                    programs=PROGRAMS[depth],
                    seed=self.seed,
                    patience=self.delays.deadline,
                    shrinking=SHRINKING[depth],
                    seconds=SECONDS[depth],
                    lacks=self.lacks,
                    stage=stage,
                )
            except NotMade as error:
                pytest.skip(f"it cannot be made: {error}")
        if found is not None:
            raise self._violation(found)

    def beginnings(self) -> Iterator[int]:
        """Numbers for as long as actors are to compete."""
        most, seconds = BEGINNINGS[self.delays.depth]
        end = time.monotonic() + seconds
        for number in range(most):
            yield number
            if time.monotonic() > end:
                return

    def together(self, *bodies: Callable[[], Any]) -> list[Any]:
        """What each of the bodies returns, all of them run at once; they must end."""
        return together(bodies, self.delays.deadline)

    def _violation(self, found: Found) -> Violation:
        hangs = found.history.ended in ("deadlock", "hang")
        words = ["pytest", "--pyargs", "syncproof.conformance", "-k", "free_threads", *self.target]
        words += ["--syncproof-primitive", self.primitive, "--syncproof-seed", str(self.seed)]
        again = f"search again: {shlex.join(words)}"
        violation = (Stuck if hangs else Violation)("\n".join([*found.lines, again]))
        violation.trace = found.trace
        blamed = found.fault.clause
        violation.clause = blamed if blamed in self.clauses else ATOMIC
        return violation
