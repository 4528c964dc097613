"""The floor: a pseudo-implementation whose calls do nothing.

What a scenario costs on it is what the calls and the loop cost by themselves. Its methods are C
functions that take no arguments, which is the least that a call can cost. It is no registered
implementation: it keeps no promise, and nothing but the samplers sees it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any


def python_call() -> None:
    """The least that a call of a Python function can cost."""


class Nothing:
    """Every method of every primitive, none of which does anything."""

    acquire = release = locked = staticmethod(gc.isenabled)
    set = clear = is_set = wait = staticmethod(gc.isenabled)
    notify = notify_all = abort = reset = staticmethod(gc.isenabled)
    __enter__ = staticmethod(gc.isenabled)
    #: Takes the three arguments of an exit, and answers with nothing.
    __exit__ = staticmethod("".format)


class NothingWithParties(Nothing):
    """As a barrier is made: with the number of its parties."""

    def __init__(self, parties: int) -> None:
        pass


class NothingAwaited(Nothing):
    """For tasks: what they would await is an empty coroutine."""

    async def acquire(self) -> None:  # type: ignore[override]
        pass

    async def wait(self) -> None:  # type: ignore[override]
        pass

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *exc: object) -> None:
        pass


class NothingAwaitedWithNumber(NothingAwaited):
    """As a barrier is made, and a semaphore that has no default."""

    def __init__(self, number: int) -> None:
        pass


FACTORIES: Mapping[str, Callable[..., Any]] = {
    "lock": Nothing,
    "rlock": Nothing,
    "semaphore": Nothing,
    "bounded_semaphore": Nothing,
    "event": Nothing,
    "condition": Nothing,
    "barrier": NothingWithParties,
}
AWAITED: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(FACTORIES, NothingAwaited),
    **dict.fromkeys(("semaphore", "bounded_semaphore", "barrier"), NothingAwaitedWithNumber),
}
