"""The pytest plugin: parametrizes the conformance tests by what is checked, and keeps the records.

It gives the tests their fixtures. ``options`` registers it where the suite is to be run, so that
``pytest --pyargs syncproof.conformance --syncproof-target mylib.locks`` works wherever syncproof
is installed. ``syncproof check`` runs the same thing, one process a primitive.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import inspect
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncproof import spec as specs
from syncproof.actors import Actor, ScenarioError, Scene, Stuck, Violation, models
from syncproof.actors.delays import Delays, load_factor
from syncproof.actors.verdicts import Unable
from syncproof.history.models.blamed import ATOMIC, BLAMED
from syncproof.registry import TargetError, resolve
from syncproof.results import BAD, NOTHING_FOUND, Report, Result, active, stale
from syncproof.subject import CORE, PROBES, Subject, lacks
from syncproof.suite import stands
from syncproof.suite.journal import Journal
from syncproof.suite.options import SUITE
from syncproof.vocabulary import PRIMITIVES, Clause, Deviation, Implementation

if TYPE_CHECKING:
    from syncproof.interleave.control import Controlled
    from syncproof.interleave.facades import NotControllable
    from syncproof.suite.schedules import Schedules

OVER = ("default", "lock", "rlock")


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
    config.pluginmanager.register(Suite(config), "syncproof-suite")


#: The turn of tests that are plain scenarios, as `_turn` counts.
PLAIN = 1
#: After so many hangs nobody waits for one more that tells nothing new.
OFTEN = 3


class Suite:
    """One session of the suite: what is checked, under which delays, and what came of it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        option = config.getoption
        self.controller = not hasattr(config, "workerinput")
        path = option("--syncproof-journal")
        self.journal = Journal(Path(path) if path and self.controller else None)
        factor = option("--syncproof-time-factor") or load_factor()
        self.delays = Delays(
            factor=factor, hangs=option("--syncproof-hangs"), depth=option("--syncproof-depth")
        )
        self.records: list[Result] = []
        self._subjects: dict[str, Subject] = {}
        self._targets: list[Implementation] | None = None
        self._words: dict[str, str] = {}
        self._controlled: dict[str, Controlled | NotControllable] = {}
        self._lacking: dict[tuple[str, str, str], str] = {}
        #: Primitives on which a probe has hung: nothing more is asked of them that way.
        self._hung: set[tuple[str, str]] = set()
        #: Of which implementation, primitive and kind a schedule has shown a fault.
        self._shown: set[tuple[str, str, str]] = set()
        #: Clauses that have been found broken, by implementation and primitive.
        self._broken: set[tuple[str, str, str]] = set()

    # -- what is checked ------------------------------------------------------------------

    def targets(self) -> list[Implementation]:
        if self._targets is None:
            names = self.config.getoption("--syncproof-target") or ["threading"]
            model = self.config.getoption("--syncproof-model")
            try:
                self._targets = [resolve(name, self._kind, model) for name in names]
                self._words = {t.name: name for t, name in zip(self._targets, names)}
            except TargetError as error:
                raise pytest.UsageError(str(error)) from None
        return self._targets

    @property
    def _kind(self) -> str:
        return str(self.config.getoption("--syncproof-as"))

    def subject(self, implementation: Implementation) -> Subject:
        if implementation.name not in self._subjects:
            self._subjects[implementation.name] = Subject(implementation)
        return self._subjects[implementation.name]

    def schedules(self, case: Case, scene: Scene) -> Schedules:
        """The searches of one case, on the implementation as a scheduler sees it."""
        from syncproof.interleave.control import Controlled
        from syncproof.interleave.facades import NotControllable
        from syncproof.suite.schedules import Schedules

        self.skip_if_shown(case)
        name = case.implementation.name
        if name not in self._controlled:
            try:
                self._controlled[name] = Controlled(self._words[name], self._kind)
            except NotControllable as error:
                self._controlled[name] = error
        option = self.config.getoption
        return Schedules(
            self._controlled[name],
            case.primitive,
            case.kind,
            self.delays.depth,
            option("--syncproof-seed"),
            [c for c in PROBES[case.primitive] if self.lacks(case, scene, c)],
            self.kept,
            self.journal.alive,
            lambda error: self._controlled.update({name: error}),
        )

    def target_words(self, implementation: Implementation) -> list[str]:
        """The options of pytest that name what is under test, as it was named."""
        words = ["--syncproof-target", self._words[implementation.name]]
        return [*words, "--syncproof-as", self._kind] if self._kind else words

    def skip_if_shown(self, case: Case) -> None:
        """One schedule that shows a fault is enough: the next search would find it again."""
        if (*case.about, case.kind) in self._shown:
            pytest.skip("another search has found a fault already")

    @property
    def kept(self) -> list[str]:
        """The tokens of what has failed before."""
        path = self.config.getoption("--syncproof-kept")
        return Path(path).read_text(encoding="utf-8").split() if path else []

    def cases(self, marks: Mapping[str, list[pytest.Mark]]) -> list[Case]:
        """Everything that a test function with these marks is to be run on."""
        searches = "searches" in marks
        if (searches or "deep" in marks) and self.delays.depth == "quick":
            return []
        if "again" in marks and not self.kept:
            return []
        marked = _words(marks, "clause")
        # the test's own, or its module's
        about = marks["primitives"][0].args if "primitives" in marks else ()
        only = self.config.getoption("--syncproof-primitive") or PRIMITIVES
        needed = _words(marks, "needs")
        model = marks["models"][0].args if "models" in marks else ()
        kinds = _words(marks, "over") or OVER
        cases = []
        for implementation in self.targets():
            for primitive in PRIMITIVES:
                if primitive not in about or primitive not in only:
                    continue
                if primitive not in implementation.primitives:
                    continue
                if model and implementation.model not in model:
                    continue
                spec = specs.load(implementation.family)
                here_too = [spec[i] for i in marked if i in spec]
                of_it = [c for c in here_too if primitive in c.primitives]
                blamed = BLAMED[primitive] if searches else ()
                found = [spec[i] for i in blamed if i in spec]
                here = tuple(c for c in (*of_it, *found) if self._asked(c))
                if not here:
                    continue
                used = (*CORE[primitive], *(n for c in of_it for n in c.needs), *needed)
                if set(used) & spec.absent(self.version):
                    continue  # the family has no such thing
                for kind in _over(implementation, kinds) if primitive == "condition" else [""]:
                    case = Case(implementation, primitive, kind, here, used, tuple(found))
                    cases.append(case)
        return cases

    def _asked(self, clause: Clause) -> bool:
        """Whether the clause is among those to be checked."""
        globs = self.config.getoption("--syncproof-clause")
        if globs:
            return any(fnmatch.fnmatchcase(clause.id, g) for g in globs)
        return clause.level != "detail" or self.config.getoption("--syncproof-detail")

    @property
    def version(self) -> tuple[int, int]:
        """The Python whose documentation decides what is promised."""
        text = self.config.getoption("--syncproof-as-of")
        if not text:
            return sys.version_info[:2]
        try:
            major, minor = map(int, text.split(".")[:2])
        except ValueError:
            raise pytest.UsageError(
                f"--syncproof-as-of {text}: not a version such as 3.14"
            ) from None
        return major, minor

    # -- collection -----------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """A target that cannot be used is told in one line, not for each file of the suite."""
        if self.controller:
            self.targets()

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """A file of the suite that is about none of the primitives asked for need not be read."""
        only = self.config.getoption("--syncproof-primitive")
        if not only or collection_path.suffix != ".py" or collection_path.parent != SUITE:
            return None
        text = collection_path.read_text(encoding="utf-8")
        return None if any(f'"{primitive}"' in text for primitive in only) else True

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, obj: object) -> Any:
        """Of a test that is to be run on nothing no item is made: most are, of one primitive."""
        if not inspect.isfunction(obj) or not hasattr(obj, "pytestmark"):
            return None
        marks = _by_name([*obj.pytestmark, *collector.iter_markers()])
        return [] if _is_ours(marks) and not self.cases(marks) else None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        marks = _by_name(metafunc.definition.iter_markers())
        if _is_ours(marks):
            metafunc.parametrize("case", self.cases(marks), ids=str, scope="function")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        done = self._done()
        kept: list[pytest.Item] = []
        left_out: list[pytest.Item] = []
        for item in _clause_by_clause(items) if self.journal.file else items:
            (left_out if _test_id(item.nodeid) in done else kept).append(item)
        kept.sort(key=_turn)
        if left_out:
            self.config.hook.pytest_deselected(items=left_out)
        items[:] = kept
        if any(_case(item) for item in kept):
            _refuse_dead_asserts(kept)
        cases = {_test_id(item.nodeid): case for item in kept if (case := _case(item))}
        self.journal.write(
            "collected",
            tests=[
                {
                    "test": test,
                    "variant": case.variant,
                    "clauses": [c.id for c in case.clauses],
                    "searched": [c.id for c in case.searched if c in case.clauses],
                }
                for test, case in cases.items()
            ],
        )

    def _done(self) -> set[str]:
        path = self.config.getoption("--syncproof-done")
        return set(Path(path).read_text(encoding="utf-8").split("\n")) if path else set()

    # -- one test -------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        case = _case(item)
        if case is None:
            return
        reasons = [_not_held_here(c, self.version) for c in case.clauses]
        if all(reasons):
            pytest.skip(reasons[0])
        told = all((*case.about, c.id) in self._broken for c in case.clauses)
        if told and self.delays.hangs >= OFTEN:
            pytest.skip("its clauses are known to be broken, and others hang as well")

    def missing(self, case: Case, scene: Scene) -> str:
        """The first thing that a case needs and the implementation lacks."""
        for capability in case.needs:
            reason = self.lacks(case, scene, capability)
            if reason:
                return f"{case.primitive}.{capability}: {reason}"
        return ""

    def lacks(self, case: Case, scene: Scene, capability: str) -> str:
        """Why the implementation does not offer a capability; empty if it does."""
        key = (*case.about, capability)
        if key not in self._lacking:
            self._lacking[key] = self._probe(case, scene, capability)
        return self._lacking[key]

    def _probe(self, case: Case, scene: Scene, capability: str) -> str:
        if case.about in self._hung:
            return ""
        subject = self.subject(case.implementation)
        if case.implementation.model != "process":  # one of processes can be tried in this one
            subject = scene.driver.offers(subject)
        make = subject.factories[case.primitive]
        prober = scene.actors(1)[0]
        kind = "rlock" if case.kind == "default" else case.kind
        lock = subject.lock_factory(kind if kind in subject.factories else "lock")
        prober.begins(lacks, case.primitive, capability, make, lock)
        scene.driver.wait(lambda: not prober.busy, [prober], self.delays.deadline)
        call = prober.call
        if prober.busy:  # it hangs: so it is there, and the clauses will say so
            scene.cast.remove(prober)
            self.delays.hangs += 1
            self._hung.add(case.about)
            return ""
        scene.trace.clear()
        return str(call.value or "")

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
        case = _case(item)
        if case is not None:
            self._judge(item, call, report, case)
        return report

    def _judge(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, case: Case
    ) -> None:
        """Turn what pytest saw into one result for each clause, and tell pytest of deviations."""
        if call.excinfo is not None:
            item.stash[FAILED] = True
        if call.when == "teardown" and call.excinfo is None:
            return
        if call.when == "setup" and call.excinfo is None:
            return
        outcome, message = _outcome(call)
        scene = item.stash.get(SCENE, None)
        shown = scene is not None and outcome in ("fail", "hang")
        trace = [list(t) for t in scene.trace] if scene and shown else []
        where = stands.of_scene(scene, message) if scene and shown else []
        if shown and not where:
            made = getattr(item, "syncproof_made", [])
            where = stands.of_thing(made[-1:], CORE[case.primitive][0])
        findings = item.stash.get(FINDINGS, [])
        found = call.excinfo.value if call.excinfo is not None else None
        blamed, replay = "", ""
        if isinstance(found, Violation) and found.clause:
            blamed, replay = found.clause, found.replay
            trace = [list(t) for t in found.trace]
            where = stands.of_schedule(trace)
        elif outcome in BAD and ATOMIC in {c.id for c in case.searched if c in case.clauses}:
            blamed = ATOMIC  # it ended badly, and did not come to say what is broken
        if replay:
            self._shown.add((*case.about, case.kind))
        results = []
        for clause in (*case.clauses, *self._beyond(case, blamed)):
            result = Result(
                clause=clause.id,
                primitive=case.primitive,
                level=clause.level,
                outcome=outcome,
                test=_test_id(item.nodeid),
                message=message,
                seconds=round(call.duration, 4),
                variant=case.variant,
                trace=trace,
                stands=where,
                replay=replay,
            )
            late = _not_held_here(clause, self.version)
            if late:
                result.outcome, result.message = "skipped", late
                result.trace, result.stands = [], []
            elif outcome == "pass" and clause in case.searched and case.declared(clause):
                result.outcome = "skipped"
                result.message = "the search leaves out what is declared to be otherwise"
            elif blamed and clause.id != blamed:
                result.outcome, result.trace, result.replay = "skipped", [], ""
                result.stands = []
                result.message = f"{blamed} was found broken first"
            else:
                self._refine(result, clause, case, findings)
            if result.outcome in ("fail", "hang"):
                self._broken.add((*case.about, clause.id))
            results.append(result)
        if outcome == "hang" and any(r.outcome != "deviation" for r in results):
            self.delays.hangs += 1
        if outcome in ("fail", "hang", "error") and not any(
            r.outcome in ("fail", "hang", "error") for r in results
        ):
            report.outcome = "skipped"
            report.wasxfail = "; ".join(f"{r.outcome}: {r.message}" for r in results)
        printed = (report.capstdout + report.capstderr)[:200]
        if printed and results:
            results[0].trace.append(["output", printed])
            report.user_properties.append(("syncproof-printed", printed))
        report.user_properties.append(("syncproof", [vars(r) for r in results]))
        if report.failed and outcome in ("fail", "hang"):
            self._tell(report, results, case)

    def _tell(self, report: pytest.TestReport, results: Sequence[Result], case: Case) -> None:
        """Show the promise and the steps that break it in place of the engine's frames."""
        option = self.config.getoption
        if option("--syncproof-journal") or option("tbstyle") != "auto":
            return  # nobody reads it; or somebody asks for frames
        from syncproof.findings import Writer
        from syncproof.sandbox.pair import Options

        found = Report(
            implementation=case.implementation.name,
            version="",
            model=case.implementation.model,
            interpreter={},
            results=list(results),
            target=self._words[case.implementation.name],
            selection={"as": self._kind, "model": option("--syncproof-model")},
            family=case.implementation.family,
        )
        told = "\n".join(Writer(options=Options(depth=self.delays.depth)).failures(found))
        report.longrepr = told.rstrip() or report.longrepr

    def _beyond(self, case: Case, blamed: str) -> list[Clause]:
        """The clause that a search has found broken, where its test is not marked with it."""
        spec = specs.load(case.implementation.family)
        if not blamed or blamed in {c.id for c in case.clauses} or blamed not in spec:
            return []
        clause = spec[blamed]
        return [clause] if case.primitive in clause.primitives and self._asked(clause) else []

    def _refine(self, result: Result, clause: Clause, case: Case, findings: list[str]) -> None:
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

    # -- records --------------------------------------------------------------------------

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.journal.write("start", test=_test_id(nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.journal.write("finish", test=_test_id(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not self.controller:
            return
        value: Any
        for key, value in report.user_properties:
            if key == "syncproof":
                for row in value:
                    self.records.append(Result(**row))
                    self.journal.write("result", **row)
            elif key == "syncproof-printed":
                self.journal.write("printed", text=value, test=_test_id(report.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.controller:
            return
        if not self.records:
            return
        self.stale = [
            result
            for implementation in self.targets()
            for result in stale(
                [r for r in self.records if _is_about(r, implementation)],
                active(implementation.deviations),
            )
        ]
        if self.stale and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self.journal.write("end", exit=int(session.exitstatus))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for result in getattr(self, "stale", []):
            terminalreporter.write_line(f"stale deviation: {result.clause}: {result.message}")


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
        #: Those of the clauses that the test only searches for.
        self.searched = searched
        #: The capabilities that the test uses.
        self.needs = tuple(dict.fromkeys(needs))

    @property
    def about(self) -> tuple[str, str]:
        return self.implementation.name, self.primitive

    @property
    def variant(self) -> str:
        return self.kind if self.kind in ("", "default") else f"over-{self.kind}"

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


SCENE = pytest.StashKey[Scene]()
FINDINGS = pytest.StashKey["list[str]"]()
FAILED = pytest.StashKey[bool]()
NOT_OFFERED = "not offered: "


# -- fixtures -----------------------------------------------------------------------------


@pytest.fixture
def delays(request: pytest.FixtureRequest) -> Delays:
    """The suite's named delays, in seconds."""
    return _suite(request).delays


@pytest.fixture
def scene(request: pytest.FixtureRequest, case: Case, delays: Delays) -> Iterator[Scene]:
    """The stage of this scenario; every actor that it leaves blocked is freed at its end."""
    suite = _suite(request)
    delays.poll_interval = case.implementation.poll_interval
    delays.contest_share = models.contest_share(case.implementation.model)
    if all(case.declared(c) for c in case.clauses):  # it may be declared to hang: soon believed
        delays = dataclasses.replace(delays, hangs=max(delays.hangs, 2))
    use_kernel = not request.config.getoption("--syncproof-no-kernel-view")
    driver = models.driver(case.implementation.model, delays, use_kernel)
    scene = request.node.stash[SCENE] = Scene(driver, delays)
    missing = suite.missing(case, scene)
    if missing:
        scene.close()
        pytest.skip(f"{NOT_OFFERED}{missing}")
    yield scene
    left = scene.busy
    if left:
        made = getattr(request.node, "syncproof_made", [])
        _free(scene, case.primitive, made)
    scene.close()
    if left and not request.node.stash.get(FAILED, False):
        names = ", ".join(f"{a.name} in {a.call}" for a in left)
        raise ScenarioError(f"the scenario left {names}: it must free its waiters")


@pytest.fixture
def actors(scene: Scene) -> Callable[[int], list[Actor]]:
    """``actors(4)``: that many new actors."""
    return scene.actors


@pytest.fixture
def subject(request: pytest.FixtureRequest, case: Case, scene: Scene) -> Subject:
    """The implementation under test, loaded, for this scenario's actors."""
    return scene.driver.offers(_suite(request).subject(case.implementation))


@pytest.fixture
def new(request: pytest.FixtureRequest, scene: Scene, subject: Subject, case: Case) -> Any:
    """``new(...)``: one more of the primitive under test, made by an actor of its own.

    ``new.ahead``: how many are to be made at once where one is needed after the other.
    """
    stagehand = scene.actors(1)[0]
    stagehand.name = "stagehand"
    scene.cast.clear()
    made = request.node.syncproof_made = []

    def make(*args: Any, **kwargs: Any) -> Any:
        if case.primitive == "condition" and case.kind != "default" and not args and not kwargs:
            args = (stagehand.does(subject.lock_factory(case.kind)),)
            scene.names.thing(args[0])
        thing = stagehand.does(subject.factories[case.primitive], *args, **kwargs)
        made.append(thing)
        scene.names.thing(thing)
        return thing

    make.ahead = getattr(scene.driver, "ahead", 1)  # type: ignore[attr-defined]
    return make


@pytest.fixture
def new_lock(scene: Scene, subject: Subject, case: Case) -> Any:
    """``new_lock()``: a lock to put under a condition, of the kind that this case is about."""
    stagehand = scene.actors(1)[0]
    scene.cast.remove(stagehand)
    kind = "rlock" if case.kind == "default" else case.kind

    def make() -> Any:
        lock = stagehand.does(subject.lock_factory(kind))
        scene.names.thing(lock)
        return lock

    return make


def _only(primitive: str) -> Any:
    @pytest.fixture(name=primitive)
    def one(new: Callable[[], Any]) -> Any:
        return new()

    return one


lock = _only("lock")
rlock = _only("rlock")
semaphore = _only("semaphore")
event = _only("event")
condition = _only("condition")


@pytest.fixture
def schedules(request: pytest.FixtureRequest, case: Case, scene: Scene) -> Schedules:
    """The implementation's own code under a scheduler; skipped where that cannot be."""
    return _suite(request).schedules(case, scene)


@pytest.fixture
def finds(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """``finds(text)``: what a test of a property has found."""
    findings: list[str] = request.node.stash.setdefault(FINDINGS, [])
    return findings.append


# -- helpers ------------------------------------------------------------------------------


def _suite(request: pytest.FixtureRequest) -> Suite:
    suite = request.config.pluginmanager.get_plugin("syncproof-suite")
    assert isinstance(suite, Suite)
    return suite


def _by_name(marks: Iterable[pytest.Mark]) -> dict[str, list[pytest.Mark]]:
    """Marks by what they are called, the closest first."""
    found: dict[str, list[pytest.Mark]] = {}
    for mark in marks:
        found.setdefault(mark.name, []).append(mark)
    return found


def _words(marks: Mapping[str, list[pytest.Mark]], name: str) -> tuple[str, ...]:
    """What all the marks of that name say."""
    return tuple(word for mark in marks.get(name, ()) for word in mark.args)


def _over(implementation: Implementation, kinds: Sequence[str]) -> list[str]:
    """The kinds of lock that there are to put under its conditions."""
    if implementation.model == "thread":
        return list(kinds)  # threading's, where it has none of its own
    made = specs.load(implementation.family).family.get("default_lock", "rlock")
    about_it = made in kinds or set(kinds) == {"default"}
    return [k for k in kinds if (about_it if k == "default" else k in implementation.primitives)]


def _turn(item: pytest.Item) -> int:
    """What has failed before comes first; then plain scenarios, before faults and searches, which
    tell less of what is broken everywhere; what decides nothing comes after what does; free threads
    come last, since what a scheduler shows is surer.
    """
    case = _case(item)
    if item.get_closest_marker("again"):
        return 0
    if "histories" in getattr(item, "fixturenames", ()):
        return 4
    if case is None or case.searched:
        return 2
    if not any(c.binding for c in case.clauses):
        return 3
    return 2 if item.get_closest_marker("faults") else PLAIN


def _clause_by_clause(items: list[pytest.Item]) -> list[pytest.Item]:
    """A plain scenario of each clause in the order of the specification, then a second of each, and
    so on: what comes first there is what the rest is built on, and is told even of what is soon
    given up. Others stay in their order.
    """
    tried: Counter[int] = Counter()
    places = {}
    for item in items:
        clause = _own_clause(item) if _turn(item) == PLAIN else 0
        places[item] = tried[clause], clause
        tried[clause] += _turn(item) == PLAIN
    return sorted(items, key=places.__getitem__)


def _own_clause(item: pytest.Item) -> int:
    """The place in its spec, from 1 up, of the first clause that is about its primitive alone."""
    case = _case(item)
    if case is None:
        return 0
    order = ["", *(c.id for c in specs.load(case.implementation.family))]
    own = [c.id for c in case.clauses if not c.id.startswith("mod.")]
    return order.index(own[0]) if own else len(order)


def _is_ours(marks: Mapping[str, list[pytest.Mark]]) -> bool:
    return "clause" in marks or "searches" in marks


def _case(item: pytest.Item) -> Case | None:
    spec = getattr(item, "callspec", None)
    case = spec.params.get("case") if spec else None
    return case if isinstance(case, Case) else None


def _test_id(nodeid: str) -> str:
    path, _, rest = nodeid.partition("::")
    return f"{Path(path).name}::{rest}"


def _is_about(result: Result, implementation: Implementation) -> bool:
    return f"[{implementation.name}-{result.primitive}" in result.test


def _not_held_here(clause: Clause, version: tuple[int, int]) -> str:
    late = specs.dated(clause, version)
    if late:
        return late
    windows = sys.platform == "win32"
    if clause.platform and (clause.platform == "windows") != windows:
        return f"promised on {clause.platform}"
    return ""


def _outcome(call: pytest.CallInfo[None]) -> tuple[str, str]:
    if call.excinfo is None:
        return "pass", ""
    error = call.excinfo.value
    if isinstance(error, pytest.skip.Exception):
        return "skipped", str(error.msg)
    if isinstance(error, Stuck):
        return "hang", str(error)
    if isinstance(error, ScenarioError):
        return "error", str(error)
    if isinstance(error, Violation):
        return "fail", str(error)
    text = str(error).split("\n")[0]
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        return "fail", text or "an assertion of the test failed"
    return ("fail" if call.when == "call" else "error"), f"{type(error).__name__}: {text}"


def _free(scene: Scene, primitive: str, made: list[Any]) -> None:
    """Let go whoever is still blocked in what the scenario made, as well as that can be done."""
    condition = primitive == "condition"
    verbs = {"event": ["set"], "barrier": ["abort"]}.get(primitive, ["release"] * 8)

    def rescue() -> None:
        for thing in made:
            if condition:
                with suppress(Exception):
                    _take_if_free(thing)
            for verb in ["notify_all", *verbs] if condition else verbs:
                with suppress(Exception):
                    getattr(thing, verb)()

    scene.actors(1)
    end = time.monotonic() + 0.2
    left = len(scene.busy) + 1
    while scene.busy and time.monotonic() < end:
        if scene.driver.exact and len(scene.busy) == left:
            return  # what the last round has not changed, the next one will not
        left = len(scene.busy)
        for actor in scene.cast:
            if not actor.busy:  # it may be the one that holds the lock
                actor.begins(rescue)
        scene.passes(0.005)


def _take_if_free(condition: Any) -> None:
    """Acquire the lock of a condition without waiting for it, as far as that can be said there."""
    try:
        condition.acquire(False)
    except TypeError:
        if not condition.locked():
            condition.acquire()


def _refuse_dead_asserts(items: list[pytest.Item]) -> None:
    """Under -O the asserts of a test module live only if pytest has rewritten them."""
    if __debug__:
        return
    for module in {getattr(item, "module", None) for item in items if _case(item)}:
        if module is not None and not hasattr(module, "@pytest_ar"):
            raise pytest.UsageError(
                f"{module.__name__}: asserts are dead under -O (with --assert=plain, or imported"
                " before pytest): run without one of the two"
            )
