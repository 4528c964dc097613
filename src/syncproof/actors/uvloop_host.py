"""uvloop's event loop, stepped from outside; its clock is the real one.

It hides what it has to run, but is told of all of it: it is quiet when nobody has told it anything.
"""

from __future__ import annotations

import asyncio
from typing import Any

import uvloop

from syncproof.actors.asyncio_host import AsyncioHost
from syncproof.actors.tasks import MOST_TURNS

#: So many turns in a row in which nobody but who counts them has anything to run make it quiet.
QUIET_TURNS = 5

BaseLoop: Any = uvloop.Loop


class Loop(BaseLoop):  # type: ignore[misc]
    """A loop that counts what it is told to run, and remembers its timers."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0
        self.timers: list[Any] = []

    def call_soon(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        self.told += 1
        return super().call_soon(callback, *args, **kwargs)

    def call_soon_threadsafe(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        self.told += 1
        return super().call_soon_threadsafe(callback, *args, **kwargs)

    def call_later(self, delay: float, callback: Any, *args: Any, **kwargs: Any) -> Any:
        return self._kept(super().call_later(delay, callback, *args, **kwargs))

    def call_at(self, when: float, callback: Any, *args: Any, **kwargs: Any) -> Any:
        return self._kept(super().call_at(when, callback, *args, **kwargs))

    def _kept(self, timer: Any) -> Any:
        if timer not in self.timers:
            self.timers.append(timer)
        return timer

    def next_timer(self) -> float | None:
        """When the next timer that has not been cancelled fires."""
        now = self.time()
        self.timers = [t for t in self.timers if not t.cancelled() and t.when() > now]
        return min((t.when() for t in self.timers), default=None)


class UvloopHost(AsyncioHost):
    """One such loop for one scenario."""

    def new_loop(self) -> Any:
        return Loop()

    def settle(self) -> None:
        self.run(self._settle)

    async def _settle(self) -> None:
        loop: Any = self.loop
        quiet = 0
        for _ in range(MOST_TURNS):
            before = loop.told
            self.turn += 1
            await asyncio.sleep(0)
            quiet = quiet + 1 if loop.told <= before + 1 else 0
            if quiet == QUIET_TURNS:
                return

    def advance(self, to: float) -> None:
        seconds = to - self.loop.time()
        if seconds > 0:
            self.run(lambda: asyncio.sleep(seconds))
