"""The driver of each execution model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncproof.actors.delays import Delays
from syncproof.actors.language import Driver
from syncproof.actors.verdicts import ScenarioError

if TYPE_CHECKING:
    from syncproof.actors.greenlets import Hub
    from syncproof.actors.tasks import Host

#: What drives tasks, by model: these files import the library whose tasks they are.
LOOPS = {
    "asyncio": "syncproof.actors.asyncio_host",
    "uvloop": "syncproof.actors.uvloop_host",
    "trio": "syncproof.actors.trio_host",
    "anyio": "syncproof.actors.anyio_host",
}

#: What the first actor of a scenario is, and the others in turn: a thread, or a task of which loop.
THREAD = -1
CREWS = {"mixed": (THREAD, 0), "mixed-tasks-first": (0, THREAD), "loops": (0, 1)}

#: Models whose actors run side by side, and whose waits take real time. Tasks and greenlets take
#: turns, and their scenarios move the clock.
IN_REAL_TIME = ("thread", "process", *CREWS)


def contest_share(model: str) -> float:
    """What part of a contest is enough for actors of that model."""
    return 1.0 if model in IN_REAL_TIME else 0.2


def driver(model: str, delays: Delays, use_kernel: bool = True) -> Driver:
    """A new driver, for one scenario; ``use_kernel`` is about threads and processes."""
    if model == "thread":
        from syncproof.actors.threads import Threads

        return Threads(delays, use_kernel)
    if model in LOOPS:
        from syncproof.actors.tasks import Tasks

        return Tasks(delays, _host(model))
    if model in ("gevent", "eventlet"):
        from syncproof.actors.greenlets import Greenlets

        return Greenlets(delays, _hub(model))
    if model == "process":
        from syncproof.actors.processes import Processes

        return Processes(delays, use_kernel)
    if model in CREWS:
        from syncproof.actors.mixed import Mixed

        return Mixed(delays, CREWS[model], use_kernel)
    raise ScenarioError(f"there is no driver for the {model} model")


def _host(model: str) -> Host:
    if model == "trio":
        from syncproof.actors.trio_host import TrioHost

        return TrioHost()
    if model == "anyio":
        from syncproof.actors.anyio_host import AnyioHost

        return AnyioHost()
    if model == "uvloop":
        from syncproof.actors.uvloop_host import UvloopHost

        return UvloopHost()
    from syncproof.actors.asyncio_host import AsyncioHost

    return AsyncioHost()


def _hub(model: str) -> Hub:
    if model == "eventlet":
        from syncproof.actors.eventlet_hub import EventletHub

        return EventletHub()
    from syncproof.actors.gevent_hub import GeventHub

    return GeventHub()
