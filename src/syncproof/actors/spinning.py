"""A task that spins without a pause, and so never lets its loop go on, is interrupted.

The system sends a signal whenever the process has computed for so long, not counting the time in
which the machine was busy with others. Where the loop is still in the turn in which it was at the
signal before, what runs there is raised an exception. That can be had in the main thread of a
POSIX system; elsewhere it ends with the process, which has a deadline.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Protocol

from syncproof.actors.delays import Delays
from syncproof.actors.verdicts import Stuck


class Turning(Protocol):
    """A loop that counts its turns."""

    turn: int

    def is_inside(self) -> bool:
        """Whether it is in a turn now."""


class Watch:
    """Looks after one loop until it is closed."""

    def __init__(self, host: Turning, delays: Delays) -> None:
        self.host = host
        self.seen = -1
        self.here = (
            hasattr(signal, "setitimer")
            and threading.current_thread() is threading.main_thread()
        )
        if self.here:
            self.before: Any = signal.signal(signal.SIGVTALRM, self._look)
            # longer than what a scenario may compute between two operations: a contest
            self.seconds = max(delays.deadline / 5, 2 * delays.contended)
            signal.setitimer(signal.ITIMER_VIRTUAL, self.seconds, self.seconds)

    def _look(self, number: int, frame: FrameType | None) -> None:
        if self.host.is_inside() and self.host.turn == self.seen:
            raise Stuck(f"it computed for {self.seconds:.1f} s, and let no other task run")
        self.seen = self.host.turn

    def close(self) -> None:
        if self.here:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
            signal.signal(signal.SIGVTALRM, self.before)
