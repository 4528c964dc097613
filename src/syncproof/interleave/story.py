"""A run as people read it: which line of the implementation each actor was at, in order."""

from __future__ import annotations

import functools
import linecache
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from syncproof.history.program import LETTERS, Raised

if TYPE_CHECKING:
    from syncproof.history.record import Event
    from syncproof.interleave.run import Run, Turn

#: What stands in a trace besides lines.
TIMEOUT = "timeout passes"
SWITCH = "switch"
_END = (0, None, "")


def trace(run: Run, last: int | None = None) -> list[tuple[str, str]]:
    """The lines in order: (actor, "file.py:12 self._value -= 1"), equal ones in a row once.

    Calls and returns of the program's operations stand between them, up to event number ``last``
    of the history. A timeout is a line of the actor whose it is; where an actor loses its turn
    although it could go on, the line ends with "(switch)".
    """
    lines: list[tuple[str, str]] = []
    places: dict[int, str] = {}

    def add(actor: int, text: str) -> None:
        if text and (not lines or lines[-1] != (LETTERS[actor], text)):
            lines.append((LETTERS[actor], text))

    events = list(zip(run.told, run.history.events))
    cut = last is not None and last < len(events)
    if cut:
        events = events[: (last or 0) + 1]
    turns = list(run.turns)

    def turn() -> None:
        _, follows, preempts = turns.pop(0)
        if preempts and lines:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} ({SWITCH})")
        add(follows, places.get(follows, ""))  # it goes on where it was

    for number, (actor, code, where) in enumerate([*run.log, _END]):
        while events and events[0][0] <= number:
            at, event = events.pop(0)
            while turns and turns[0][0] <= at and _runs_by_then(turns, at, event.actor):
                turn()
            places.pop(event.actor, None)
            add(event.actor, _told(event))
            if cut and not events:
                return lines
        while turns and turns[0][0] <= number:
            turn()
        if code is not None and isinstance(where, int):
            places[actor] = line_of(code, where)
            add(actor, places[actor])
        elif where == TIMEOUT:
            add(actor, TIMEOUT)
    return lines


def _runs_by_then(turns: Sequence[Turn], at: int, actor: int) -> bool:
    """Whether an actor that calls or returns at this entry of the log had to get its turn first."""
    return any(follows == actor for begins, follows, _ in turns if begins <= at)


def _told(event: Event) -> str:
    if not event.returned:
        return f"calls {event.op}"
    if isinstance(event.value, Raised):
        return f"{event.op} {event.value}"
    return f"{event.op} returned {event.value!r}"


def preemptions(run: Run) -> int:
    """How often an actor lost its turn although it could go on, or a timeout passed early."""
    return sum(preempts for _, _, preempts in run.turns)


def last_line(run: Run, actor: int) -> str:
    """Where an actor was last seen in the implementation."""
    for number, code, where in reversed(run.log):
        if number == actor and code is not None and isinstance(where, int):
            return line_of(code, where)
    return "its first operation"


def line_of(code: CodeType, offset: int) -> str:
    """``file.py:12 self._value -= 1``"""
    number = _line_number(code, offset)
    text = linecache.getline(code.co_filename, number).strip()
    return f"{Path(code.co_filename).name}:{number} {text}".rstrip()


def _line_number(code: CodeType, offset: int) -> int:
    offsets, lines = _lines(code)
    at = bisect_right(offsets, offset) - 1
    return lines[max(at, 0)] if lines else code.co_firstlineno


@functools.lru_cache(maxsize=2000)
def _lines(code: CodeType) -> tuple[list[int], list[int]]:
    import dis

    starts = [(offset, line) for offset, line in dis.findlinestarts(code) if line is not None]
    return [offset for offset, _ in starts], [line for _, line in starts]
