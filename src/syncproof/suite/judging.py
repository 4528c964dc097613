"""One result for each clause of a test, from what was seen of it."""

from __future__ import annotations

from collections.abc import Sequence

from syncproof import spec as specs
from syncproof.actors.delays import Delays
from syncproof.results import NOTHING_FOUND, Result
from syncproof.suite.cases import Case
from syncproof.suite.observation import Observation
from syncproof.suite.selection import Selection
from syncproof.vocabulary import Clause

#: What a test says first that is skipped for a capability, which it names then.
NOT_OFFERED = "not offered: "


class Judge:
    """Judges the tests of one session, and knows what it has found broken."""

    def __init__(self, selection: Selection, delays: Delays) -> None:
        self.selection = selection
        self.delays = delays
        #: Of which implementation, primitive and kind a schedule has shown a fault.
        self._shown: set[tuple[str, str, str]] = set()
        #: Clauses that have been found broken, by implementation and primitive.
        self._broken: set[tuple[str, str, str]] = set()

    def has_schedule(self, case: Case) -> bool:
        """Whether a search has shown a fault already."""
        return (*case.about, case.kind) in self._shown

    def knows_broken(self, case: Case) -> bool:
        """Whether all the clauses of a case have been found broken before."""
        return all((*case.about, c.id) in self._broken for c in case.clauses)

    def results(self, test: str, seen: Observation, case: Case) -> list[Result]:
        if seen.replay:
            self._shown.add((*case.about, case.kind))
        clauses = (*case.clauses, *self._beyond(case, seen.blamed))
        results = [self._result(clause, test, seen, case) for clause in clauses]
        for result in results:
            if result.outcome in ("fail", "hang"):
                self._broken.add((*case.about, result.clause))
        if seen.outcome == "hang" and any(r.outcome != "deviation" for r in results):
            self.delays.hangs += 1
        return results

    def _beyond(self, case: Case, blamed: str) -> list[Clause]:
        """The clause that a search has found broken, where its test is not marked with it."""
        spec = specs.load(case.implementation.family)
        if not blamed or blamed in {c.id for c in case.clauses} or blamed not in spec:
            return []
        clause = spec[blamed]
        about_it = case.primitive in clause.primitives and self.selection.asks_for(clause)
        return [clause] if about_it else []

    def _result(self, clause: Clause, test: str, seen: Observation, case: Case) -> Result:
        result = Result(
            clause=clause.id,
            primitive=case.primitive,
            level=clause.level,
            outcome=seen.outcome,
            test=test,
            message=seen.message,
            seconds=seen.seconds,
            variant=case.variant,
            trace=seen.trace,
            stands=seen.stands,
            replay=seen.replay,
        )
        late = self.selection.why_not_promised(clause)
        if late:
            result.outcome, result.message = "skipped", late
            result.trace, result.stands = [], []
        elif seen.outcome == "pass" and clause in case.searched and case.declared(clause):
            result.outcome = "skipped"
            result.message = "the search leaves out what is declared to be otherwise"
        elif seen.blamed and clause.id != seen.blamed:
            result.outcome, result.message = "skipped", f"{seen.blamed} was found broken first"
            result.trace, result.stands, result.replay = [], [], ""
        else:
            _refine(result, clause, case, seen.findings)
        return result


def _refine(result: Result, clause: Clause, case: Case, findings: Sequence[str]) -> None:
    """Say of an outcome what it means for this clause of this implementation."""
    if result.outcome == "skipped" and result.message.startswith(NOT_OFFERED):
        result.outcome = "not-offered"
        capability = result.message[len(NOT_OFFERED) :].split(":")[0].strip()
        reason = case.implementation.lacks.get(capability)
        result.declared = reason is not None
        result.message = reason or result.message
    elif clause.level == "property" and result.outcome in ("pass", "fail", "hang"):
        said = "; ".join(findings) or result.message
        result.outcome, result.message = "property", said or NOTHING_FOUND
    elif result.outcome == "pass":
        result.message = "; ".join(findings)
    elif result.outcome in ("fail", "hang"):
        for deviation in case.declared(clause):
            result.outcome = "deviation"
            result.message = f"{deviation.does} ({deviation.why})"
            result.link = deviation.link
