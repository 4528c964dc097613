"""An exception at one point of an operation, as a signal handler raises it, and at every other.

A signal handler runs between two instructions of Python code, but not between any two: the
interpreter looks for signals at certain points only. From 3.10 on that is where a function begins,
where a loop jumps back, and after a call of a C function; before, nearly every instruction. An
exception anywhere else would accuse an implementation of what cannot happen to it. So each
interpreter has its own way to stop exactly there, and never where no handler could run:

- from 3.12 on ``sys.monitoring``: its events for these three are raised by the instruction itself,
  so that an exception is covered by the same ``try`` as the handler's would be;
- 3.10 and 3.11 ``sys.setprofile`` for the same reason, with ``sys.settrace`` for jumps back
  (they do not see the end of a call of a class, such as ``deque()``: a few points less);
- before, and on other interpreters than CPython, ``sys.settrace`` by instruction.

One thread performs the operation; nothing else of the process is touched.
"""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import PurePath
from types import FrameType
from typing import Any, ClassVar

Act = Callable[[], Any]
#: Performs an operation anew and stops it at the point of this number; what that left behind.
Attempt = Callable[[int], "tuple[Outcome, str]"]
#: An adapter is no part of the implementation that it adapts, nor is what performs the operation.
NOT_THEIRS = (__file__, str(resources.files("syncproof.implementations")))


class Interrupt(KeyboardInterrupt):
    """What is raised: no ``Exception``, as Ctrl-C is none."""


class Outcome:
    """What became of one operation that was stopped at one point."""

    def __init__(self) -> None:
        #: ``threading.py:512``, or empty: it ended before it came to that many points.
        self.where = ""
        #: It let the interrupt out.
        self.raised = False
        self.error: BaseException | None = None

    @property
    def reached(self) -> bool:
        return self.where != ""


class NoTool(Exception):
    """Somebody else watches the interpreter in the only ways that it offers."""


def interrupt() -> None:
    """What a handler does that raises."""
    raise Interrupt


def at(
    number: int,
    operation: Callable[[], Any],
    act: Act = interrupt,
    outcome: Outcome | None = None,
) -> Outcome:
    """Perform the operation in this thread, and act at its number-th point, counted from 0.

    An outcome that is given is filled in: so it is known where an operation is that never ends.
    """
    outcome = outcome or Outcome()
    stop = _ways[0](number, act, outcome)
    try:
        stop.perform(operation)
    except Interrupt:
        outcome.raised = True
    except NoTool:
        raise
    except BaseException as error:
        outcome.error = error
    return outcome


class _Stop:
    """Counts points; subclasses know where they are."""

    def __init__(self, number: int, act: Act, outcome: Outcome) -> None:
        self.left = number
        self.act = act
        self.outcome = outcome
        self.counting = False

    def perform(self, operation: Callable[[], Any]) -> None:
        raise NotImplementedError

    def point(self, frame: FrameType | None) -> None:
        if not self.counting or frame is None or frame.f_code.co_filename.startswith(NOT_THEIRS):
            return
        if self.left:
            self.left -= 1
            return
        self.counting = False
        self.outcome.where = f"{PurePath(frame.f_code.co_filename).name}:{frame.f_lineno}"
        self.act()


class _Monitored(_Stop):
    """CPython 3.12 and newer. One tool serves all threads: each looks up what it is in."""

    #: The numbers of tools that nobody else has a claim to; another may have one of them.
    TOOLS = (4, 3)
    #: The tool that is ours while anybody is in an operation.
    tool = -1
    active: ClassVar[dict[int, _Monitored]] = {}

    def perform(self, operation: Callable[[], Any]) -> None:
        if not self.active:
            self._begin()
        me = threading.get_ident()
        self.active[me] = self
        self.counting = True
        try:
            operation()
        finally:
            self.counting = False
            del self.active[me]
            if not self.active:
                self._end()

    @classmethod
    def _begin(cls) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        events = monitoring.events
        cls.tool = next((t for t in cls.TOOLS if monitoring.get_tool(t) is None), -1)
        if cls.tool < 0:
            raise NoTool(f"the tools {cls.TOOLS} of sys.monitoring are taken by others")
        monitoring.use_tool_id(cls.tool, "syncproof interrupts")
        for event in (events.PY_START, events.PY_RESUME, events.C_RETURN):
            monitoring.register_callback(cls.tool, event, _here)
        monitoring.register_callback(cls.tool, events.JUMP, _jumped)
        monitoring.set_events(
            cls.tool, events.PY_START | events.PY_RESUME | events.CALL | events.JUMP
        )

    @classmethod
    def _end(cls) -> None:
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        events = monitoring.events
        monitoring.set_events(cls.tool, 0)
        for event in (events.PY_START, events.PY_RESUME, events.C_RETURN, events.JUMP):
            monitoring.register_callback(cls.tool, event, None)
        monitoring.free_tool_id(cls.tool)


def _here(*_: Any) -> None:
    stop = _Monitored.active.get(threading.get_ident())
    if stop is not None:
        stop.point(sys._getframe(1))


def _jumped(_: Any, offset: int, destination: int) -> None:
    stop = _Monitored.active.get(threading.get_ident())
    if stop is not None and destination <= offset:
        stop.point(sys._getframe(1))


class _Profiled(_Stop):
    """CPython 3.10 and 3.11."""

    def perform(self, operation: Callable[[], Any]) -> None:
        seen: dict[FrameType, int] = {}

        def profile(frame: FrameType, event: str, _: Any) -> None:
            if event in ("call", "c_return"):
                self.point(frame)

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                before, seen[frame] = seen.get(frame, -1), frame.f_lasti
                if frame.f_lasti <= before:
                    self.point(frame)
            return trace

        _traced(operation, self, trace, profile)


class _Traced(_Stop):
    """CPython before 3.10, where nearly every instruction looks for signals; other interpreters."""

    #: After these 3.9 goes straight on to the next instruction.
    STRAIGHT_ON = frozenset(
        (
            *("NOP", "LOAD_FAST", "LOAD_CONST", "STORE_FAST", "POP_TOP", "DUP_TOP", "DUP_TOP_TWO"),
            *("ROT_TWO", "ROT_THREE", "ROT_FOUR", "JUMP_FORWARD", "POP_JUMP_IF_FALSE"),
            *("POP_JUMP_IF_TRUE", "JUMP_IF_FALSE_OR_POP", "JUMP_IF_TRUE_OR_POP", "IS_OP"),
            *("CONTAINS_OP", "COMPARE_OP", "JUMP_IF_NOT_EXC_MATCH", "EXTENDED_ARG"),
        )
    )
    #: Before these it does not look, so that a try begins whole.
    UNDISTURBED = frozenset(("SETUP_FINALLY", "SETUP_WITH", "BEFORE_ASYNC_WITH", "YIELD_FROM"))

    def perform(self, operation: Callable[[], Any]) -> None:
        before: dict[FrameType, str] = {}

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            if event == "opcode":
                name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
                last, before[frame] = before.get(frame, ""), name
                if last not in self.STRAIGHT_ON and name not in self.UNDISTURBED:
                    self.point(frame)
            return trace

        _traced(operation, self, trace, None)


def _traced(operation: Callable[[], Any], stop: _Stop, trace: Any, profile: Any) -> None:
    tracer, profiler = sys.gettrace(), sys.getprofile()
    sys.setprofile(profile)
    sys.settrace(trace)
    stop.counting = True
    try:
        operation()
    finally:
        stop.counting = False
        sys.settrace(tracer)
        sys.setprofile(profiler)


def _way() -> type[_Stop]:
    if sys.implementation.name != "cpython" or sys.version_info < (3, 10):
        return _Traced
    return _Monitored if sys.version_info >= (3, 12) else _Profiled


_ways = [_way()]


def every(trial: Attempt, more: Callable[[], bool] = lambda: True) -> Swept:
    """One trial for each point, until there is none, or until there shall be no more.

    ``trial(number)`` performs the operation once more, on new things, stops it at that point, and
    says what that left behind (empty where that is nothing).
    """
    swept = Swept()
    while more():
        outcome, what = trial(swept.points)
        if not outcome.reached:
            return swept
        swept.points += 1
        if what and outcome.where not in swept.left.setdefault(what, []):
            swept.left[what].append(outcome.where)
    swept.cut_short = True
    return swept


@dataclass
class Swept:
    """How many points there are, and what was left behind at which of them."""

    points: int = 0
    left: dict[str, list[str]] = field(default_factory=dict)
    #: There was no time for all of them.
    cut_short: bool = False

    def told(self, title: str) -> str:
        """In one line: the points, and for each harm its lines."""
        points = f"{title}: {'the first ' * self.cut_short}{self.points} points"
        if not self.left:
            return f"{points}, nothing is left behind at any"
        harms = [f"{what} at {_lines(wheres)}" for what, wheres in self.left.items()]
        return f"{points}; {'; '.join(harms)}"


def _lines(wheres: list[str]) -> str:
    """``threading.py:460, 463``: the file is named once; what is no line is named as it is."""
    files: dict[str, set[int]] = {}
    for where in wheres:
        file, _, line = where.rpartition(":")
        files.setdefault(file or where, set()).update([int(line)] if file else [])
    return ", ".join(
        f"{file}:{', '.join(str(n) for n in sorted(lines))}" if lines else file
        for file, lines in files.items()
    )
