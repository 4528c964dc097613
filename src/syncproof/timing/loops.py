"""The loops that are timed: written out, so that as little of them as possible is in the figure."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from itertools import repeat
from time import perf_counter
from typing import Any

#: ``(loops) -> seconds``; a coroutine function where the statement awaits.
Hot = Callable[[int], Any]


def unrolled(statement: str, times: int = 10, **names: Any) -> Hot:
    """A loop over ``times`` copies of a statement, in which the names are local variables.

    The empty iteration of a loop is a fifth of a lock's acquire and release; with ten copies it is
    a fiftieth. Each call compiles a function of its own, so that what an interpreter learns about
    one implementation's calls (inline caches, traces) is not shared with another's. Where the
    statement has an ``await`` in it, the function is a coroutine function.
    """
    hot: Hot = _compiled(
        f"def hot(loops, clock=clock, repeat=repeat, {_defaults(names)}):\n"
        f"    repeats = {_repeats()}\n"
        f"    start = clock()\n"
        f"    for _ in repeats:\n"
        f"{_copies(statement, times)}"
        f"    return clock() - start\n",
        "hot",
        names,
    )
    return hot


def batches(statement: str, times: int = 10, **names: Any) -> Any:
    """What a contending actor runs: ``times`` copies and a stamp of the clock, until stopped.

    Tasks and greenlets contend only if the statement lets others run: see ``crew.switch``.
    """
    return _compiled(
        f"def contend(stopped, stamp, clock=clock, {_defaults(names)}):\n"
        f"    while not stopped:\n"
        f"{_copies(statement, times)}"
        f"        stamp(clock())\n",
        "contend",
        names,
    )


def awaits(function: Any) -> bool:
    """Whether what a scenario has returned is to be run by an event loop."""
    return inspect.iscoroutinefunction(function)


def _repeats() -> str:
    """A range makes a number for each turn, which compiled code alone does for nothing."""
    return "range(loops)" if sys.implementation.name == "pypy" else "repeat(None, loops)"


def _defaults(names: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={name}" for name in names)


def _copies(statement: str, times: int) -> str:
    return "".join(f"        {line}\n" for line in [*statement.splitlines()] * times)


def _compiled(source: str, name: str, names: Mapping[str, Any]) -> Any:
    scope: dict[str, Any] = {"clock": perf_counter, "repeat": repeat, **names}
    if "await " in source or "async with " in source:
        source = f"async {source}"
    exec(compile(source, f"<{name} of a scenario>", "exec"), scope)
    return scope[name]
