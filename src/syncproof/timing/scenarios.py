"""What a scenario of ``bench/`` is: a function that sets the scene and returns what is timed.

    @scenario(
        "pair",
        primitives=("lock", "rlock"),
        operation="acquire() and release() of a free one, calls bound beforehand",
        reading="what a critical section costs when nobody else wants it",
        inner=10,
    )
    def pair(setting):
        thing = setting.make()
        return unrolled("acquire(); release()", acquire=thing.acquire, release=thing.release)

A scenario knows nothing of samplers. What it returns depends on its kind:

``hot``       ``(loops) -> seconds``, one thread, nothing blocks; short slices, many of them
``blocking``  ``(loops) -> seconds``, threads that wait for each other; a few milliseconds
``window``    ``(seconds) -> Window``, threads that contend for so long (see :mod:`.crew`)

One with a wrong result raises :class:`IncorrectError`: it has no time.
"""

from __future__ import annotations

import fnmatch
import functools
import hashlib
import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from types import CodeType
from typing import Any

from syncproof.timing.crew import Batch, IncorrectError, Window
from syncproof.vocabulary import PRIMITIVES

__all__ = [
    "Case",
    "IncorrectError",
    "Scenario",
    "Setting",
    "batches",
    "by_id",
    "cases",
    "catalogue",
    "floors",
    "scenario",
    "unrolled",
]

PACKAGE = "syncproof.bench"

KINDS = ("hot", "blocking", "window")

Hot = Callable[[int], float]
Windowed = Callable[[float], Window]


@dataclass(frozen=True)
class Setting:
    """What a scenario is run on: one factory, and the parameters of one case."""

    primitive: str
    make: Callable[..., Any]
    parameters: Mapping[str, int] = field(default_factory=dict)
    #: Whether results are verified. The floor excludes nobody, so there is nothing to verify.
    exact: bool = True

    def __getitem__(self, parameter: str) -> int:
        return self.parameters[parameter]


@dataclass(frozen=True)
class Scenario:
    """One thing that is timed, on every primitive that has it."""

    name: str
    primitives: tuple[str, ...]
    operation: str
    reading: str
    prepare: Callable[[Setting], Any]
    kind: str = "hot"
    #: Each parameter with its values; a case is one combination.
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: Capabilities that it needs, as in :data:`syncproof.subject.PROBES`.
    needs: tuple[str, ...] = ()
    #: Clauses without which it makes no sense: who declares to deviate from one is not timed.
    relies_on: tuple[str, ...] = ()
    #: How many operations one loop holds.
    inner: int = 1
    #: Whether the floor can run it; where it cannot, figures are set against one C call.
    floor: bool = True

    @functools.cached_property
    def hash(self) -> str:
        """Of the source of the scenario and of the helpers that it calls: a changed one is new."""
        sources = dict(_sources(self.prepare))
        text = "\n".join(sources[name] for name in sorted(sources))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Case:
    """A scenario on one primitive with its parameters chosen: what a figure belongs to."""

    scenario: Scenario
    primitive: str
    parameters: Mapping[str, int]

    @property
    def id(self) -> str:
        parts = [self.scenario.name, self.primitive] if self.primitive else [self.scenario.name]
        return ".".join([*parts, *(f"{k}={v}" for k, v in self.parameters.items())])

    def on(self, make: Callable[..., Any], exact: bool = True) -> Any:
        """What is timed, set up over one factory."""
        return self.scenario.prepare(Setting(self.primitive, make, self.parameters, exact))


def scenario(
    name: str,
    primitives: Sequence[str],
    operation: str,
    reading: str,
    kind: str = "hot",
    needs: Sequence[str] = (),
    relies_on: Sequence[str] = (),
    inner: int = 1,
    floor: bool = True,
    **parameters: Sequence[int],
) -> Callable[[Callable[[Setting], Any]], Scenario]:
    """Declare a scenario; further keywords are its parameters with the values to try."""
    unknown = set(primitives) - set(PRIMITIVES)
    if unknown or kind not in KINDS:
        raise ValueError(f"scenario {name}: unknown {', '.join(unknown) or kind}")

    def declare(prepare: Callable[[Setting], Any]) -> Scenario:
        return Scenario(
            name=name,
            primitives=tuple(primitives),
            operation=operation,
            reading=reading,
            prepare=prepare,
            kind=kind,
            parameters={k: tuple(v) for k, v in parameters.items()},
            needs=tuple(needs),
            relies_on=tuple(relies_on),
            inner=inner,
            floor=floor,
        )

    return declare


@functools.cache
def catalogue() -> tuple[Scenario, ...]:
    """Every scenario of ``bench/``, file by file in the order in which they are written."""
    package = importlib.import_module(PACKAGE)
    found: list[Scenario] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{PACKAGE}.{info.name}")
        found.extend(s for s in vars(module).values() if isinstance(s, Scenario))
    return tuple(found)


def cases(
    primitives: Iterable[str] = PRIMITIVES, globs: Sequence[str] = ()
) -> list[Case]:
    """The cases on these primitives whose scenario name or id matches a glob (none: all)."""
    wanted = set(primitives)
    found: list[Case] = []
    for one in catalogue():
        combinations = itertools.product(*one.parameters.values())
        choices = [dict(zip(one.parameters, values)) for values in combinations]
        for primitive in [p for p in one.primitives if p in wanted]:
            found.extend(Case(one, primitive, choice) for choice in choices)
    return [c for c in found if _matches(c, globs)]


def floors() -> list[Case]:
    """The cases that are on no primitive: what a call, and the loop, cost by themselves."""
    return [Case(s, "", {}) for s in catalogue() if not s.primitives]


def by_id(ids: Iterable[str]) -> list[Case]:
    """The cases with these ids, in the order given."""
    known = {c.id: c for c in [*cases(), *floors()]}
    return [known[i] for i in ids]


def _matches(case: Case, globs: Sequence[str]) -> bool:
    return not globs or any(
        fnmatch.fnmatchcase(text, glob) for glob in globs for text in (case.id, case.scenario.name)
    )


def unrolled(statement: str, times: int = 10, **names: Any) -> Hot:
    """A loop over ``times`` copies of a statement, in which the names are local variables.

    The empty iteration of a loop is a fifth of a lock's acquire and release; with ten copies it is
    a fiftieth. Each call compiles a function of its own, so that what an interpreter learns about
    one implementation's calls (inline caches, traces) is not shared with another's.
    """
    hot: Hot = _compiled(
        f"def hot(loops, clock=clock, {_defaults(names)}):\n"
        f"    repeats = range(loops)\n"
        f"    start = clock()\n"
        f"    for _ in repeats:\n"
        f"{_copies(statement, times)}"
        f"    return clock() - start\n",
        "hot",
        names,
    )
    return hot


def batches(statement: str, times: int = 10, **names: Any) -> Batch:
    """What a contending thread runs: ``times`` copies and a stamp of the clock, until stopped."""
    contend: Batch = _compiled(
        f"def contend(stopped, stamp, clock=clock, {_defaults(names)}):\n"
        f"    while not stopped:\n"
        f"{_copies(statement, times)}"
        f"        stamp(clock())\n",
        "contend",
        names,
    )
    return contend


def _defaults(names: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={name}" for name in names)


def _copies(statement: str, times: int) -> str:
    return "".join(f"        {line}\n" for line in [*statement.splitlines()] * times)


def _compiled(source: str, name: str, names: Mapping[str, Any]) -> Any:
    scope: dict[str, Any] = {"clock": perf_counter, **names}
    exec(compile(source, f"<{name} of a scenario>", "exec"), scope)
    return scope[name]


def _sources(function: Any, seen: set[str] | None = None) -> Iterable[tuple[str, str]]:
    """The source of a function and, one after another, of what it calls here and in the crew."""
    seen = set() if seen is None else seen
    name = f"{function.__module__}.{function.__qualname__}"
    if name in seen:
        return
    seen.add(name)
    yield name, inspect.getsource(function)
    if not inspect.isfunction(function):
        return
    for called in _names(function.__code__):
        thing = function.__globals__.get(called)
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ in (
            function.__module__, __name__, "syncproof.timing.crew",
        ):
            yield from _sources(thing, seen)


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found
