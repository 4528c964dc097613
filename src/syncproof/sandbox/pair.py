"""One primitive of one implementation, checked in processes of its own until every test is told.

The suite runs in a child that writes a journal. Where the child dies, the test that was running
gets ``crash``; where it makes no progress, it is asked for its stacks and killed, and the test gets
``hang``; then a new child goes on with the rest. Patience shrinks with every such test, and when
too much time has been lost to them the rest is left untried.
"""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from syncproof import kept
from syncproof import spec as specs
from syncproof.history.models.blamed import ATOMIC
from syncproof.results import Result, stale
from syncproof.sandbox.inspection import Target
from syncproof.sandbox.process import Child
from syncproof.sandbox.template import Template
from syncproof.sandbox.worker import ENVIRONMENT
from syncproof.suite.journal import Tail
from syncproof.vocabulary import Deviation

#: Seconds without a sign of life before a test is given up: none given up before, one, more.
PATIENCE = (14.0, 6.0, 3.0)
#: Until the first test begins it is not the implementation that is slow, but the machine.
START_PATIENCE = 45.0
#: Thorough tests may take so much longer.
THOROUGH = 6.0
#: So many tests that hang or crash, and so many seconds lost to them: the rest is not tried.
HOPELESS_TESTS = 3
HOPELESS_SECONDS = 40.0
#: While such a test costs less than QUICK seconds (patience has shrunk), more may be lost in all.
QUICK = 1.5
QUICK_SECONDS = 42.0
#: Signals that often come from outside (a machine out of memory): such a test is tried once more.
FROM_OUTSIDE = (-1, -2, -9, -15)

#: Exit statuses of pytest after which every test has been told: all well, some failed, none there.
ORDERLY = (0, 1, 5)

OUTPUT = "process.output"
THREADS_LEFT = "process.threads-left"
GIL = "process.gil"
SURVIVES = "process.survives"


@dataclass(frozen=True)
class Options:
    """How to check; the same for every pair of a run."""

    clauses: tuple[str, ...] = ()
    depth: str = "default"
    detail: bool = False
    time_factor: float = 0.0
    kernel_view: bool = True
    #: Hold it to the documentation of this Python; empty: of the running one.
    as_of: str = ""

    def words(self) -> list[str]:
        """As options of the pytest plugin."""
        found = ["--syncproof-depth", self.depth]
        for glob in self.clauses:
            found += ["--syncproof-clause", glob]
        if self.detail:
            found.append("--syncproof-detail")
        if self.time_factor:
            found += ["--syncproof-time-factor", str(self.time_factor)]
        if self.as_of:
            found += ["--syncproof-as-of", self.as_of]
        if not self.kernel_view:
            found.append("--syncproof-no-kernel-view")
        return found

    def wants(self, clause: str) -> bool:
        return not self.clauses or any(fnmatch.fnmatchcase(clause, g) for g in self.clauses)


@dataclass(frozen=True)
class Test:
    """A test of the suite on this primitive, as the journal tells it."""

    name: str
    variant: str
    clauses: tuple[str, ...]
    #: Those of them that it only searches for: any of them, or none, may be what ended it.
    searched: tuple[str, ...] = ()


class Pair:
    """One (implementation, primitive): ``start`` it, then ``poll`` it until it is over."""

    def __init__(
        self,
        target: Target,
        primitive: str,
        options: Options,
        folder: Path,
        template: Template | None = None,
    ) -> None:
        self.target = target
        self.primitive = primitive
        self.options = options
        self.folder = folder
        self.template = template
        self.tests: dict[str, Test] | None = None
        self.done: dict[str, None] = {}
        self.hangs = 0
        self.crashes = 0
        self.children = 0
        self.interrupted = False
        #: Why the rest of the tests was left untried; empty if it was not.
        self.given_up = ""
        self.seconds = 0.0
        self._results: dict[str, list[Result]] = {}
        self._extra: list[Result] = []
        self._printed: list[tuple[str, str]] = []
        self._tail = Tail(folder / "journal")
        self._running = ""
        self._tried_again: set[str] = set()
        self._child: Child | None = None
        self._uncollected: set[str] = set()
        self._stillborn = 0
        self._lost = 0.0
        self._last_loss = 0.0
        #: Whether it has ended, in whatever way.
        self.over = False

    # -- the course of it -------------------------------------------------------------------

    def start(self) -> None:
        """Start the first child."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._began = self._good = time.monotonic()
        if self.target.printed:
            self._printed.append(("its import", self.target.printed[:200]))
        self._start_child()

    def _start_child(self) -> None:
        done = self.folder / "done"
        done.write_text("\n".join(self.done), encoding="utf-8")
        words = ["--syncproof-target", self.target.target, "--syncproof-primitive", self.primitive]
        if self.target.kind:
            words += ["--syncproof-as", self.target.kind]
        words += ["--syncproof-model", self.target.model]
        failed_before = kept.file_of(self.target.target, self.target.kind)
        if failed_before.exists():
            words += ["--syncproof-kept", str(failed_before)]
        words += ["--syncproof-done", str(done), "--syncproof-hangs", str(self.hangs)]
        environment = {**ENVIRONMENT, "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder)}
        scratch = self.folder / "scratch"  # nothing that is left in temporary files stays
        scratch.mkdir(exist_ok=True)
        environment.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)))
        self.children += 1
        self._progress = self._closed = self._restart = False
        self._exit = 0
        self._running = ""
        self._child = Child(
            "syncproof.sandbox.worker",
            [str(self._tail.path), *words, *self.options.words()],
            self.folder,
            environment,
            self.template,
        )
        self._sign_of_life = self.child.patience_clock()

    @property
    def child(self) -> Child:
        if self._child is None:
            raise RuntimeError("the pair has not been started")
        return self._child

    def poll(self) -> bool:
        """Take in what is new; whether the pair is over."""
        if self.over:
            return True
        ended = self.child.ended  # before the journal is read: nothing is written after it
        for event in self._tail.new():
            self._take(event)
            self._sign_of_life = self.child.patience_clock()
        if self._closed:
            self._after_close()
        elif ended:
            self._after_end()
        elif self.child.patience_clock() - self._sign_of_life > self._patience():
            self._after_silence()
        elif self._hopeless():
            self.child.kill()
            self._give_up()
        return self.over

    def stop(self) -> None:
        """End it now; what has been found stays."""
        if self._child is None:
            self.interrupted = self.over = True
        elif not self.over:
            for event in self._tail.new():
                self._take(event)
            self.interrupted = not self._closed
            self._finish()

    def _finish(self) -> None:
        self.child.kill()
        self.seconds = time.monotonic() - self._began
        self.over = True

    # -- the journal ----------------------------------------------------------------------------

    def _take(self, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        if kind == "collected" and self.tests is None:
            self.tests = {t["test"]: _test(t) for t in event["tests"]}
        elif kind == "start":
            self._running = event["test"]
        elif kind == "result":
            known = {f.name for f in fields(Result)}
            result = Result(**{k: v for k, v in event.items() if k in known})
            self._results.setdefault(result.test, []).append(result)
        elif kind == "printed":
            self._printed.append((event["test"], event["text"]))
        elif kind == "finish":
            self._took_a_test(event["test"])
        elif kind == "uncollected" and event["file"] not in self._uncollected:
            self._uncollected.add(event["file"])
            name = Path(event["file"]).name
            self._extra.append(self._survival("error", f"{name} of the suite: {event['why']}"))
        elif kind == "restart":
            self._restart = True
        elif kind == "closed":
            self._closed, self._exit = True, event["exit"]
            if event["threads"]:
                self._extra.append(self._property(THREADS_LEFT, _listed(event["threads"])))
            if event["gil"]:
                self._extra.append(self._property(GIL, event["gil"]))

    def _took_a_test(self, test: str) -> None:
        self.done[test] = None
        self._running = ""
        self._progress = True
        now = time.monotonic()
        if any(r.outcome == "hang" for r in self._results.get(test, [])):
            self.hangs += 1
            self._lose(now - self._good)
        self._good = now

    # -- what went wrong ------------------------------------------------------------------------

    def _after_close(self) -> None:
        """The session is over; was it over in an orderly way?"""
        if self._exit in ORDERLY:
            self._finish()
        else:
            self.crashes += 1
            how = "the suite was stopped" if self._exit == 2 else "pytest could not go on"
            self._blame("error", f"{how} (pytest's exit status {self._exit})", self._last_words())

    def _after_end(self) -> None:
        """The child has ended before the end of the suite."""
        if self._restart:
            self._start_child()
            return
        status = self.child.process.returncode
        if status in FROM_OUTSIDE and self._running not in self._tried_again:
            self._tried_again.add(self._running)
            self._results.pop(self._running, None)
            self._start_child()
            return
        how = f"its process {self.child.ending()}"
        if status == 0:
            how += " in the middle of it (os._exit, or an exit of the interpreter)"
        self.crashes += 1
        self._blame("crash", how, self.child.written_stacks() or self._last_words())

    def _after_silence(self) -> None:
        silence = self.child.patience_clock() - self._sign_of_life
        stacks = self.child.stacks()
        self.child.kill()
        for event in self._tail.new():
            self._take(event)
        self.hangs += 1
        self._blame("hang", f"made no progress for {silence:.0f} s and was killed", stacks)

    def _blame(self, outcome: str, how: str, where: str) -> None:
        """Write it down for the test that was running, and go on with the rest."""
        now = time.monotonic()
        seconds, self._good = now - self._good, now
        self._lose(seconds)
        self.child.kill()
        message = f"{how}\n{where}" if where else how
        test = self._running
        if test:
            self._blame_test(test, outcome, message, seconds)
            self.done[test] = None
            self._stillborn = 0
        else:
            self._extra.append(self._survival(outcome, message))
            self._stillborn = 0 if self._progress else self._stillborn + 1
        never_began = self.tests is None and outcome == "hang"
        if never_began or self._stillborn > 1 or self._hopeless():
            self._give_up()
        else:
            self._start_child()

    def _blame_test(self, test: str, outcome: str, message: str, seconds: float) -> None:
        spec = specs.load(self.target.family)
        known = (self.tests or {}).get(test)
        before = {r.clause: r for r in self._results.get(test, [])}
        results = []
        searched = known.searched if known else ()
        if searched and ATOMIC not in searched:  # no clause that is asked for can be said to be it
            self._extra.append(self._survival(outcome, message))
        for clause_id in known.clauses if known else ():
            earlier = before.get(clause_id)
            if earlier is not None and earlier.outcome in ("fail", "hang", "error"):
                results.append(earlier)  # it was found out before the end came
                continue
            result = Result(
                clause=clause_id,
                primitive=self.primitive,
                level=spec[clause_id].level,
                outcome=outcome,
                test=test,
                message=message,
                seconds=round(seconds, 4),
                variant=known.variant if known else "",
            )
            if clause_id in searched and clause_id != ATOMIC:
                result.outcome, result.message = "skipped", f"the search ended by a {outcome}"
            elif result.level == "property":
                result.outcome = "property"
            elif outcome == "hang":
                _excuse(result, self.target.deviations)
            results.append(result)
        self._results[test] = results

    def _survival(self, outcome: str, message: str) -> Result:
        after = f"after {next(reversed(self.done))}" if self.done else "before the first test"
        return Result(
            clause=SURVIVES,
            primitive=self.primitive,
            level="must",
            outcome=outcome,
            message=f"{after}: {message}",
        )

    def _last_words(self) -> str:
        """The end of what a child printed that has not even begun."""
        return "" if self._running else "\n".join(self.child.output().splitlines()[-8:])

    # -- patience -----------------------------------------------------------------------------

    @property
    def _bad(self) -> int:
        return self.hangs + self.crashes

    def _patience(self) -> float:
        if not self._running and not self._progress:
            return START_PATIENCE * max(1.0, self.options.time_factor)
        patience = PATIENCE[min(self._bad, len(PATIENCE) - 1)]
        patience *= max(1.0, self.options.time_factor)
        if self.options.depth == "thorough":
            patience *= THOROUGH if not self._bad else 2.0
        return patience

    def _lose(self, seconds: float) -> None:
        self._lost += seconds
        self._last_loss = seconds

    def _hopeless(self) -> bool:
        limit = QUICK_SECONDS if self._last_loss < QUICK else HOPELESS_SECONDS
        return self._bad >= HOPELESS_TESTS and self._lost > limit

    def _give_up(self) -> None:
        self.given_up = (
            f"not tried: {self.hangs} tests before hung, {self.crashes} crashed"
            if self.tests is not None
            else "not tried: the suite could not be started"
        )
        if not any(result.bad for result in self.results):  # what hung were properties alone
            outcome = "hang" if self.hangs else "crash"
            self._extra.append(self._survival(outcome, f"given up, the rest {self.given_up}"))
        self._finish()

    # -- what came of it ------------------------------------------------------------------------

    @property
    def results(self) -> list[Result]:
        """Every result so far: of the tests in their order, then of the process as a whole."""
        found = [r for results in self._results.values() for r in results]
        if self.given_up:
            found += self._untried()
        found = [r for r in found if self.options.wants(r.clause)]
        found += self._extra
        if self._printed:
            found.append(self._property(OUTPUT, _printed(self._printed)))
        return found

    def stale(self) -> list[Result]:
        """Declared deviations that were looked for in full and did not show."""
        if self.interrupted or self.given_up or not self.over:
            return []
        looked_for = [d for d in self.target.deviations if self.options.wants(d.clause)]
        return stale(self.results, looked_for)

    def counts(self) -> tuple[int, int]:
        """How many tests are done, and of how many."""
        return len(self.done), len(self.tests or ())

    def _untried(self) -> Iterable[Result]:
        spec = specs.load(self.target.family)
        for name, test in (self.tests or {}).items():
            if name in self.done or name in self._results:
                continue
            for clause_id in test.clauses:
                yield Result(
                    clause=clause_id,
                    primitive=self.primitive,
                    level=spec[clause_id].level,
                    outcome="skipped",
                    test=name,
                    message=self.given_up,
                    variant=test.variant,
                )

    def _property(self, clause: str, message: str) -> Result:
        return Result(
            clause=clause,
            primitive=self.primitive,
            level="property",
            outcome="property",
            message=message,
        )


def _test(row: Mapping[str, Any]) -> Test:
    return Test(row["test"], row["variant"], tuple(row["clauses"]), tuple(row["searched"]))


def _excuse(result: Result, deviations: Iterable[Deviation]) -> None:
    for deviation in deviations:
        if deviation.covers(result.clause, result.primitive, result.variant):
            result.outcome = "deviation"
            result.message = f"{deviation.does} ({deviation.why})"
            result.link = deviation.link


def _listed(things: list[str], limit: int = 5) -> str:
    text = "; ".join(things[:limit])
    more = len(things) - limit
    return f"{len(things)} left: {text}{f'; and {more} more' if more > 0 else ''}"


def _printed(printed: list[tuple[str, str]]) -> str:
    where, text = printed[0]
    often = f"{len(printed)} times" if len(printed) > 1 else "once"
    return f"wrote to stdout or stderr {often}, first in {where}: {' '.join(text.split())[:160]!r}"
