"""Actors of two kinds in one scenario: threads beside tasks, or tasks of loops in two threads.

Every actor has a thread of its own, which runs what the scenario says. One that is a thread does
its operations there, by the blocking methods of a primitive. One that is a task has each of them
done by its task, on a loop that runs in another thread, and waits for it; there a method is the
coroutine of the same name with ``async_`` before it, where the primitive has one, and a ``with``
statement is an ``async with``. Time is the real one.

A task is *blocked* where its actor's thread waits for it and its loop has gone to sleep in the
system, not for a lock, with no timer that is due soon. All three are seen as in ``threads``: by the
kernel's view, or else by a settle window.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from syncproof.actors import carriers, kernel
from syncproof.actors.asyncio_host import awaited
from syncproof.actors.delays import Delays
from syncproof.actors.language import Actor
from syncproof.actors.models import THREAD
from syncproof.actors.tasks import told
from syncproof.actors.threads import Hand, ThreadHand, Threads
from syncproof.actors.verdicts import ScenarioError
from syncproof.subject import Subject

#: Seconds that tasks have for their ends when the scenario is over.
FAREWELL = 0.2


class Selector(selectors.DefaultSelector):
    """What a loop sleeps in; it knows for how long it is going to."""

    def __init__(self) -> None:
        super().__init__()
        #: It has been asked to wait, and so many seconds at most; None: for ever.
        self.asked = False
        self.most: float | None = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.most, self.asked = timeout, True
        try:
            return super().select(timeout)
        finally:
            self.asked = False


class Loop(Hand):
    """An event loop in a thread of its own."""

    def __init__(self, driver: Mixed) -> None:
        super().__init__()
        self.driver = driver
        self.selector = Selector()
        self.loop = asyncio.SelectorEventLoop(self.selector)
        # what nobody has handled, such as a task that is dropped, is not for the user's terminal
        self.loop.set_exception_handler(lambda loop, context: None)
        started: SimpleQueue[tuple[int, int]] = SimpleQueue()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        self.ident, self.tid = started.get()
        self.view = kernel.View(self.tid) if driver.kernel else None

    def _run(self, started: SimpleQueue[tuple[int, int]]) -> None:
        started.put((threading.get_ident(), threading.get_native_id()))
        self.loop.run_forever()

    def tell(self, function: Callable[..., Any], *args: Any) -> None:
        """Have the loop call a function; return at once."""
        self.loop.call_soon_threadsafe(function, *args)

    def look(self) -> kernel.Glance | None:
        """As of a thread; ``waits_untimed``: it has nothing to do, now or soon."""
        glance = super().look()
        if glance is None:
            return None
        most, soon = self.selector.most, self.driver.delays.settle
        idle = self.selector.asked and (most is None or most > soon)
        return glance._replace(waits_untimed=idle and glance.waits_elsewhere)

    def close(self) -> None:
        """End its tasks, and itself; one that hangs is abandoned."""
        self.tell(self._end)
        self.thread.join(FAREWELL)
        if not self.thread.is_alive():
            self.loop.close()
        if self.view is not None:
            self.view.close()

    def _end(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        gone = asyncio.gather(*tasks, return_exceptions=True)
        gone.add_done_callback(lambda _: self.loop.stop())


class TaskHand(ThreadHand):
    """An actor that is a task: a thread that runs what the scenario says, and the task."""

    driver: Mixed

    def __init__(self, driver: Mixed, loop: Loop, name: str) -> None:
        self.loop = loop
        self.task: Any = None
        #: It is in an operation, which can be cancelled.
        self.inside = False
        super().__init__(driver, name)
        started: SimpleQueue[None] = SimpleQueue()
        loop.tell(self._start, started)
        started.get()

    def _start(self, started: SimpleQueue[None]) -> None:
        self.orders: asyncio.Queue[Any] = asyncio.Queue()
        self.task = self.loop.loop.create_task(self._serve())
        started.put(None)

    def _work(self, hello: SimpleQueue[tuple[int, int]]) -> None:
        carriers.become(self)
        super()._work(hello)

    # -- in the actor's thread --------------------------------------------------------------

    def ask(self, operation: carriers.Operation | None, args: Any, kwargs: Any) -> Any:
        """Have an operation done by the task, and wait for it."""
        answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self.loop.tell(self.orders.put_nowait, (operation, args, kwargs, answers))
        value, error = answers.get()
        if error is not None:
            raise error
        return value

    # -- in the loop's ------------------------------------------------------------------------

    async def _serve(self) -> None:
        """What the task does all its life."""
        while not self.driver.closing:
            operation, args, kwargs, answers = await self.orders.get()
            value = error = None
            try:
                self.inside = True
                if operation is None:
                    await asyncio.sleep(0)
                else:
                    value = await operation.perform(args, kwargs)
            except BaseException as raised:
                error = raised
            self.inside = False
            if hasattr(self.task, "uncancel"):  # 3.11; what comes next is another operation
                while self.task.cancelling():
                    self.task.uncancel()
            answers.put((value, error))

    def cancel(self, message: str) -> None:
        """Cancel what the task is doing."""
        if self.inside:  # what is over cannot be cancelled
            self.task.cancel(*[message] * bool(message))

    # -- what is seen of it -------------------------------------------------------------------

    def look(self) -> kernel.Glance | None:
        mine, theirs = super().look(), self.loop.look()
        if mine is None or theirs is None:
            return None
        return mine.beside(theirs, mine.waits_untimed and theirs.waits_untimed)

    def stack(self) -> str:
        """Where the task is, and else where its thread is."""
        return told(awaited(self.task.get_coro())) if self.inside else super().stack()


class Twofold(carriers.Operation):
    """A method of a primitive: the one that blocks, and the coroutine for tasks."""

    def __init__(
        self,
        stage: Mixed,
        target: Callable[..., Any],
        in_task: Callable[..., Any],
        name: str,
        thing: carriers.Proxy,
    ) -> None:
        super().__init__(stage, target, name, thing)
        self.in_task = carriers.Operation(stage, in_task, name, thing)

    async def perform(self, args: Any, kwargs: Any) -> Any:
        """Do it in a task."""
        return await self.in_task.perform(args, kwargs)


class Both(carriers.Proxy):
    """A primitive for threads and tasks, in the hands of a scenario."""

    _stage: Mixed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._raw, name)
        if not callable(found):
            return found
        in_task = getattr(self._raw, f"async_{name}", found)
        return Twofold(self._stage, found, in_task, name, self)


class Making(carriers.Factory):
    """What makes a primitive."""

    stage: Mixed

    def end(self, value: Any) -> Any:
        return carriers.present(self.stage, value, Both, _special)


class Mixed(Threads):
    """The driver of the models whose actors are of two kinds."""

    def __init__(self, delays: Delays, crew: tuple[int, ...], use_kernel: bool = True) -> None:
        super().__init__(delays, use_kernel)
        self.crew = crew
        self.closing = False
        self.loops = [Loop(self) for _ in range(max(crew) + 1)]

    # -- actors -----------------------------------------------------------------------------

    def hire(self, name: str) -> ThreadHand:
        """What an actor is goes by its name, so that it is the same whoever came before."""
        place = ord(name[0]) - ord("a")
        kind = self.crew[place % len(self.crew)]
        if kind == THREAD:
            return super().hire(name)
        hand = TaskHand(self, self.loops[kind], name)
        self.hands.append(hand)
        return hand

    def cancel(self, actor: Actor, message: str) -> None:
        hand = actor.hand
        if not isinstance(hand, TaskHand):
            raise ScenarioError("nobody can cancel a thread")
        hand.loop.tell(hand.cancel, message)

    @property
    def cancelled(self) -> type[BaseException]:
        return asyncio.CancelledError

    def close(self) -> None:
        self.closing = True
        for loop in self.loops:
            loop.close()
        super().close()

    # -- what is tested ---------------------------------------------------------------------

    def offers(self, subject: Subject) -> Subject:
        """The implementation, so that what it makes can be used by actors of both kinds."""
        return subject.presented(lambda factory, name: Making(self, factory, name))

    def operation(self, function: Callable[..., Any], name: str) -> carriers.Operation:
        """Any function, to be called (and awaited, where it is to be) by an actor."""
        return carriers.Operation(self, function, name)

    def do(self, operation: carriers.Operation, args: Any, kwargs: Any) -> Any:
        """In the calling thread: an actor's own, or the scenario's."""
        return operation.end(operation.begin(args, kwargs))

    def is_inside(self) -> bool:
        return threading.get_ident() in [loop.ident for loop in self.loops]

    async def breathe(self) -> None:
        """Let the other tasks run."""
        await asyncio.sleep(0)

    # -- waiting for quiet ------------------------------------------------------------------

    def _helpers_are_quiet(self) -> bool:
        """As among threads; each loop is looked at with the tasks on it."""
        mine = {hand.tid for hand in (*self.hands, *self.loops)}
        return kernel.others_are_quiet(mine, self.bystanders)


def _special(found: str) -> Callable[..., Any]:
    """The method that a ``with`` statement calls: for threads, and for tasks."""
    name = found.replace("__a", "__")

    def method(self: Both, *args: Any) -> Any:
        kind = type(self._raw)
        plain = getattr(kind, name, None) or getattr(kind, found)
        in_task = getattr(kind, found, None) or plain
        target, other = plain.__get__(self._raw), in_task.__get__(self._raw)
        return Twofold(self._stage, target, other, name, self)(*args)

    return method
