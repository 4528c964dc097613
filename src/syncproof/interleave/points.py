"""Where a schedule may switch between actors: three views of the same code.

``any``   before every bytecode of the implementation that may touch what actors share. This is
          what a free-threaded build can do, and an interpreter that may switch at any bytecode.
``gil``   where an interpreter with the GIL switches. For CPython 3.10 and newer that is: when a
          function of the implementation begins, when a loop goes round (in 3.10 after any jump),
          after a call of C code, and where a lock or a sleep blocks. Before 3.10, and on PyPy,
          the interpreter may switch at nearly every bytecode: this view is the same as ``any``.
``locks`` at operations of the base lock only.

A bytecode that reads an attribute, or a global or enclosing variable, which nothing stores to
after an object is made needs no point: all actors see the same, whenever they look.
"""

from __future__ import annotations

import _thread
import dis
import gc
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from syncproof.interleave.facades import NotControllable

VIEWS = ("any", "gil", "locks")

#: Whether the GIL of this interpreter changes hands at certain bytecodes only.
GIL_IS_NARROW = sys.implementation.name == "cpython" and sys.version_info >= (3, 10)
#: Whether a Python function that calls another one does so without a look at the GIL on return.
CALLS_ARE_INLINED = sys.version_info >= (3, 11)

#: Roles that a bytecode may have in a view (see :func:`roles`).
POINT, AFTER_CALL, CALL, JUMP = 1, 2, 4, 8

#: ``sys.monitoring``, from 3.12 on.
MONITORING: Any = getattr(sys, "monitoring", None)

#: What a point calls: the code, and the offset in it.
Step = Callable[[CodeType, int], object]


# -- which code ---------------------------------------------------------------------------


def own_code(modules: Iterable[ModuleType]) -> list[CodeType]:
    """All code that functions of these modules can ever run, in a stable order.

    Every function that is alive and has one of the modules for its globals, wherever it is kept:
    in a class, a closure, a default argument, a registry. Code of functions that are made later
    is a constant of the code that makes them.
    """
    homes = {id(vars(module)) for module in modules}
    found: dict[int, CodeType] = {}

    def add(code: CodeType) -> None:
        if id(code) not in found:
            found[id(code)] = code
            for constant in code.co_consts:
                if isinstance(constant, CodeType):
                    add(constant)

    for thing in gc.get_objects():
        if type(thing) is FunctionType and id(thing.__globals__) in homes:
            add(thing.__code__)
    return sorted(found.values(), key=lambda c: (c.co_filename, c.co_firstlineno, c.co_name))


# -- which bytecodes ----------------------------------------------------------------------

_READS = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_SUPER_METHOD")
_WRITES = ("STORE_ATTR", "DELETE_ATTR")
_VARIABLES = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_CLOSURE")
_STORES = ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF")
#: Names (or beginnings of names) of bytecodes that reach into an object, or call something.
_TOUCHES = (
    "CALL",
    "BINARY_SUBSCR",
    "BINARY_SLICE",
    "STORE_SUBSCR",
    "STORE_SLICE",
    "DELETE_SUBSCR",
    "CONTAINS_OP",
    "FOR_ITER",
    "GET_ITER",
    "BEFORE_WITH",
    "SETUP_WITH",
    "LOAD_SPECIAL",
    "LIST_EXTEND",
    "SET_UPDATE",
    "DICT_UPDATE",
    "DICT_MERGE",
    "YIELD_FROM",
    "SEND",
)
#: Bytecodes that ask whether an object is true, which a container answers by its length.
_TRUTH = ("TO_BOOL", "UNARY_NOT", "POP_JUMP", "JUMP_IF")
_NO_TRUTH = (
    "COMPARE_OP",
    "CONTAINS_OP",
    "IS_OP",
    "CHECK_EXC_MATCH",
    "UNARY_NOT",
    "TO_BOOL",
    "LOAD_CONST",
)
#: Of those, what asks for something else: whether it is None, or an exception of a class.
_SIMPLE = re.compile("NONE|EXC_MATCH")
#: Methods that run before an object is shared.
_MAKERS = ("__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__")
#: Who has one of these may store to an attribute without a bytecode that names it.
_OBSCURE = ("setattr", "delattr", "__setattr__", "__delattr__", "__dict__", "vars", "globals")


class Stored:
    """Which names are stored to while objects are shared; all of them where that is obscure."""

    def __init__(self, own: Iterable[CodeType], trusted: Iterable[CodeType]) -> None:
        self.attributes: set[str] = set()
        self.variables: set[str] = set()
        self.obscure = False
        own = list(own)
        for code in own:
            self.obscure = self.obscure or any(name in _OBSCURE for name in code.co_names)
        for code in (*own, *trusted):
            maker = code.co_name in _MAKERS
            for instruction in dis.get_instructions(code):
                if instruction.opname in _WRITES and not maker:
                    self.attributes.add(instruction.argval)
                elif instruction.opname in _STORES:
                    self.variables.add(instruction.argval)

    def attribute(self, name: str) -> bool:
        return self.obscure or name in self.attributes

    def variable(self, name: str) -> bool:
        return self.obscure or name in self.variables


def roles(code: CodeType, view: str, stored: Stored) -> dict[int, int]:
    """The offsets of a code object that have a role in the view, and the roles.

    POINT is a point. AFTER_CALL is one if what was called was C code, which is known only when it
    has returned; CALL is where a call begins. After a JUMP that is taken there is a point.
    """
    if view == "locks":
        return {}
    if view == "gil" and GIL_IS_NARROW:
        return _gil_roles(code)
    return _heap_roles(code, stored)


def _heap_roles(code: CodeType, stored: Stored) -> dict[int, int]:
    found: dict[int, int] = {}
    before = ""
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in ("CACHE", "EXTENDED_ARG", "NOP", "PRECALL"):
            continue
        if name.startswith(_READS):
            point = stored.attribute(instruction.argval)
        elif name.startswith(_VARIABLES):
            point = stored.variable(instruction.argval)
        elif name.startswith(_TRUTH):
            point = not before.startswith(_NO_TRUTH) and not _SIMPLE.search(name)
        elif name == "BINARY_OP":  # a subscript too, from 3.14
            point = instruction.argrepr == "[]"
        else:
            point = name.startswith((*_TOUCHES, *_WRITES, *_STORES))
            point = point and not name.startswith(("CALL_INTRINSIC", "SEND_GEN"))
        if not point and instruction.opcode in dis.hasjrel + dis.hasjabs:
            point = _closes_bare_loop(instruction, found)
        if point:
            found[instruction.offset] = POINT
        before = name
    return found


def _closes_bare_loop(jump: dis.Instruction, found: Mapping[int, int]) -> bool:
    """Whether it goes back over nothing that is a point: a loop must be seen to go round."""
    target = jump.argval
    if not isinstance(target, int) or target > jump.offset:
        return False
    return not any(target <= offset <= jump.offset for offset in found)


def _gil_roles(code: CodeType) -> dict[int, int]:
    """Loops that go round, and calls; where a function begins is seen by an event of its own."""
    found: dict[int, int] = {}
    called, jumped = False, 0
    for instruction in dis.get_instructions(code):
        name, offset = instruction.opname, instruction.offset
        if name in ("CACHE", "EXTENDED_ARG"):
            continue
        role = AFTER_CALL if called else jumped
        jumped = 0
        called = name.startswith("CALL") and not name.startswith("CALL_INTRINSIC")
        if called:
            role |= CALL
        if sys.version_info >= (3, 11):
            role |= POINT if "BACKWARD" in name and "NO_INTERRUPT" not in name else 0
        else:  # 3.10 looks after every such jump, forward too
            if name == "JUMP_ABSOLUTE" or name.startswith("POP_JUMP"):
                role |= JUMP
                # one that goes where it would go anyhow looks as if it had never been taken
                jumped = POINT if instruction.argval == offset + 2 else 0
        if role:
            found[offset] = role
    return found


# -- how they are seen --------------------------------------------------------------------


class Monitoring:
    """Points by ``sys.monitoring`` (3.12 and newer): local events on the code in question."""

    def __init__(self, points: Mapping[CodeType, dict[int, int]], view: str) -> None:
        self.points = points
        self.by_id = {id(code): found for code, found in points.items()}
        self.narrow = view == "gil" and GIL_IS_NARROW
        self.tool = -1
        self.callbacks: dict[int, Callable[..., object]] = {}

    def start(self, step: Step) -> None:
        monitoring = MONITORING
        self.tool = _free_tool()
        monitoring.use_tool_id(self.tool, "syncproof")
        events = monitoring.events
        if not self.narrow:
            self.callbacks = {events.INSTRUCTION: _wide(self.by_id, step)}
        else:
            on_instruction, on_start, on_return = _narrow(self.by_id, step)
            self.callbacks = {
                events.INSTRUCTION: on_instruction,
                events.PY_START: on_start,
                events.PY_RESUME: on_start,
                events.PY_RETURN: on_return,
            }
        for event, callback in self.callbacks.items():
            monitoring.register_callback(self.tool, event, callback)
        for code, found in self.points.items():
            wanted = sum(self.callbacks) if found or self.narrow else 0
            monitoring.set_local_events(self.tool, code, wanted)
        monitoring.restart_events()

    def stop(self) -> None:
        monitoring = MONITORING
        for code in self.points:
            monitoring.set_local_events(self.tool, code, 0)
        for event in self.callbacks:
            monitoring.register_callback(self.tool, event, None)
        monitoring.free_tool_id(self.tool)

    def enter(self) -> None:
        """An actor begins, in its own thread."""

    def leave(self) -> None:
        """It ends."""


def _free_tool() -> int:
    # from the middle: 0 to 2 and 5 have names for a debugger, coverage, a profiler, an optimizer
    for tool in (4, 3, 5, 2, 1, 0):
        if MONITORING.get_tool(tool) is None:
            return tool
    names = ", ".join(sorted({str(MONITORING.get_tool(n)) for n in range(6)}))
    raise NotControllable(
        f"all six tools that sys.monitoring allows are in use ({names}): run without one of them"
    )


def _wide(by_id: Mapping[int, dict[int, int]], step: Step) -> Callable[[CodeType, int], object]:
    disable = MONITORING.DISABLE

    def on_instruction(code: CodeType, offset: int) -> object:
        if offset in by_id[id(code)]:
            return step(code, offset)
        return disable

    return on_instruction


def _narrow(
    by_id: Mapping[int, dict[int, int]], step: Step
) -> tuple[Callable[..., object], Callable[..., object], Callable[..., object]]:
    """As _wide; what comes after a call is a point only if the call was not of own code."""
    disable = MONITORING.DISABLE
    returned = _Returned()

    def on_instruction(code: CodeType, offset: int) -> object:
        role = by_id[id(code)].get(offset, 0)
        if not role:
            return disable
        if returned.is_point(role):
            step(code, offset)
        return None

    def on_start(code: CodeType, offset: int) -> object:
        returned.is_point(CALL)
        return step(code, offset)

    def on_return(code: CodeType, offset: int, value: object) -> None:
        returned.note()

    return on_instruction, on_start, on_return


class _Returned:
    """Whether the last thing that the running actor did was to return from own code."""

    def __init__(self) -> None:
        self._thread = 0

    def note(self) -> None:
        self._thread = _thread.get_ident()

    def is_point(self, role: int) -> bool:
        """Whether a bytecode of this role is a point now; it is the last thing done from now on."""
        if not self._thread:
            return bool(role & (POINT | AFTER_CALL))
        inlined = CALLS_ARE_INLINED and self._thread == _thread.get_ident()
        self._thread = 0
        return bool(role & POINT or (role & AFTER_CALL and not inlined))


class Tracing:
    """Points by ``sys.settrace``, for interpreters without ``sys.monitoring``.

    Where frames cannot be traced by bytecode, every line is a point.
    """

    by_opcode = hasattr(sys._getframe(), "f_trace_opcodes")

    def __init__(self, points: Mapping[CodeType, dict[int, int]], view: str) -> None:
        self.points = points
        self.narrow = view == "gil" and GIL_IS_NARROW
        self.active = view != "locks"
        self.on_call: Callable[[Any, str, Any], Any] | None = None

    def start(self, step: Step) -> None:
        returned = _Returned()
        tracers: dict[int, Callable[[Any, str, Any], Any]] = {}
        for code, found in self.points.items():
            if not self.by_opcode:
                tracers[id(code)] = _line_tracer(code, step)
            elif self.narrow:
                tracers[id(code)] = _narrow_tracer(code, found, step, returned)
            else:
                tracers[id(code)] = _wide_tracer(code, found, step)
        entries_are_points = self.narrow
        by_opcode = self.by_opcode

        def on_call(frame: Any, event: str, arg: Any) -> Any:
            tracer = tracers.get(id(frame.f_code))
            if tracer is None:
                return None
            if by_opcode:
                frame.f_trace_opcodes, frame.f_trace_lines = True, False
            if entries_are_points:
                returned.is_point(CALL)
                step(frame.f_code, max(frame.f_lasti, 0))
            return tracer

        self.on_call = on_call

    def stop(self) -> None:
        self.on_call = None

    def enter(self) -> None:
        if self.active:
            sys.settrace(self.on_call)

    def leave(self) -> None:
        sys.settrace(None)


def _wide_tracer(code: CodeType, found: dict[int, int], step: Step) -> Callable[..., Any]:
    def tracer(frame: Any, event: str, arg: Any) -> Any:
        if event == "opcode" and frame.f_lasti in found:
            step(code, frame.f_lasti)
        return tracer

    return tracer


def _narrow_tracer(
    code: CodeType, found: dict[int, int], step: Step, returned: _Returned
) -> Callable[..., Any]:
    straight_on = -1  # after a jump: where it goes on if it is not taken

    def tracer(frame: Any, event: str, arg: Any) -> Any:
        nonlocal straight_on
        if event == "opcode":
            offset = frame.f_lasti
            role = found.get(offset, 0)
            if straight_on >= 0:
                role |= POINT if offset != straight_on else 0
                straight_on = -1
            if role and returned.is_point(role):
                step(code, offset)
            if role & JUMP:
                straight_on = offset + 2
        elif event == "return":
            returned.note()
        return tracer

    return tracer


def _line_tracer(code: CodeType, step: Step) -> Callable[..., Any]:
    def tracer(frame: Any, event: str, arg: Any) -> Any:
        if event == "line":
            step(code, frame.f_lasti)
        return tracer

    return tracer


def watcher(points: Mapping[CodeType, dict[int, int]], view: str) -> Monitoring | Tracing:
    """What sees the points on this interpreter."""
    # settrace loses events of the first execution from 3.12 on
    return Monitoring(points, view) if MONITORING is not None else Tracing(points, view)
