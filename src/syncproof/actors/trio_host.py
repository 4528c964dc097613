"""trio's event loop, stepped from outside, with a clock of its own.

``trio.run`` does not return before all is over, so it has a thread to itself; the scenario asks it
for each thing and waits for the answer. trio says itself when all tasks are blocked.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from queue import SimpleQueue
from typing import Any

import trio
import trio.testing

from syncproof.actors.language import Call
from syncproof.actors.tasks import MOST_TURNS, TICK, TaskHand, cancel_scope, in_scope


class Clock(trio.abc.Clock):
    """A clock that stands still until it is moved, but for a tick with every look."""

    def __init__(self) -> None:
        self.now = 1000.0

    def start_clock(self) -> None:
        """It needs no start."""

    def current_time(self) -> float:
        self.now += TICK
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        return 0.0 if deadline <= self.now else 3600.0


class TrioHost(trio.abc.Instrument):
    """One ``trio.run`` for one scenario."""

    cancelled: type[BaseException] = trio.Cancelled

    def __init__(self) -> None:
        self.turns = 0
        self.patience = trio.CancelScope()
        self.clock = Clock()
        started: SimpleQueue[None] = SimpleQueue()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.get()

    def _run(self, started: SimpleQueue[None]) -> None:
        async def main() -> None:
            self.token = trio.lowlevel.current_trio_token()
            self.over = trio.Event()
            async with trio.open_nursery() as self.nursery:
                started.put(None)
                await self.over.wait()
                self.nursery.cancel_scope.cancel()

        self.ident = threading.get_ident()
        trio.run(main, clock=self.clock, instruments=[self])

    def run(self, function: Callable[[], Awaitable[Any]]) -> Any:
        return trio.from_thread.run(function, trio_token=self.token)

    def call(self, function: Callable[[], Any]) -> Any:
        return trio.from_thread.run_sync(function, trio_token=self.token)

    def hire(self, hand: TaskHand) -> None:
        def start() -> None:
            hand.mailbox = trio.open_memory_channel[Call](1)
            self.nursery.start_soon(hand.serve)

        self.call(start)

    def post(self, hand: TaskHand, call: Call) -> None:
        self.call(lambda: hand.mailbox[0].send_nowait(call))

    async def next_call(self, hand: TaskHand) -> Call:
        hand.task = trio.lowlevel.current_task()
        call: Call = await hand.mailbox[1].receive()
        return call

    async def guarded(self, hand: TaskHand, work: Callable[[], Awaitable[Any]]) -> Any:
        return await in_scope(hand, trio.CancelScope(), self.cancelled, work)

    def cancel(self, hand: TaskHand, message: str) -> None:
        cancel_scope(hand)

    async def breathe(self) -> None:
        await trio.lowlevel.cancel_shielded_checkpoint()

    async def settle(self) -> None:
        self.turns = 0
        with trio.CancelScope() as self.patience:
            await trio.testing.wait_all_tasks_blocked()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Called by trio: one that spins would keep the scenario waiting for ever."""
        self.turns += 1
        if self.turns == MOST_TURNS:
            self.patience.cancel()

    def is_inside(self) -> bool:
        return threading.get_ident() == self.ident

    def time(self) -> float:
        return self.clock.current_time()

    def next_timer(self) -> float | None:
        left = self.call(trio.lowlevel.current_statistics).seconds_to_next_deadline
        return None if left == float("inf") else self.time() + max(left, 0.0)

    def advance(self, to: float) -> None:
        self.clock.now = max(to, self.clock.now)

    def stack(self, hand: TaskHand) -> str:
        frames = self.call(lambda: list(hand.task.iter_await_frames()))
        return "".join(
            f'  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}\n'
            for frame, line in frames
        ).rstrip()

    def close(self) -> None:
        self.call(self.over.set)
        self.thread.join(5.0)
