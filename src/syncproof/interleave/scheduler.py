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

import _thread
import contextvars
import gc
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, NoReturn

from syncproof.history.program import LETTERS, Op, Program, made
from syncproof.history.record import Event, History, actor_body
from syncproof.interleave import facades, points
from syncproof.interleave.control import Controlled
from syncproof.interleave.facades import Lock, NotControllable, World
from syncproof.interleave.story import TIMEOUT, last_line
from syncproof.interleave.strategies import Options, Strategy
from syncproof.registry import one_line

#: A run of more steps than this is given up as a livelock.
MOST_STEPS = 20_000
#: So many timeouts in a row, while nothing else can go on and no operation ends, are a livelock:
#: it waits in slices for what does not come.
MOST_TIMEOUTS = 400
#: Seconds without a step until the actors are taken to be blocked outside of the scheduler.
HANG = 10.0
#: Seconds to see whether a stuck thread uses the processor.
SPIN_LOOK = 0.1
#: So many points of an actor that is to be unwound, and swallows it, are enough.
MOST_UNWINDING = 1000

#: What happened at an entry of the log that is no bytecode, if no timeout passed.
BLOCKS, LOCK, BETWEEN = "blocks", "lock", "between"
#: The actor, the code and the offset of a point; or no code, and one of the words above.
Entry = tuple[int, "CodeType | None", "int | str"]

#: How many entries the log had when another actor began to run, which, and whether that was a
#: preemption: it took the turn from one that could go on, or a timeout passed while one could.
Turn = tuple[int, int, bool]

#: Idents that the actors' threads have for the implementation: of no real thread.
IDENTS = 1_000_001


class Abort(BaseException):
    """Unwinds the actors of a run that has failed."""


@dataclass
class Run:
    """What came of one run.

    ``failure`` is "" or how it failed (deadlock, livelock, hang, error), ``why`` says more, and
    ``error`` is what an actor has raised. ``choices`` replays it. ``log`` has the points in order,
    ``turns`` the changes of who runs; ``told`` says for each event of the history how many entries
    the log had then.
    """

    history: History
    choices: list[int] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def failure(self) -> str:
        return self.history.ended

    @property
    def why(self) -> str:
        return self.history.why

    @property
    def steps(self) -> int:
        return len(self.log)


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
        self._crew: list[_Hand] = []
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
        turns = _Turns(self, run, strategy, most_steps, first, bodies)
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

    def hire(self, number: int) -> list[_Hand]:
        while len(self._crew) < number:
            self._crew.append(_Hand())
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


_ENGINE = (__file__, facades.__file__)


class _Only:
    """The strategy of an actor that is alone."""

    def begin(self) -> bool:
        return True

    def pick(self, options: Options, current: int | None, number: int) -> int:
        return options[0]

    def end(self, run: Run) -> None:
        pass


class _Hand:
    """A pooled thread: it performs an act each time that it is given the baton."""

    def __init__(self) -> None:
        self.baton = _thread.allocate_lock()
        self.baton.acquire()
        self.act: Callable[[], None] | None = None
        self.ident = _thread.start_new_thread(self._work, ())

    def _work(self) -> None:
        while True:
            self.baton.acquire()
            act, self.act = self.act, None
            if act is None:
                return
            act()
            del act


def _nothing() -> None:
    """The body of an actor that has none any more."""


READY, BLOCKED, DONE = range(3)


class _Actor:
    """An actor of one run: its body, its thread, and what it waits for."""

    def __init__(self, number: int, body: Callable[[], Any], hand: _Hand) -> None:
        self.number = number
        self.body = body
        self.baton = hand.baton
        self.hand = hand
        self.ident = IDENTS + number
        self.state = READY
        self.deadline: float | None = None
        self.timed_out = False
        self.started = False
        #: It has just passed a point: what comes next needs none.
        self.settled = False
        self.unwound = 0
        #: It has called an operation, which has not returned.
        self.in_call = False


class _Turns:
    """A run in progress. Everything here is done by the one actor that runs."""

    def __init__(
        self,
        scheduler: Scheduler,
        run: Run,
        strategy: Strategy,
        most_steps: int,
        first: int,
        bodies: Sequence[Callable[[], Any]],
    ) -> None:
        self.scheduler = scheduler
        self.world = scheduler.world
        self.run = run
        self.log = run.log
        self.choices = run.choices
        self.pick = strategy.pick
        self.most_steps = most_steps
        self.first = first
        scheduler.controlled.introduce(range(IDENTS + first, IDENTS + first + len(bodies)))
        self.actors = [
            _Actor(first + n, body, hand)
            for n, (body, hand) in enumerate(zip(bodies, scheduler.hire(len(bodies))))
        ]
        self.running = self.actors[0]
        self.failed = False
        self.stuck = False
        self.over = _thread.allocate_lock()
        self.over.acquire()
        self.crash: BaseException | None = None
        #: How many events there were when only timeouts could go on, and how often since.
        self.events = self.timeouts = 0
        self.dense = scheduler.view == "any"
        self.only_locks = scheduler.view == "locks"
        self.watches_calls = scheduler.view == "gil" and points.GIL_IS_NARROW
        self._changed()

    @property
    def ident(self) -> int:
        return self.running.ident

    def go(self) -> None:
        """From beginning to end, seen from outside."""
        for actor in self.actors:
            actor.hand.act = _act(self, actor)
        self._decide(None)
        try:
            self._wait()
        except BaseException as error:  # Ctrl-C
            self.fail("error", one_line(error))
            self._wait()
            raise

    def _wait(self) -> None:
        steps = -1
        while not self.over.acquire(timeout=self.scheduler.hang):
            if steps == len(self.log):
                self.stuck = True
                self.fail("hang", self._where_stuck())
                self.scheduler.abandon(f"it blocks outside of the scheduler: {self.run.why}")
                _end_spin(self.running.hand)
                return
            steps = len(self.log)

    def _where_stuck(self) -> str:
        who = LETTERS[self.running.number]
        return f"{who} is in something that is no controlled lock and no sleep"

    # -- what an actor does ---------------------------------------------------------------

    def perform(self, actor: _Actor) -> None:
        body, actor.body = actor.body, _nothing
        try:
            self.scheduler.enter()
            try:
                contextvars.Context().run(body)
            finally:
                self.scheduler.leave()
        except Abort:
            pass
        except BaseException as error:
            if not self.failed:
                self.run.error = error
                self.fail("error", f"{LETTERS[actor.number]}: {one_line(error)}")
        del body
        actor.state = DONE
        self._changed()
        self._decide(actor)

    def step(self, code: CodeType | None, where: int | str) -> None:
        """A point of the running actor."""
        if self.failed:
            self._unwind()
        me = self.running
        me.settled = True
        log = self.log
        log.append((me.number, code, where))
        if len(log) > self.most_steps:
            self._livelock()
        options = self.options
        if len(options) > 1:
            choices = self.choices
            try:
                choice = self.pick(options, me.number, len(choices))
            except BaseException as error:
                self._crashed(error)
            choices.append(choice)
            if choice != me.number:
                self._hand_over(me, choice, True)

    def between(self) -> None:
        """The running actor is between two operations, or before its first."""
        me = self.running
        if me.in_call:
            me.in_call = False
            self._look_whether_quiet()
            self.step(None, BETWEEN)
        self._look_whether_quiet()
        me.in_call = True

    def _look_whether_quiet(self) -> None:
        """Whether all calls that are open are blocked, for as long as nothing else is done.

        Who waits with a timeout, or sleeps, may be about to look again: that is not quiet.
        """
        blocked = False
        for actor in self.actors:
            if actor.in_call and actor.state != DONE:
                if actor.state == READY or actor.deadline is not None:
                    return
                blocked = True
        quiet = self.run.history.quiet
        at = len(self.run.history.events)
        if blocked and (not quiet or quiet[-1] != at):
            quiet.append(at)

    def before_lock(self) -> None:
        """The running actor is about to use a base lock."""
        if self.failed:
            self._unwind()
        me = self.running
        if self.only_locks:
            self.step(*(self.scheduler.place() or (None, LOCK)))
        elif self.watches_calls:
            if not self.scheduler.called_by_own_code():
                self.step(None, LOCK)
        elif not me.settled:
            self.step(None, LOCK)
        me.settled = False

    def wait_for(self, lock: Lock, limit: float | None) -> bool:
        """Wait for a lock that is held; whether it has been got."""
        me = self.running
        deadline = None if limit is None else self.world.now + limit
        while lock.held:
            lock.waiters.append(me)
            if self._block(me, deadline):
                lock.waiters.remove(me)
                return False
        lock.held = True
        return True

    def wake(self, lock: Lock) -> None:
        for actor in lock.waiters:
            actor.state = READY
        lock.waiters.clear()
        self._changed()

    def sleep(self, seconds: float) -> None:
        self._block(self.running, self.world.now + seconds)

    def refuse(self, reason: str) -> NoReturn:
        self._crashed(NotControllable(reason))

    def _block(self, me: _Actor, deadline: float | None) -> bool:
        """The running actor waits; whether a timeout has ended that."""
        if self.failed:
            self._unwind()
        # between sparse points it has come further than where it was last seen
        place = None if self.dense else self.scheduler.place()
        self.log.append((me.number, *(place or (None, BLOCKS))))
        if len(self.log) > self.most_steps:
            self._livelock()
        me.state, me.deadline, me.timed_out = BLOCKED, deadline, False
        self._changed()
        self._decide(me)
        me.deadline = None
        me.settled = False
        return me.timed_out

    # -- who goes on ----------------------------------------------------------------------

    def _changed(self) -> None:
        """Somebody has become ready, blocked or done."""
        ready = [a.number for a in self.actors if a.state == READY]
        timed = [~a.number for a in self.actors if a.state == BLOCKED and a.deadline is not None]
        self.options: Options = (*ready, *timed)

    def _decide(self, me: _Actor | None) -> None:
        """The running actor cannot go on (or none has begun): who does?"""
        options = self.options
        if self.failed or not options:
            self._end(me)
            return
        choice = options[0]
        if choice < 0:
            self._only_timeouts(me)
        if len(options) > 1:
            try:
                choice = self.pick(options, None, len(self.choices))
            except BaseException as error:
                if me is None or me.state == DONE:
                    self._note_crash(error)
                    self._end(me)
                    return
                self._crashed(error)
            self.choices.append(choice)
        self._hand_over(me, choice, choice < 0 <= options[0])

    def _only_timeouts(self, me: _Actor | None) -> None:
        """Nobody can go on but by a timeout. How often, with no operation called or ended?"""
        events = len(self.run.history.events)
        if events != self.events:
            self.events, self.timeouts = events, 0
        self.timeouts += 1
        if self.timeouts > MOST_TIMEOUTS and me is not None and me.state != DONE:
            self.fail("livelock", f"only timeouts go on, {MOST_TIMEOUTS} in a row")
            self._unwind()

    def _hand_over(self, me: _Actor | None, choice: int, preempts: bool) -> None:
        number = choice if choice >= 0 else ~choice
        chosen = self.actors[number - self.first]
        self.run.turns.append((len(self.log), number, preempts))
        if choice < 0:
            self._time_out(chosen)
        self.running = chosen
        if chosen is not me:
            self._pass(me, chosen)

    def _pass(self, me: _Actor | None, chosen: _Actor) -> None:
        chosen.started = True
        chosen.baton.release()
        if me is not None and me.state != DONE:
            me.baton.acquire()
            if self.failed:
                self._unwind()

    def _time_out(self, actor: _Actor) -> None:
        actor.state, actor.timed_out = READY, True
        self.world.now = max(self.world.now, actor.deadline or 0.0)
        self.log.append((actor.number, None, TIMEOUT))
        self._changed()

    # -- how it ends ----------------------------------------------------------------------

    def fail(self, kind: str, why: str) -> None:
        if not self.failed:
            self.run.history.ended, self.run.history.why = kind, why
            self.failed = True

    def _end(self, me: _Actor | None) -> None:
        """Nobody can go on: all have ended, or it is a deadlock, or the run has failed."""
        left = [a for a in self.actors if a.state != DONE]
        if left and not self.failed:
            self.fail("deadlock", "; ".join(map(self._blocked, left)))
        for actor in left:
            if actor is me:
                self._unwind()
            if actor.started:  # one after the other: the next when this one is done
                self.running = actor
                self._pass(me, actor)
                return
            actor.state = DONE
            actor.body, actor.hand.act = _nothing, None
        self.over.release()

    def _blocked(self, actor: _Actor) -> str:
        return f"{LETTERS[actor.number]} is blocked at {last_line(self.run, actor.number)}"

    def _livelock(self) -> NoReturn:
        self.fail("livelock", f"no end after {self.most_steps} steps")
        self._unwind()

    def _note_crash(self, error: BaseException) -> None:
        self.crash = self.crash or error
        self.fail("error", one_line(error))

    def _crashed(self, error: BaseException) -> NoReturn:
        """The scheduler or its strategy cannot go on."""
        self._note_crash(error)
        self._unwind()

    def _unwind(self) -> NoReturn:
        """The running actor of a failed run leaves whatever it is doing."""
        me = self.running
        me.unwound += 1
        if self.stuck or me.unwound > MOST_UNWINDING:
            never = _thread.allocate_lock()
            never.acquire()
            never.acquire()
        raise Abort


def _end_spin(hand: _Hand) -> None:
    """End a thread that runs Python code for ever; one that is blocked in C takes no time.

    That one must be left alone: as long as it has not seen its exception, some versions keep
    every other thread looking for it.
    """
    before = time.process_time()
    time.sleep(SPIN_LOOK)
    if time.process_time() - before < SPIN_LOOK / 100:
        return
    try:
        from ctypes import c_ulong, py_object, pythonapi
    except ImportError:  # it goes on: a daemon thread, and of no further use
        return
    pythonapi.PyThreadState_SetAsyncExc(c_ulong(hand.ident), py_object(Abort))


def _act(turns: _Turns, actor: _Actor) -> Callable[[], None]:
    return lambda: turns.perform(actor)
