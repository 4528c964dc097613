"""asyncio's event loop, stepped from outside, with a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Any

from syncproof.actors.language import Call
from syncproof.actors.tasks import MOST_TURNS, TICK, TaskHand


class Loop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still until it is moved, and which never waits."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def time(self) -> float:
        self.now += TICK
        return self.now

    def next_timer(self) -> float | None:
        """When the next timer that has not been cancelled fires."""
        timers: Any = self._scheduled  # type: ignore[attr-defined]
        return min((t.when() for t in timers if not t.cancelled()), default=None)

    def is_idle(self) -> bool:
        """Whether there is nothing to run now."""
        ready: Any = self._ready  # type: ignore[attr-defined]
        return not ready


class AsyncioHost:
    """One loop for one scenario. It runs in the scenario's own thread."""

    cancelled: type[BaseException] = asyncio.CancelledError

    def __init__(self) -> None:
        self.turn = 0
        self.loop: Loop = self.new_loop()
        # what nobody has handled, such as a task that is dropped, is not for the user's terminal
        self.loop.set_exception_handler(lambda loop, context: None)

    def new_loop(self) -> Any:
        return Loop()

    def run(self, function: Callable[[], Awaitable[Any]]) -> Any:
        self.turn += 1
        return self.loop.run_until_complete(function())

    def call(self, function: Callable[[], Any]) -> Any:
        # a primitive may ask for the running loop when it is made (before 3.10 it does)
        asyncio._set_running_loop(self.loop)
        try:
            return function()
        finally:
            asyncio._set_running_loop(None)

    def hire(self, hand: TaskHand) -> None:
        async def start() -> None:
            hand.mailbox = asyncio.Queue()
            hand.task = asyncio.ensure_future(hand.serve())

        self.run(start)

    def post(self, hand: TaskHand, call: Call) -> None:
        hand.mailbox.put_nowait(call)

    async def next_call(self, hand: TaskHand) -> Call:
        call: Call = await hand.mailbox.get()
        return call

    async def guarded(self, hand: TaskHand, work: Callable[[], Awaitable[Any]]) -> Any:
        hand.scope = work
        try:
            return await work()
        finally:
            hand.scope = None
            if hasattr(hand.task, "uncancel"):  # 3.11; what comes next is another operation
                while hand.task.cancelling():
                    hand.task.uncancel()

    def cancel(self, hand: TaskHand, message: str) -> None:
        if hand.scope is not None:  # what is over cannot be cancelled
            hand.task.cancel(*[message] * bool(message))

    async def breathe(self) -> None:
        await asyncio.sleep(0)

    def settle(self) -> None:
        for _ in range(MOST_TURNS):
            self.turn += 1
            self.loop.stop()  # before it has begun: it makes one turn, and does not wait
            self.loop.run_forever()
            if self.loop.is_idle():
                return

    def is_inside(self) -> bool:
        return self.loop.is_running()

    def time(self) -> float:
        return self.loop.time()

    def next_timer(self) -> float | None:
        return self.loop.next_timer()

    def advance(self, to: float) -> None:
        self.loop.now = max(to, self.loop.now)

    def frames(self, hand: TaskHand) -> Iterator[tuple[FrameType, int]]:
        return awaited(hand.task.get_coro())

    def close(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.settle()
        self.loop.close()


def awaited(coroutine: Any) -> Iterator[tuple[FrameType, int]]:
    """Where a coroutine and those that it waits for are, the innermost last."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is not None:
            yield frame, frame.f_lineno
        coroutine = getattr(coroutine, "cr_await", None)
