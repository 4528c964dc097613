"""trio's event loop, stepped from outside, with a clock of its own.

trio runs as the guest of the scenario, in its thread: every turn of the loop is a function that
trio wants to be called soon, and that is called when the scenario asks for something. trio looks at
the clock only when no task can run, so the clock knows of that; it never lets the loop sleep.
"""

from __future__ import annotations

import gc
import signal
import threading
import warnings
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import outcome
import trio

from syncproof.actors.language import Call
from syncproof.actors.tasks import MOST_TURNS, TICK, TaskHand, cancel_scope, in_scope

#: So many turns in a row in which no task can run make it quiet: what other threads have sent comes
#: in with the second.
QUIET_TURNS = 2


class Clock(trio.abc.Clock):
    """A clock that stands still until it is moved, but for a tick with every look."""

    def __init__(self) -> None:
        self.now = 1000.0
        #: No task could run when trio looked last; and when the next timer fires then.
        self.idle = False
        self.next_timer: float | None = None

    def start_clock(self) -> None:
        """It needs no start."""

    def current_time(self) -> float:
        self.now += TICK
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        self.idle = deadline > self.now
        self.next_timer = None if deadline == float("inf") else deadline
        return 0.0


class TrioHost:
    """One guest run of trio for one scenario."""

    cancelled: type[BaseException] = trio.Cancelled

    def __init__(self) -> None:
        self.clock = Clock()
        self.turns: deque[Callable[[], object]] = deque()
        self.hands: list[TaskHand] = []
        self.inside = self.over = False
        self.turn = 0
        self.servant: trio.lowlevel.Task | None = None
        self.answer: outcome.Outcome[Any] | None = None
        with _interrupts_left_alone():
            trio.lowlevel.start_guest_run(
                self._main,
                run_sync_soon_threadsafe=self.turns.append,
                done_callback=self._ended,
                host_uses_signal_set_wakeup_fd=True,
                clock=self.clock,
            )
        while self.servant is None:
            self._turn()

    async def _main(self) -> None:
        """The task that does what the scenario itself asks for."""
        async with trio.open_nursery() as self.nursery:
            self.servant = trio.lowlevel.current_task()
            while True:
                job = await trio.lowlevel.wait_task_rescheduled(_cannot_be_cancelled)
                if job is None:
                    break
                self.answer = await outcome.acapture(job)
            self.nursery.cancel_scope.cancel()

    def _ended(self, result: outcome.Outcome[Any]) -> None:
        self.over = True

    def _turn(self) -> None:
        """Let every task that can run do so once."""
        self.clock.idle = False
        self.inside = True
        self.turn += 1
        try:
            self.turns.popleft()()
        finally:
            self.inside = False

    def _serve(self, job: Callable[[], Awaitable[Any]] | None) -> None:
        assert self.servant is not None
        trio.lowlevel.reschedule(self.servant, outcome.Value(job))

    def run(self, function: Callable[[], Awaitable[Any]]) -> Any:
        self.answer = None
        self._serve(function)
        while self.answer is None:
            self._turn()
        return self.answer.unwrap()

    def call(self, function: Callable[[], Any]) -> Any:
        async def job() -> Any:
            return function()

        return self.run(job)

    def hire(self, hand: TaskHand) -> None:
        def start() -> None:
            hand.mailbox = trio.open_memory_channel[Call](1)
            self.nursery.start_soon(hand.serve)

        self.hands.append(hand)
        self.call(start)

    def post(self, hand: TaskHand, call: Call) -> None:
        hand.mailbox[0].send_nowait(call)

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

    def settle(self) -> None:
        quiet = 0
        for _ in range(MOST_TURNS):
            self._turn()
            quiet = quiet + 1 if self.clock.idle else 0
            if quiet == QUIET_TURNS or self.over:
                return

    def is_inside(self) -> bool:
        return self.inside

    def time(self) -> float:
        return self.clock.current_time()

    def next_timer(self) -> float | None:
        return self.clock.next_timer

    def advance(self, to: float) -> None:
        self.clock.now = max(to, self.clock.now)

    def frames(self, hand: TaskHand) -> Iterable[tuple[FrameType, int]]:
        frames: Iterable[tuple[FrameType, int]] = hand.task.iter_await_frames()
        return frames

    def close(self) -> None:
        self._serve(None)
        self.settle()
        if not self.over:  # a task has not ended though it was cancelled
            self._drop()

    def _drop(self) -> None:
        """Leave the run; its tasks are kept, since to throw them away would be to run them."""
        _abandoned.append((self.servant, self.nursery, [hand.task for hand in self.hands]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            self.turns.clear()
            gc.collect()


#: The tasks of runs that have been left.
_abandoned: list[Any] = []


def _cannot_be_cancelled(raise_cancel: Any) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED


@contextmanager
def _interrupts_left_alone() -> Iterator[None]:
    """trio takes Ctrl-C over where it finds Python's own handler, and the scenario is to get it."""
    own = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(own):
        yield
        return
    signal.signal(signal.SIGINT, lambda *details: own(*details))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, own)
