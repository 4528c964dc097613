"""eventlet's hub."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from greenlet import GreenletExit

from syncproof.actors.greenlets import SLICE

with warnings.catch_warnings():  # that it is not for new projects is no news to who checks it
    warnings.simplefilter("ignore")
    import eventlet
    from eventlet import hubs


class EventletHub:
    """A hub for one scenario."""

    cancelled: type[BaseException] = GreenletExit

    def __init__(self) -> None:
        hubs.use_hub()  # a new one
        self.hub: Any = hubs.get_hub()
        self.actors: list[Any] = []

    def spawn(self, function: Callable[[], None]) -> Any:
        self.actors.append(eventlet.spawn(function))
        return self.actors[-1]

    def park(self) -> Any:
        return self.hub.switch()

    def post(self, greenlet: Any, thing: Any) -> None:
        self.hub.schedule_call_global(0, greenlet.switch, thing)

    def kill(self, greenlet: Any, message: str) -> None:
        # as a Timeout does it: eventlet.kill() would let the greenlet run at once
        self.hub.schedule_call_global(0, greenlet.throw, GreenletExit(*[message] * bool(message)))

    def breathe(self) -> None:
        eventlet.sleep(0)

    def turn(self) -> None:
        eventlet.sleep(0)

    def is_idle(self) -> bool:
        now = self.hub.clock()
        return all(due > now for due in self._dues())

    def pause(self) -> float | None:
        due = min(self._dues(), default=None)
        if due is not None:
            return float(max(due - self.hub.clock(), 0.0))
        return SLICE if self._waits_for_a_file() else None

    def rest(self, seconds: float) -> None:
        eventlet.sleep(seconds)

    def close(self) -> None:
        hubs.use_hub()

    def _waits_for_a_file(self) -> bool:
        """Whether an actor does; where another greenlet does, it is for threads that call."""
        files = (*self.hub.get_readers(), *self.hub.get_writers())
        return any(getattr(file.cb, "__self__", None) in self.actors for file in files)

    def _dues(self) -> Iterator[float]:
        """When the timers are due, all those that have not been cancelled."""
        for due, timer in (*self.hub.timers, *self.hub.next_timers):
            if not timer.called:
                yield due
