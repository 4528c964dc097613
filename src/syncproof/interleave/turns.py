"""One run in progress: whose turn it is, who is blocked, and how it ends.

All of it is done by the actors' own threads, by the one that runs: at a point it asks the strategy
who goes on, and hands over only if that is another one.
"""

from __future__ import annotations

import _thread
import contextvars
import time
from collections.abc import Callable, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any, NoReturn

from syncproof.history.program import LETTERS
from syncproof.interleave import points
from syncproof.interleave.facades import Lock, NotControllable
from syncproof.interleave.run import BETWEEN, BLOCKS, LOCK, Run
from syncproof.interleave.story import TIMEOUT, last_line
from syncproof.interleave.strategies import Options, Strategy
from syncproof.registry import one_line

if TYPE_CHECKING:
    from syncproof.interleave.scheduler import Scheduler

#: So many timeouts in a row, while nothing else can go on and no operation ends, are a livelock:
#: it waits in slices for what does not come.
MOST_TIMEOUTS = 400
#: Seconds to see whether a stuck thread uses the processor.
SPIN_LOOK = 0.1
#: So many points of an actor that is to be unwound, and swallows it, are enough.
MOST_UNWINDING = 1000

#: Idents that the actors' threads have for the implementation: of no real thread.
IDENTS = 1_000_001


class Abort(BaseException):
    """Unwinds the actors of a run that has failed."""


class Hand:
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

    def __init__(self, number: int, body: Callable[[], Any], hand: Hand) -> None:
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


class Turns:
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


def _end_spin(hand: Hand) -> None:
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


def _act(turns: Turns, actor: _Actor) -> Callable[[], None]:
    return lambda: turns.perform(actor)
