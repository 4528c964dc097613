"""The search for a schedule that shows what the documentation does not allow.

    with Search(controlled, "semaphore") as search:
        found = search.sweep() or search.exhaust(1) or search.at_random(250, 12)

Each way of searching runs programs under schedules of its own and asks the model about what
happened. The first fault is made as small as can be and returned as a :class:`Found`. How much is
done is counted in schedules, never in seconds, and every random choice comes from the seed: on the
same interpreter and code the same search finds the same.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from syncproof.history import programs
from syncproof.history.declared import decided, declared, excused, without
from syncproof.history.oracle import Fault, judge
from syncproof.history.program import Op, Program
from syncproof.interleave.control import Controlled
from syncproof.interleave.facades import NotControllable
from syncproof.interleave.run import Run
from syncproof.interleave.scheduler import Scheduler
from syncproof.interleave.shrinking import fewest_preemptions, smallest
from syncproof.interleave.story import preemptions, trace
from syncproof.interleave.strategies import (
    PCT,
    Bounded,
    Diverged,
    Replay,
    StopAt,
    Strategy,
    Walk,
)
from syncproof.interleave.tokens import Token, TokenError, read, running_python

#: The view with every switch that any build could make, and that of a build with the GIL.
ANY, GIL = "any", "gil"

#: Seconds without a step until an actor is taken to wait for what no scheduler controls.
HANG = 5.0

#: Which builds can do what a view allows.
EVERY_BUILD, ANY_BUILD = "every build", "builds without the GIL and Python 3.9"

#: A program that has more steps than this, in one actor, is not swept any further.
MOST_STEPS = 400

#: One schedule in so many is a random walk: it finds what priorities starve.
WALKS = 4

#: How many schedules a build with the GIL is asked for, and by how many preemptions at most.
GIL_SCHEDULES = 3000
GIL_PREEMPTIONS = 2

#: How often code is used before a schedule that a search had found is tried again.
USES = 25

Failing = tuple[Run, Fault]


@dataclass(frozen=True)
class Effort:
    """How far a search goes, in schedules: time would make it differ from run to run."""

    #: Of the certificate: preemptions at most, and schedules of one small program at most.
    preemptions: int
    certified: int
    #: Of the random search: programs, and schedules of each.
    programs: int
    schedules: int
    #: For a property of the model, in programs.
    property_programs: int
    #: To find again what had failed on other code.
    around: int = 300
    #: Of each way of searching, how often actors may take turns in all: where waits are loops, one
    #: schedule may be as long as a hundred others.
    turns: int = 60_000


EFFORTS: Mapping[str, Effort] = {
    "default": Effort(1, 300, 220, 12, 40),
    "thorough": Effort(2, 6000, 4000, 16, 400, turns=5_000_000),
}


@dataclass(frozen=True)
class Found:
    """A fault, the smallest program and schedule that show it, and what is to be said of them."""

    fault: Fault
    program: Program
    view: str
    choices: tuple[int, ...]
    preemptions: int
    #: Whether no schedule with fewer preemptions shows it.
    fewest: bool
    #: Which builds of Python can do this, in words.
    possible: str
    trace: tuple[tuple[str, str], ...]
    token: str
    #: How many schedules it took until it was found, the shrinking left out.
    schedules: int

    @property
    def lines(self) -> list[str]:
        """What it is, for people: the oracle's line first."""
        count = f"{self.preemptions} preemption{'' if self.preemptions == 1 else 's'}"
        least = "" if self.fewest else "at most "
        return [
            self.fault.line,
            f"program {self.program}",
            f"possible on {self.possible}, with {least}{count}",
        ]


class Search:
    """Searches one primitive of an implementation; a context manager.

    ``tell`` is called after each schedule with this search, whose counters say how far it is.
    ``strict`` names properties of the model that count as faults, and ``lacks`` the capabilities
    that the implementation does not offer. Without ``explain`` a fault is returned as it was found,
    neither made smaller nor asked of a build with the GIL. What the implementation declares to do
    otherwise is not searched.

    ``turns`` bounds each way of searching, besides the number of its schedules. ``patience`` is in
    seconds: what has not come to its end by then waits for something else between its steps.
    """

    def __init__(
        self,
        controlled: Controlled,
        primitive: str,
        variant: str = "",
        seed: int | str = 0,
        tell: Callable[[Search], None] = lambda search: None,
        strict: Collection[str] = (),
        lacks: Collection[str] = (),
        explain: bool = True,
        turns: int = sys.maxsize,
        patience: float = math.inf,
    ) -> None:
        reason = controlled.why_not(primitive)
        if reason:
            raise NotControllable(reason)
        self.controlled = controlled
        self.primitive = primitive
        self.variant = variant
        self.seed = seed
        self.tell = tell
        self.strict = frozenset(strict)
        self.lacks = frozenset(lacks)
        self.explain = explain
        self.turns = turns
        self._turns_left = turns
        self._end = time.monotonic() + patience
        self.departs = declared(controlled.subject.implementation, primitive, variant)
        self.schedules = 0
        self.operations = 0
        self._histories: set[int] = set()
        self._schedulers: dict[str, Scheduler] = {}
        self._view = ""

    def __enter__(self) -> Search:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()

    @property
    def distinct(self) -> int:
        """How many different histories have been seen."""
        return len(self._histories)

    def all(self, effort: Effort) -> Found | None:
        """All ways of searching, one after the other, as far as that."""
        return (
            self.sweep()
            or self.exhaust(effort.preemptions, effort.certified)
            or self.at_random(effort.programs, effort.schedules)
        )

    # -- ways of searching --------------------------------------------------------------------

    def sweep(self, only: Iterable[Program] | None = None) -> Found | None:
        """Stop the first actor of each small program at its every step, and let others run then."""
        self._turns_left = self.turns
        for program in self._pairs() if only is None else only:
            last = len(program.actors) - 1
            for fires in (False, True) if _has_timeout(program) else (False,):
                for after in ((), (last,)) if last > 1 else ((),):
                    found = self._sweep(program, fires, after)
                    if found is not None:
                        return found
        return None

    def _sweep(self, program: Program, fires: bool, after: tuple[int, ...]) -> Found | None:
        for step in range(1, MOST_STEPS):
            strategy = StopAt(0, step, fires, after)
            found = self._search(program, strategy, 1)
            if found is not None:
                return found
            if not strategy.reached or self._turns_left <= 0:
                break
        return None

    def exhaust(
        self, most: int, limit: int, only: Iterable[Program] | None = None
    ) -> Found | None:
        """Every schedule of the small programs with at most ``most`` preemptions.

        Of one program at most ``limit`` schedules are tried.
        ``certificate`` says afterwards what that amounts to.
        """
        self._exhausted = self._cut_short = self._certified = 0
        self._most = most
        self._turns_left = self.turns
        for program in self._pairs() if only is None else only:
            strategy = Bounded(most, f"{self.seed}/{program}")
            before = self.schedules
            found = self._search(program, strategy, limit)
            if found is not None:
                return found
            if strategy.exhausted:
                self._exhausted += 1
                self._certified += self.schedules - before
            else:
                self._cut_short += 1
        return None

    @property
    def certificate(self) -> str:
        """What ``exhaust`` has shown where it has found nothing."""
        preempted = f"{self._most} preemption{'' if self._most == 1 else 's'}"
        text = (
            f"all schedules of {self._exhausted} small programs with at most {preempted}:"
            f" {self._certified}, none fails"
        )
        if self._cut_short:
            text += f" ({self._cut_short} programs have more, or differ from run to run)"
        return text

    def at_random(self, count: int, schedules: int, first: int = 0) -> Found | None:
        """Random programs, each under so many random schedules. ``first`` numbers the programs."""
        self._turns_left = self.turns
        for number in range(first, first + count):
            seed = f"{self.seed}/{self.primitive}/{self.variant}/{number}"
            program = programs.draw(
                random.Random(seed), self.primitive, self.variant, lacks=self.lacks
            )
            walks = max(1, schedules // WALKS)
            if not decided(program, self.departs):
                continue
            for strategy, share in ((PCT(seed), schedules - walks), (Walk(seed), walks)):
                found = self._search(program, strategy, share)
                if found is not None:
                    return found
        return None

    def around(self, program: Program, schedules: int) -> Found | None:
        """One program, under so many schedules: what had failed once and cannot be replayed."""
        found = self._search(program, Bounded(2, self.seed), schedules)
        return found or self._search(program, PCT(self.seed), schedules)

    def again(self, kept: Iterable[str], schedules: int) -> Found | None:
        """What failed before, by its tokens; the program under so many others where that one is no
        use any more: the code has changed, or it took other steps."""
        for text in kept:
            try:
                token = read(text)
            except TokenError:
                continue
            program = token.program
            if (program.primitive, program.variant) != (self.primitive, self.variant):
                continue
            found = None
            if not token.refusal(self.controlled.code_hash):
                with suppress(Diverged):
                    found = self.replay(token)
            found = found or self.around(program, schedules)
            if found is not None:
                return found
        return None

    def replay(self, token: Token) -> Found | None:
        """The schedule of a token once more; None where it shows no fault (any more).

        The search that found it had used the code before, and some takes other steps the first
        time: where that may be why, it is used some times, and the schedule tried once more.
        """
        with suppress(Diverged):
            found = self._once(token)
            if found is not None:
                return found
        for _ in self._scheduler(token.view).runs(token.program, PCT(self.seed), USES):
            self.schedules += 1
        return self._once(token)

    def _once(self, token: Token) -> Found | None:
        run = self._scheduler(token.view).run(
            token.program,
            Replay(token.choices),
            afterwards=self._afterwards(token.program),
        )
        self.schedules += 1
        fault = self._judge(run)
        if fault is None:
            return None
        possible = EVERY_BUILD if token.view == GIL else ANY_BUILD
        return self._report(token.program, (run, fault), token.view, True, possible, 1)

    # -- one schedule -------------------------------------------------------------------------

    def _pairs(self) -> Iterable[Program]:
        for _, program in programs.pairs(self.primitive, self.variant, self.lacks):
            if decided(program, self.departs):
                yield program

    def _afterwards(self, program: Program) -> tuple[Op, ...]:
        return without(program, programs.afterwards(program, self.lacks), self.departs)

    def _search(self, program: Program, strategy: Strategy, most: int) -> Found | None:
        failing = self._first_failing(program, strategy, most, ANY)
        if failing is None:
            return None
        until = self.schedules
        if not self.explain:
            return self._report(program, failing, ANY, False, ANY_BUILD, until)
        return self._explain(program, failing, until)

    def _first_failing(
        self, program: Program, strategy: Strategy, most: int, view: str
    ) -> Failing | None:
        scheduler = self._scheduler(view)
        afterwards = self._afterwards(program)
        for _ in range(most):
            if self._turns_left <= 0 or not strategy.begin():
                break
            self.schedules += 1
            self.operations += len(program)
            try:
                run = scheduler.run(program, strategy, afterwards=afterwards)
            except Diverged:  # it does not do the same each time, which nobody has promised
                continue
            strategy.end(run)
            self._turns_left -= len(run.turns)
            self._histories.add(hash(tuple(run.history.events)))
            self.tell(self)
            if time.monotonic() > self._end:
                raise NotControllable("its steps take real time: it waits for something else")
            fault = self._judge(run)
            if fault is not None:
                return run, fault
        return None

    def _judge(self, run: Run) -> Fault | None:
        if run.history.ended == "hang":
            raise NotControllable(f"an actor came to wait outside of the scheduler: {run.why}")
        return judge(excused(run.history, self.departs), self.strict)

    def _scheduler(self, view: str) -> Scheduler:
        if view != self._view:
            self._leave()
            if view not in self._schedulers:
                self._schedulers[view] = Scheduler(self.controlled, view, HANG)
            self._schedulers[view].__enter__()
            self._view = view
        return self._schedulers[view]

    def _leave(self) -> None:
        if self._view:
            self._schedulers[self._view].__exit__(None, None, None)
            self._view = ""

    # -- what has been found ------------------------------------------------------------------

    def _explain(self, program: Program, failing: Failing, schedules: int) -> Found:
        """The same in its smallest form, and whether a build with the GIL can do it."""

        def attempt(candidate: Program, strategy: Strategy, most: int) -> Failing | None:
            if not decided(candidate, self.departs):
                return None
            return self._first_failing(candidate, strategy, most, ANY)

        self._turns_left = sys.maxsize
        program, failing = smallest(program, failing, attempt)
        failing, fewest = fewest_preemptions(program, failing, attempt)
        count = preemptions(failing[0])

        def with_gil(candidate: Program, strategy: Strategy, most: int) -> Failing | None:
            return self._first_failing(candidate, strategy, most, GIL)

        complete = Bounded(max(count, GIL_PREEMPTIONS), self.seed)
        before = self.schedules
        real = with_gil(program, complete, GIL_SCHEDULES)
        tried = self.schedules - before
        if real is None and not complete.exhausted:
            real = with_gil(program, PCT(self.seed), GIL_SCHEDULES // 4)
            tried = self.schedules - before
        if real is not None:
            real, fewest = fewest_preemptions(program, real, with_gil)
            return self._report(program, real, GIL, fewest, EVERY_BUILD, schedules)
        all_of = f"all {tried} schedules with at most {complete.most} preemptions"
        shown = all_of if complete.exhausted else f"{tried} schedules"
        possible = f"{ANY_BUILD} ({shown} of what a later one with the GIL does show nothing)"
        return self._report(program, failing, ANY, fewest, possible, schedules)

    def _report(
        self,
        program: Program,
        failing: Failing,
        view: str,
        fewest: bool,
        possible: str,
        schedules: int,
    ) -> Found:
        run, fault = failing
        choices = tuple(run.choices)
        token = Token(program, view, choices, self.controlled.code_hash, running_python())
        return Found(
            fault=fault,
            program=program,
            view=view,
            choices=choices,
            preemptions=preemptions(run),
            fewest=fewest,
            possible=possible,
            trace=tuple(trace(run, fault.event)),
            token=str(token),
            schedules=schedules,
        )


def _has_timeout(program: Program) -> bool:
    return any(op.name in ("timed", "wait_timed") for ops in program.actors for op in ops)
