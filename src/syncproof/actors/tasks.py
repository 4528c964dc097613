"""Actors that are tasks of an event loop, which the scenario itself steps.

Nothing runs but when the scenario asks for something, and then until nothing is left to run: that
an actor is *blocked* is exact, and nobody waits for it. Time is the loop's own clock, which stands
still until the scenario lets it pass; a timeout costs no time, and an actor that nothing can ever
wake is stuck at once. The loop, asyncio's or trio's, is a :class:`Host`.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from syncproof.actors.carriers import Carrier, Factory, Operation
from syncproof.actors.delays import Delays
from syncproof.actors.language import Actor, Call
from syncproof.actors.spinning import Watch
from syncproof.actors.verdicts import ScenarioError
from syncproof.subject import Subject

#: A loop that has something to run for so many turns is taken to spin.
MOST_TURNS = 20_000
#: Seconds between two looks at the clock: some wait until it has moved, and it would stand still.
TICK = 1e-6
#: The drivers' own files: frames of theirs are in every stack of a task, and say nothing.
OWN = str(Path(__file__).parent)


class Host(Protocol):
    """An event loop that is stepped from outside."""

    #: What a cancelled operation raises.
    cancelled: type[BaseException]
    #: How many turns it has made.
    turn: int

    def run(self, function: Callable[[], Awaitable[Any]]) -> Any:
        """Run a coroutine function to its end, and other tasks as it awaits; what it returns."""

    def call(self, function: Callable[[], Any]) -> Any:
        """Call a function where the loop runs; no task runs meanwhile."""

    def hire(self, hand: TaskHand) -> None:
        """Start the task of an actor: ``hand.serve()``."""

    def post(self, hand: TaskHand, call: Call) -> None:
        """Put a call into an actor's mailbox."""

    async def next_call(self, hand: TaskHand) -> Call:
        """Wait for a call in that mailbox."""

    async def guarded(self, hand: TaskHand, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run work so that ``cancel`` can end it, and it alone."""

    def cancel(self, hand: TaskHand, message: str) -> None:
        """Cancel what the actor's task is doing, as its users would; with a message if it can."""

    async def breathe(self) -> None:
        """Let every other task that can run do so once."""

    def settle(self) -> None:
        """Let the tasks run until none can, or for MOST_TURNS turns."""

    def is_inside(self) -> bool:
        """Whether the running code was called by the loop."""

    def time(self) -> float:
        """The loop's clock, in seconds."""

    def next_timer(self) -> float | None:
        """When on that clock the next timer fires; None where there is none."""

    def advance(self, to: float) -> None:
        """Move the clock."""

    def frames(self, hand: TaskHand) -> Iterable[tuple[FrameType, int]]:
        """The frames of an actor's task and their lines, the innermost last."""

    def close(self) -> None:
        """End the tasks and the loop."""


def told(frames: Iterable[tuple[FrameType, int]]) -> str:
    """Where a task is, for people: without the frames of its driver."""
    seen = traceback.StackSummary.extract(iter(frames))
    theirs = [frame for frame in seen if not frame.filename.startswith(OWN)]
    return "".join(traceback.format_list(theirs)).rstrip()


class TaskHand:
    """An actor's task, which performs one operation after another."""

    #: What the host keeps of it.
    mailbox: Any = None
    task: Any = None
    scope: Any = None

    def __init__(self, driver: Tasks, name: str) -> None:
        self.driver = driver
        self.host = driver.host
        self.name = name
        self._carrier: Carrier | None = None

    def send(self, call: Call) -> None:
        self.host.post(self, call)

    def stack(self) -> str:
        return told(self.host.frames(self))

    async def serve(self) -> None:
        """What the task does all its life."""
        while not self.driver.closing:
            await self._perform(await self.host.next_call(self))

    async def _perform(self, call: Call) -> None:
        call.entered = True
        call.began = self.host.time()
        value = error = None
        try:
            value = await self.host.guarded(self, lambda: self._do(call))
        except BaseException as raised:
            error = raised
        call.ended = self.host.time()
        call.value, call.error = value, error
        call.done = True

    async def _do(self, call: Call) -> Any:
        function = call.function
        if isinstance(function, Operation):
            return await function.perform(call.args, call.kwargs)
        if self._carrier is None:
            self._carrier = Carrier(self.driver)
        return await self._carrier.run(function, call.args, call.kwargs)

    def dismiss(self) -> None:
        if self._carrier is not None:
            self._carrier.dismiss()


class Tasks:
    """The driver of a model whose actors are tasks."""

    exact = True

    def __init__(self, delays: Delays, host: Host) -> None:
        self.delays = delays
        self.host = host
        self.hands: list[TaskHand] = []
        self.closing = False
        self.watch = Watch(host, delays)

    # -- actors -----------------------------------------------------------------------------

    def hire(self, name: str) -> TaskHand:
        hand = TaskHand(self, name)
        self.host.hire(hand)
        self.hands.append(hand)
        return hand

    def hire_main(self) -> TaskHand:
        raise ScenarioError("tasks have no main thread of their own")

    def cancel(self, actor: Actor, message: str) -> None:
        hand = _hand(actor)
        Operation(self, lambda: self.host.cancel(hand, message), "cancel")()

    @property
    def cancelled(self) -> type[BaseException]:
        return self.host.cancelled

    def close(self) -> None:
        self.closing = True
        self.watch.close()
        self.host.close()
        for hand in self.hands:
            hand.dismiss()

    # -- what is tested ---------------------------------------------------------------------

    def offers(self, subject: Subject) -> Subject:
        """The implementation, so that what it makes can be used by actors that are tasks."""
        return subject.presented(lambda factory, name: Factory(self, factory, name))

    def operation(self, function: Callable[..., Any], name: str) -> Operation:
        """Any function, to be called (and awaited, where it is to be) by an actor's own task."""
        return Operation(self, function, name)

    def do(self, operation: Operation, args: Any, kwargs: Any) -> Any:
        if isinstance(operation, Factory):  # some primitives ask which task makes them
            return self.host.run(lambda: operation.perform(args, kwargs))
        value = self.host.call(lambda: operation.begin(args, kwargs))
        if inspect.iscoroutine(value):
            value.close()
            raise ScenarioError(f"{operation.__name__}() has to be awaited: by an actor")
        return operation.end(value)

    def is_inside(self) -> bool:
        return self.host.is_inside()

    async def breathe(self) -> None:
        await self.host.breathe()

    # -- waiting ----------------------------------------------------------------------------

    def wait(self, ready: Callable[[], bool], busy: Sequence[Actor], seconds: float) -> bool:
        end = self.host.time() + seconds
        if self._settles(ready, end):
            return True
        self.host.advance(max(end, self.host.time()))
        return ready()  # on a clock that nobody moves time has gone by

    def elapse(self, seconds: float) -> None:
        self.host.advance(self.host.time() + seconds)

    def nudge(self) -> None:
        """Whoever waits here looks by itself."""

    def quiesce(self, busy: Sequence[Actor]) -> None:
        """Nothing is left to run; what only sleeps for a moment, and looks again, may do so."""
        self._settles(lambda: not any(a.busy for a in busy), self.host.time() + self.delays.settle)

    def _settles(self, enough: Callable[[], bool], end: float) -> bool:
        """Run what there is to run, timers until ``end`` included, until enough(); whether so."""
        self.host.settle()
        while not enough():
            timer = self.host.next_timer()
            if timer is None or timer > end:
                return False
            self.host.advance(max(timer, self.host.time()))
            self.host.settle()
        return True


async def in_scope(
    hand: TaskHand, scope: Any, cancelled: type[BaseException], work: Callable[[], Awaitable[Any]]
) -> Any:
    """Run work in a scope of its own, by which it can be cancelled, and it alone."""
    hand.scope = scope
    with scope:
        try:
            return await work()
        except cancelled as error:
            ended = error
            raise
    raise ended  # which the scope has swallowed


def cancel_scope(hand: TaskHand) -> None:
    """Cancel what the actor's task does in its scope, if anything."""
    if hand.scope is not None:
        hand.scope.cancel()


def _hand(actor: Actor) -> TaskHand:
    if not isinstance(actor.hand, TaskHand):
        raise TypeError(f"{actor} is no task")
    return actor.hand
