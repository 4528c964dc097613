"""Conformance among an author's own tests.

In a test file of the author's::

    from syncproof.testing import Deviation, conformance_of

    test_conformance = conformance_of(
        "mylib.locks",
        deviations=[
            Deviation("lock.acquire.nonblocking-timeout-forbidden", "the timeout is ignored"),
        ],
    )

That is one test for each primitive and clause. What they tell is found out in processes of their
own, once for each primitive, when the first of its tests runs.
"""

from __future__ import annotations

import difflib
import functools
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from syncproof import borrowed, registry, vocabulary
from syncproof import spec as specs
from syncproof.registry import TargetError
from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Clause

if TYPE_CHECKING:
    from syncproof.results import Report, Result

__all__ = ["Deviation", "conformance_of"]

DEPTHS = ("quick", "default", "thorough")


@dataclass(frozen=True)
class Deviation:
    """A clause that is broken on purpose, and why: its test is expected to fail, and must.

    ``primitives`` narrows it (none: every one), and so does ``when``, an environment marker such
    as ``python_version < "3.12"``.
    """

    clause: str
    reason: str
    link: str = ""
    primitives: Sequence[str] = ()
    when: str = ""


class Refused(pytest.Collector.CollectError):
    """What conformance_of cannot do; pytest shows this line alone."""


def conformance_of(
    what: str | ModuleType | type | Mapping[str, Callable[..., Any]],
    primitives: Sequence[str] = (),
    deviations: Sequence[Deviation] = (),
    depth: str = "quick",
) -> Callable[..., None]:
    """A test for each primitive and clause; to be given a name that begins with ``test_``.

    ``what`` is a target as on the command line (``"mylib.locks"``, ``"mylib.locks:FairLock"``, a
    file, a registered name), a module, a class, or a class for each primitive
    (``{"lock": FairLock}``). ``primitives`` are those to check; of a class, what it is.
    """
    try:
        conformance = _Conformance(what, tuple(primitives), tuple(deviations), depth)
    except TargetError as error:
        raise Refused(str(error)) from None
    caller = sys._getframe(1)
    test = _placed(conformance.test(), caller.f_code.co_filename, caller.f_lineno)
    parametrized = pytest.mark.parametrize(
        ("primitive", "clause"),
        conformance.cases,
        ids=[f"{primitive}-{clause}" for primitive, clause in conformance.cases],
    )
    return cast("Callable[..., None]", parametrized(test))


class _Conformance:
    """What one conformance_of is about, and what has been found of it."""

    def __init__(
        self,
        what: str | ModuleType | type | Mapping[str, Callable[..., Any]],
        primitives: tuple[str, ...],
        deviations: tuple[Deviation, ...],
        depth: str,
    ) -> None:
        for primitive in primitives:
            _known("primitive", primitive, PRIMITIVES)
        _known("depth", depth, DEPTHS)
        self.depth = depth
        self.deviations = deviations
        self.loan = _loan(what, primitives, deviations)
        implementation = self.loan.implementation()
        reason = registry.unavailable(implementation)
        if reason:
            raise TargetError(f"{implementation.name} is not available here: {reason}")
        missing = [p for p in primitives if p not in implementation.primitives]
        if missing:
            offered = ", ".join(implementation.primitives)
            raise TargetError(f"{implementation.name} has no {missing[0]}; it has {offered}")
        self.name = implementation.name
        self.spec = specs.load(implementation.family)
        for deviation in deviations:
            _known("clause", deviation.clause, list(self.spec.clauses))
        self.cases = [
            (primitive, clause.id)
            for primitive in primitives or implementation.primitives
            for clause in self.spec
            if clause.binding and primitive in clause.primitives
        ]
        #: By primitive: the report on it, or why there is none.
        self.found: dict[str, Report | str] = {}

    def test(self) -> Callable[..., None]:
        def test(request: pytest.FixtureRequest, primitive: str, clause: str) -> None:
            self.judge(request, primitive, self.spec[clause])

        return test

    def judge(self, request: pytest.FixtureRequest, primitive: str, clause: Clause) -> None:
        """End the test of a clause as its results say."""
        __tracebackhide__ = True
        if primitive not in self.found:
            try:
                self.found[primitive] = self._report(request, primitive)
            except TargetError as error:
                self.found[primitive] = str(error)
        report = self.found[primitive]
        if isinstance(report, str):
            pytest.fail(report, pytrace=False)
        results = [r for r in report.results if (r.primitive, r.clause) == (primitive, clause.id)]
        bad = [r for r in results if r.bad and r.outcome != "not-offered"]
        if bad:
            pytest.fail(self._failure(request, report, bad), pytrace=False)
        for result in results:
            if result.outcome == "not-offered":
                pytest.skip(result.message)
        for result in results:
            if result.outcome == "deviation":
                pytest.xfail(self._reason(clause) or result.message)
        if any(r.outcome == "pass" for r in results) or clause.id.startswith("process."):
            return
        late = specs.dated(clause, sys.version_info[:2])
        messages = [r.message for r in results if r.message]
        untried = late or (messages or [f"it is not tried at depth {self.depth}"])[0]
        pytest.skip(untried)

    def _reason(self, clause: Clause) -> str:
        """Why a clause is declared broken here, rather than by an adapter."""
        mine = [d for d in self.deviations if d.clause == clause.id]
        return " ".join(filter(None, (mine[0].reason, mine[0].link))) if mine else ""

    # -- finding out ------------------------------------------------------------------------

    def _report(self, request: pytest.FixtureRequest, primitive: str) -> Report:
        """What is found on one primitive; by one worker of pytest-xdist for all of them."""
        asked = self._asked(request, primitive)
        if not hasattr(request.config, "workerinput"):
            return self._check(request, primitive, asked)
        from syncproof.shared import once

        # the folder of one worker lies in that of all
        folder = request.getfixturevalue("tmp_path_factory").getbasetemp().parent
        name = request.node.nodeid.partition("[")[0]
        return once(
            folder, f"{name} {primitive}", functools.partial(self._check, request, primitive, asked)
        )

    def _asked(self, request: pytest.FixtureRequest, primitive: str) -> tuple[str, ...]:
        """The clauses whose tests are to run; empty for all of them."""
        items: list[Any] = [
            item
            for item in request.session.items
            if getattr(item, "obj", None) is request.function
        ]
        mine = [i.callspec.params for i in items]
        asked = [p["clause"] for p in mine if p["primitive"] == primitive]
        tested = [c for c in asked if not c.startswith("process.")]
        every = [c for p, c in self.cases if p == primitive and not c.startswith("process.")]
        return tuple(tested) if len(tested) < len(every) else ()

    def _check(
        self, request: pytest.FixtureRequest, primitive: str, asked: tuple[str, ...]
    ) -> Report:
        from syncproof.check import Check, Plan
        from syncproof.progress import progress
        from syncproof.sandbox.inspection import Target, inspect
        from syncproof.sandbox.pair import Options

        folder = request.getfixturevalue("tmp_path_factory").mktemp("syncproof")
        adapter = folder / "adapter.py"
        adapter.write_text(self.loan.adapter(), encoding="utf-8")
        (target,) = inspect([(str(adapter), "")])
        if not isinstance(target, Target):
            raise TargetError(str(target).replace(str(adapter), self.name))
        refusal = target.refusal([primitive])
        if refusal:
            raise TargetError(refusal.replace(str(adapter), self.name))
        check = Check(
            Plan([target], (primitive,), Options(clauses=asked, depth=self.depth)),
            progress(quiet=True),
        )
        check.run()
        if check.interrupted:
            raise KeyboardInterrupt
        return check.reports()[0]

    # -- telling ------------------------------------------------------------------------------

    def _failure(
        self, request: pytest.FixtureRequest, report: Report, bad: Sequence[Result]
    ) -> str:
        """The first of a clause's failures, as a reader needs it."""
        import dataclasses

        from syncproof.findings import Writer

        again = _again(request)

        class Mine(Writer):
            def command(self, *args: Any, **kwargs: Any) -> str:
                return again

        first = [r for r in bad if r.test == bad[0].test and r.outcome == bad[0].outcome]
        shown = dataclasses.replace(report, results=first)
        lines = list(Mine().failures(shown))[:-1]
        others = len({r.test for r in bad}) - 1
        if others:
            tests = "test finds" if others == 1 else "tests find"
            lines.append(f"  ({others} more {tests} the same clause broken)")
        return "\n".join(lines)


def _again(request: pytest.FixtureRequest) -> str:
    """The command that runs this one test again."""
    file, _, name = request.node.nodeid.partition("::")
    try:
        file = os.path.relpath(request.node.path, request.config.invocation_params.dir)
    except ValueError:  # another drive
        file = str(request.node.path)
    return shlex.join(["python", "-m", "pytest", f"{Path(file).as_posix()}::{name}"])


def _loan(
    what: str | ModuleType | type | Mapping[str, Callable[..., Any]],
    primitives: Sequence[str],
    deviations: Sequence[Deviation],
) -> borrowed.Loan:
    """What was given, as another process can find it."""
    declared = [
        vocabulary.Deviation(
            clause=d.clause,
            does=d.reason,
            why="",
            link=d.link,
            primitives=tuple(d.primitives),
            when=d.when,
        )
        for d in deviations
    ]
    if isinstance(what, str):
        return borrowed.Loan(target=what, deviations=declared)
    if isinstance(what, ModuleType):
        return borrowed.Loan(target=what.__name__, deviations=declared)
    if isinstance(what, type):
        what = {_kind_of(what, primitives): what}
    if not isinstance(what, Mapping) or not what:
        raise TargetError(
            f"{what!r} is no target: give a name, a module, a class, or a class for each primitive"
        )
    for primitive in what:
        _known("primitive", primitive, PRIMITIVES)
    factories = {p: borrowed.reference(thing) for p, thing in what.items()}
    return borrowed.Loan(factories=factories, deviations=declared)


def _kind_of(kind: type, primitives: Sequence[str]) -> str:
    """Which primitive a class is."""
    if len(primitives) == 1:
        return primitives[0]
    called = [p for p, name in CLASS_NAMES.items() if name == kind.__name__]
    if not called:
        raise TargetError(
            f'say what {kind.__name__} is: primitives=["{PRIMITIVES[0]}"], or one of'
            f" {', '.join(PRIMITIVES[1:])}"
        )
    return called[0]


def _known(noun: str, word: str, words: Sequence[str]) -> None:
    if word not in words:
        near = difflib.get_close_matches(str(word), words, 1)
        some = ", ".join(words) if len(words) < 10 else "`syncproof spec` shows them all"
        hint = f"did you mean {near[0]}?" if near else some
        raise TargetError(f"there is no {noun} {word!r}: {hint}")


def _placed(function: Callable[..., None], file: str, line: int) -> Callable[..., None]:
    """The same function, as if it were written in the author's file: that is where it is shown."""
    assert isinstance(function, FunctionType)
    code = function.__code__.replace(co_filename=file, co_firstlineno=line)
    return FunctionType(code, function.__globals__, "test", None, function.__closure__)
