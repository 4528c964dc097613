"""gevent's hub, on a loop that remembers its timers."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import gevent
import gevent.hub
from gevent._hub_local import get_hub_if_exists

from syncproof.actors.greenlets import SLICE

BaseLoop: Any = gevent.config.loop

#: A timer that is older than so many seconds and not active is of no interest.
FORGOTTEN = 1.0


class Loop(BaseLoop):  # type: ignore[misc]
    """A loop that can say when its next timer is due, which gevent's own cannot.

    What else may come from outside are files, children and signals. Watchers for other threads
    (``async_``) are for those alone.
    """

    def __init__(self, default: bool) -> None:
        super().__init__(default=default)
        #: When each was made, when it is due if it was started at once, and itself.
        self.timers: list[tuple[float, float, Any]] = []
        #: What may make an actor ready at any moment.
        self.outside: list[Any] = []

    def timer(self, after: float, *args: Any, **kwargs: Any) -> Any:
        timer = self.untold_timer(after, *args, **kwargs)
        now = perf_counter()
        self.timers.append((now, now + after, timer))
        return timer

    def io(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept(super().io(*args, **kwargs))

    def child(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept(super().child(*args, **kwargs))

    def signal(self, *args: Any, **kwargs: Any) -> Any:
        return self._kept(super().signal(*args, **kwargs))

    def _kept(self, watcher: Any) -> Any:
        self.outside.append(watcher)
        return watcher

    def untold_timer(self, after: float, *args: Any, **kwargs: Any) -> Any:
        return super().timer(after, *args, **kwargs)

    def next_due(self) -> float | None:
        """When the next timer is due."""
        recent = perf_counter() - FORGOTTEN
        self.timers = [t for t in self.timers if t[0] > recent or t[2].active]
        return min((due for _, due, timer in self.timers if timer.active), default=None)


class GeventHub:
    """A hub for one scenario; the thread gets back the one that it had."""

    cancelled: type[BaseException] = gevent.GreenletExit

    def __init__(self) -> None:
        self.before = get_hub_if_exists()
        self.loop = Loop(default=False)  # the default one is that of the hub before
        self.hub = gevent.hub.Hub(loop=self.loop)
        gevent.hub.set_hub(self.hub)

    def spawn(self, function: Callable[[], None]) -> Any:
        return gevent.spawn(function)

    def park(self) -> Any:
        return self.hub.switch()

    def post(self, greenlet: Any, thing: Any) -> None:
        self.loop.run_callback(greenlet.switch, thing)

    def kill(self, greenlet: Any, message: str) -> None:
        greenlet.kill(gevent.GreenletExit(*[message] * bool(message)), block=False)

    def breathe(self) -> None:
        gevent.sleep(0)

    def turn(self) -> None:
        self.hub.wait(self.loop.untold_timer(0))

    def is_idle(self) -> bool:
        due = self.loop.next_due()
        waiting = self.loop._callbacks or self.loop.pendingcnt
        return not waiting and (due is None or due > perf_counter())

    def pause(self) -> float | None:
        due = self.loop.next_due()
        if due is not None:
            return max(due - perf_counter(), 0.0)
        return SLICE if any(w.active for w in self.loop.outside) else None

    def rest(self, seconds: float) -> None:
        self.hub.wait(self.loop.untold_timer(seconds))

    def close(self) -> None:
        gevent.hub.set_hub(self.before)
        self.hub.destroy(destroy_loop=True)
