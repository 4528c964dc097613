"""The pytest plugin: parametrizes the conformance tests by what is checked, and keeps the records.

It gives the tests their fixtures. ``options`` registers it where the suite is to be run, so that
``pytest --pyargs syncproof.conformance --syncproof-target mylib.locks`` works wherever syncproof
is installed. ``syncproof check`` runs the same thing, one process a primitive.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from syncproof.actors.verdicts import Unable
from syncproof.results import Result, active, stale
from syncproof.suite import fixtures, reports
from syncproof.suite.cases import are_of_suite, by_name, case_of, cases
from syncproof.suite.journal import test_id
from syncproof.suite.observation import observe
from syncproof.suite.options import SUITE
from syncproof.suite.order import in_order
from syncproof.suite.session import RUNNING, Suite
from syncproof.vocabulary import Implementation

#: After so many hangs nobody waits for one more that tells nothing new.
OFTEN = 3


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "clause(*ids): the clauses of the spec that the test checks",
        "primitives(*names): the primitives that the tests of a module are about",
        "needs(*capabilities): what the test uses besides what its clauses need",
        "over(*kinds): for conditions, the kinds of lock that the test is about",
        "models(*names): the execution models that the test is about, if not every one",
        "again: the test tries what has failed before, and comes first",
        "faults: the test has an operation interrupted, or its thread end; it comes after others",
        "deep: the test takes long, and is made from --depth default on",
        "searches: the test searches for whatever the models can blame; it is deep",
    ):
        config.addinivalue_line("markers", line)
    suite = config.stash[RUNNING] = Suite(config)
    config.pluginmanager.register(Hooks(suite), "syncproof-suite")
    config.pluginmanager.register(fixtures, fixtures.__name__)


class Hooks:
    """What is done with the tests of one session, in the order in which pytest asks for it."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.selection = suite.selection
        self.journal = suite.journal
        self.records: list[Result] = []
        self.stale: list[Result] = []

    # -- collection -----------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """A target that cannot be used is told in one line, not for each file of the suite."""
        if self.suite.controller:
            self.selection.targets()

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """A file of the suite that is about none of the primitives asked for need not be read."""
        only = self.selection.primitives
        if not only or collection_path.suffix != ".py" or collection_path.parent != SUITE:
            return None
        text = collection_path.read_text(encoding="utf-8")
        return None if any(f'"{primitive}"' in text for primitive in only) else True

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, obj: object) -> Any:
        """Of a test that is to be run on nothing no item is made: most are, of one primitive."""
        if not inspect.isfunction(obj) or not hasattr(obj, "pytestmark"):
            return None
        marks = by_name([*obj.pytestmark, *collector.iter_markers()])
        return [] if are_of_suite(marks) and not cases(marks, self.selection) else None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        marks = by_name(metafunc.definition.iter_markers())
        if are_of_suite(marks):
            metafunc.parametrize("case", cases(marks, self.selection), ids=str, scope="function")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        done = self.selection.done
        kept: list[pytest.Item] = []
        left_out: list[pytest.Item] = []
        for item in in_order(items, by_clause=self.journal.file is not None):
            (left_out if test_id(item.nodeid) in done else kept).append(item)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        items[:] = kept
        collected = {test_id(item.nodeid): case for item in kept if (case := case_of(item))}
        if collected:
            _refuse_dead_asserts(kept)
        self.journal.write(
            "collected",
            tests=[
                {
                    "test": test,
                    "variant": case.variant,
                    "clauses": [c.id for c in case.clauses],
                    "searched": case.searched_ids,
                }
                for test, case in collected.items()
            ],
        )

    # -- one test -------------------------------------------------------------------------

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.journal.write("start", test=test_id(nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        case = case_of(item)
        if case is None:
            return
        reasons = [self.selection.why_not_promised(c) for c in case.clauses]
        if all(reasons):
            pytest.skip(reasons[0])
        if self.suite.judge.knows_broken(case) and self.suite.delays.hangs >= OFTEN:
            pytest.skip("its clauses are known to be broken, and others hang as well")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        try:
            return (yield)
        except Unable as error:
            pytest.skip(str(error))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        case = case_of(item)
        if case is None or (call.when != "call" and call.excinfo is None):
            return report
        seen = observe(item, call, case)
        results = self.suite.judge.results(test_id(item.nodeid), seen, case)
        reports.excuse_deviations(report, seen.outcome, results)
        reports.attach(report, results)
        if report.failed and seen.outcome in ("fail", "hang") and _is_read(item.config):
            reports.tell(report, results, case, self.selection)
        return report

    # -- records --------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not self.suite.controller:
            return
        value: Any
        for key, value in report.user_properties:
            if key == reports.RESULTS:
                for row in value:
                    self.records.append(Result(**row))
                    self.journal.write("result", **row)
            elif key == reports.PRINTED:
                self.journal.write("printed", text=value, test=test_id(report.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.journal.write("finish", test=test_id(nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.suite.controller or not self.records:
            return
        self.stale = [
            result
            for implementation in self.selection.targets()
            for result in stale(
                [r for r in self.records if _is_about(r, implementation)],
                active(implementation.deviations),
            )
        ]
        if self.stale and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self.journal.write("end", exit=int(session.exitstatus))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for result in self.stale:
            terminalreporter.write_line(f"stale deviation: {result.clause}: {result.message}")


def _refuse_dead_asserts(items: Sequence[pytest.Item]) -> None:
    """Under -O the asserts of a test module live only if pytest has rewritten them."""
    if __debug__:
        return
    for module in {getattr(item, "module", None) for item in items if case_of(item)}:
        if module is not None and not hasattr(module, "@pytest_ar"):
            raise pytest.UsageError(
                f"{module.__name__}: asserts are dead under -O (with --assert=plain, or imported"
                " before pytest): run without one of the two"
            )


def _is_read(config: pytest.Config) -> bool:
    """Whether somebody reads what pytest says, and has not asked for frames."""
    return not config.getoption("--syncproof-journal") and config.getoption("tbstyle") == "auto"


def _is_about(result: Result, implementation: Implementation) -> bool:
    return f"[{implementation.name}-{result.primitive}" in result.test
