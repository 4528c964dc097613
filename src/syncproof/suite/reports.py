"""What a report of pytest says of a test: its results, and what a person is told of them.

A report is what reaches the process that started a session, under pytest-xdist as well.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from syncproof.results import Report, Result
from syncproof.suite.cases import Case
from syncproof.suite.selection import Selection

#: The properties of a report that are ours.
RESULTS = "syncproof"
PRINTED = "syncproof-printed"


def excuse_deviations(report: pytest.TestReport, outcome: str, results: Sequence[Result]) -> None:
    """A test that has found nothing but what is declared does not count as failed."""
    bad = ("fail", "hang", "error")
    if outcome in bad and not any(r.outcome in bad for r in results):
        report.outcome = "skipped"
        report.wasxfail = "; ".join(f"{r.outcome}: {r.message}" for r in results)


def attach(report: pytest.TestReport, results: Sequence[Result]) -> None:
    printed = (report.capstdout + report.capstderr)[:200]
    if printed and results:
        results[0].trace.append(["output", printed])
        report.user_properties.append((PRINTED, printed))
    # copies: in CPython 3.13 the dict of an object that is collected may lose what is in it
    report.user_properties.append((RESULTS, [dict(vars(r)) for r in results]))


def tell(
    report: pytest.TestReport, results: Sequence[Result], case: Case, selection: Selection
) -> None:
    """Show the promise and the steps that break it in place of the engine's frames."""
    from syncproof.findings import Writer
    from syncproof.sandbox.pair import Options

    found = Report(
        implementation=case.implementation.name,
        version="",
        model=case.implementation.model,
        interpreter={},
        results=list(results),
        target=selection.name_of(case.implementation),
        selection={"as": selection.kind, "model": selection.model},
        family=case.implementation.family,
    )
    told = "\n".join(Writer(options=Options(depth=selection.depth)).failures(found))
    report.longrepr = told.rstrip() or report.longrepr
