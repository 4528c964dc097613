"""Runs actors one at a time, under a strategy that decides at every point who goes on.

    with Scheduler(controlled, view="any") as scheduler:
        for run in scheduler.runs(program, PCT(seed), most=300):
            run.history, run.choices, run.failure

One thread an actor, of which exactly one runs; it decides itself at each point, and hands over only
if another one was chosen. Who waits for a controlled lock or sleeps is parked here, so a deadlock
is known at once and for certain, and a timeout passes when the strategy says so. The same choices
give the same run.
"""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

from syncproof.history.program import Op, Program, made
from syncproof.history.record import Event, History, actor_body
from syncproof.interleave import facades, points
from syncproof.interleave.control import Controlled
from syncproof.interleave.facades import NotControllable, World
from syncproof.interleave.run import Run
from syncproof.interleave.strategies import Options, Strategy
from syncproof.interleave.turns import Abort, Hand, Turns

#: A run of more steps than this is given up as a livelock.
MOST_STEPS = 20_000
#: Seconds without a step until the actors are taken to be blocked outside of the scheduler.
HANG = 10.0


class Scheduler:
    """A context manager around many runs of one implementation in one view.

    ``hang`` is how many seconds without a step are taken for a hang. It may be entered again, and
    one scheduler of an implementation may be entered at a time.
    """

    def __init__(self, controlled: Controlled, view: str = "any", hang: float = HANG) -> None:
        if view not in points.VIEWS:
            raise ValueError(f"{view!r} is no view: {', '.join(points.VIEWS)}")
        self.controlled = controlled
        self.view = view
        self.hang = hang
        self.world: World = controlled.world
        self._crew: list[Hand] = []
        own = controlled.code
        stored = points.Stored(own, points.own_code(controlled.trusted))
        found = {code: points.roles(code, view, stored) for code in own}
        self._own_ids = frozenset(map(id, own))
        self._watcher = points.watcher(found, view)

    def __enter__(self) -> Scheduler:
        if self.world.scheduled:
            raise RuntimeError("one scheduler of an implementation is at work already")
        self._dice = random.getstate()
        self._watcher.start(self._step)
        self.world.scheduled = True
        self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        return self

    def __exit__(self, *exc: object) -> None:
        self._watcher.stop()
        self.world.scheduled = False
        self._dismiss()
        random.setstate(self._dice)
        sys.unraisablehook = self._hook

    # -- runs -----------------------------------------------------------------------------

    def runs(
        self, program: Program, strategy: Strategy, most: int, most_steps: int = MOST_STEPS
    ) -> Iterator[Run]:
        """Up to ``most`` runs of a program, as long as the strategy has another schedule."""
        for _ in range(most):
            if not strategy.begin():
                return
            run = self.run(program, strategy, most_steps)
            strategy.end(run)
            yield run

    def run(
        self,
        program: Program,
        strategy: Strategy,
        most_steps: int = MOST_STEPS,
        afterwards: Sequence[Op] = (),
    ) -> Run:
        """One run of a program; the strategy has begun.

        When all actors have ended, one more (by the next number) does the operations of
        ``afterwards``, alone: so that permits can be counted.
        """
        history = History(program)
        subject = self.controlled.subject
        operations = (*program.actors, tuple(afterwards)) if afterwards else program.actors

        run = Run(history)

        def note(event: Event) -> None:
            run.told.append(len(run.log))
            history.events.append(event)

        def bodies() -> list[Callable[[], Any]]:
            if program.primitive not in subject.factories:
                raise NotControllable(self.controlled.why_not(program.primitive))
            thing = made(subject, program)
            broken = subject.broken_barrier_error
            return [
                actor_body(number, ops, thing, note, broken, self._between)
                for number, ops in enumerate(operations)
            ]

        return self._run(run, bodies, strategy, most_steps, bool(afterwards))

    def run_bodies(
        self,
        bodies: Sequence[Callable[[], Any]],
        strategy: Strategy,
        most_steps: int = MOST_STEPS,
    ) -> Run:
        """One run of any callables, one an actor; the strategy has begun."""
        history = History(Program("bodies", tuple(() for _ in bodies)))
        return self._run(Run(history), lambda: list(bodies), strategy, most_steps)

    def _run(
        self,
        run: Run,
        make_bodies: Callable[[], list[Callable[[], Any]]],
        strategy: Strategy,
        most_steps: int,
        last_is_alone: bool = False,
    ) -> Run:
        if self.world.unusable:
            raise NotControllable(self.world.unusable)
        collecting = gc.isenabled()
        gc.disable()  # or __del__ would run at any point
        try:
            with self.controlled.installed():
                self.world.reset()
                random.seed(0)  # an implementation that draws lots draws the same in each run
                bodies = make_bodies()
                alone = bodies.pop() if last_is_alone else None
                last = len(bodies)
                self._turns(run, bodies, strategy, most_steps)
                if alone is not None and not run.failure:
                    self._turns(run, [alone], _Only(), most_steps, first=last)
        finally:
            if collecting:
                gc.enable()
        return run

    def _turns(
        self,
        run: Run,
        bodies: list[Callable[[], Any]],
        strategy: Strategy,
        most_steps: int,
        first: int = 0,
    ) -> None:
        turns = Turns(self, run, strategy, most_steps, first, bodies)
        bodies.clear()  # so that what they hold lives as long as the actors, not longer
        self.world.run = turns
        try:
            turns.go()
        finally:
            self.world.run = None if not self.world.unusable else turns
            if self.world.has_locals:
                self._dismiss()
        if turns.crash is not None:
            raise turns.crash

    # -- threads --------------------------------------------------------------------------

    def hire(self, number: int) -> list[Hand]:
        while len(self._crew) < number:
            self._crew.append(Hand())
        return self._crew[:number]

    def _dismiss(self) -> None:
        for hand in self._crew:
            hand.act = None
            hand.baton.release()
        self._crew = []

    def abandon(self, why: str) -> None:
        """Threads are stuck: they are left behind, and nothing more can run here."""
        self._crew = []
        self.world.unusable = why

    # -- points ---------------------------------------------------------------------------

    def _step(self, code: CodeType, offset: int) -> None:
        turns = self.world.run
        if turns is not None:
            turns.step(code, offset)  # type: ignore[attr-defined]

    def _between(self) -> None:
        """An actor is between two operations."""
        turns = self.world.run
        if turns is not None:
            turns.between()  # type: ignore[attr-defined]

    def called_by_own_code(self) -> bool:
        """Whether the implementation itself calls the lock, not what it is built on."""
        frame = sys._getframe(2)
        while frame.f_back and frame.f_code.co_filename in _ENGINE:
            frame = frame.f_back
        return id(frame.f_code) in self._own_ids

    def place(self) -> tuple[CodeType, int] | None:
        """Where in the implementation's own code the running actor is."""
        frame: Any = sys._getframe(2)
        while frame is not None:
            if id(frame.f_code) in self._own_ids:
                return frame.f_code, frame.f_lasti
            frame = frame.f_back
        return None

    def enter(self) -> None:
        self._watcher.enter()

    def leave(self) -> None:
        self._watcher.leave()

    def _unraisable(self, unraisable: Any) -> None:
        # a __del__ that was being unwound, or asked for a lock that nobody can give it any more
        if not isinstance(unraisable.exc_value, (Abort, NotControllable)):
            self._hook(unraisable)


_ENGINE = (__file__, Turns.before_lock.__code__.co_filename, facades.__file__)


class _Only:
    """The strategy of an actor that is alone."""

    def begin(self) -> bool:
        return True

    def pick(self, options: Options, current: int | None, number: int) -> int:
        return options[0]

    def end(self, run: Run) -> None:
        pass
