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

``hot``       ``(loops) -> seconds``, one actor, nothing blocks; short slices, many of them
``blocking``  ``(loops) -> seconds``, actors that wait for each other; a few milliseconds
``window``    ``(seconds) -> Window``, actors that contend for so long (see :mod:`.crew`): how much
              they did, and how it was shared out among them
``latency``   ``(loops) -> [seconds, ...]``, a time for each single event; percentiles are shown
``memory``    ``() -> bytes`` of one instance; taken once in each process

One with a wrong result raises :class:`IncorrectError`: it has no time. One that cannot be run here
raises :class:`UnavailableError`.

**Models.** ``models`` names the execution models that a scenario is for, threads by default. What
never blocks is often the same code in several: ``models=SYNC``. Actors come from
``setting.crew`` (:mod:`.crews`), whose calls are the same for threads, greenlets, tasks and
processes. Of tasks, what the scenario returns is a coroutine function, with the same arguments,
that the engine runs in the model's own loop; the scenario itself is called inside the loop as well.
The name of a scenario that threads do not run begins with the kind of actor, ``task.pair``,
``green.pingpong``, ``process.pair``: figures of different models have different names. Beside
``task.pair.lock`` is timed what threading needs for ``pair.lock``, where there is such a case.

**Floors.** ``floor=True`` has the same code run on objects that do nothing (of tasks: whose methods
are empty coroutines). Where that cannot be, the floor is the model's own: a call, an empty await, a
bare switch of tasks or greenlets, a round trip through a pipe.

**Growth.** ``growth="waiters"`` names a parameter: over its values the exponent is fitted with
which the figure grows.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import itertools
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncproof.timing import crews, identity
from syncproof.timing.crew import IncorrectError, UnavailableError, Window
from syncproof.timing.loops import awaits, batches, unrolled
from syncproof.vocabulary import MODELS, PRIMITIVES

__all__ = [
    "EVERY",
    "GREEN",
    "SYNC",
    "TASKS",
    "UnavailableError",
    "WHOLE",
    "Case",
    "IncorrectError",
    "Scenario",
    "Setting",
    "Window",
    "batches",
    "by_id",
    "cases",
    "catalogue",
    "every_floor",
    "floor_of",
    "floors",
    "of_threading",
    "scenario",
    "unrolled",
]

PACKAGE = "syncproof.bench"

KINDS = ("hot", "blocking", "window", "latency", "memory")

#: Models whose actors are tasks, or greenlets; those that call and do not await; and all.
TASKS = ("asyncio", "uvloop", "trio", "anyio")
GREEN = ("gevent", "eventlet")
SYNC = ("thread", "process", *GREEN)
EVERY = (*SYNC, *TASKS)

#: In a primitive's place, where a scenario is about an implementation as a whole.
WHOLE = ""

#: What the name of a scenario begins with that threads do not run.
ACTORS = {**dict.fromkeys(TASKS, "task."), **dict.fromkeys(GREEN, "green."), "process": "process."}


@dataclass(frozen=True)
class Setting:
    """What a scenario is run on: one factory, and the parameters of one case."""

    primitive: str
    make: Callable[..., Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Whether results are verified. The floor excludes nobody, so there is nothing to verify.
    exact: bool = True
    #: Who takes part: threads, or what else the model has.
    crew: Any = field(default_factory=crews.Threads)

    def __getitem__(self, parameter: str) -> Any:
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
    #: Each parameter with its values, whole numbers or words; a case is one combination.
    parameters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    #: Capabilities that it needs, as in :data:`syncproof.subject.PROBES`.
    needs: tuple[str, ...] = ()
    #: Clauses without which it makes no sense: who declares to deviate from one is not timed.
    relies_on: tuple[str, ...] = ()
    #: How many operations one loop holds.
    inner: int = 1
    #: Whether the floor can run it; where it cannot, figures are set against the model's own.
    floor: bool = True
    #: The execution models that it is for.
    models: tuple[str, ...] = ("thread",)
    #: The parameter over which the figure's growth is fitted; none if empty.
    growth: str = ""
    #: Whether it comes before others where a budget is too short for all of them.
    core: bool = False

    @functools.cached_property
    def hash(self) -> str:
        """Of what it does: a changed scenario is a new one."""
        return identity.hash_of(self.prepare, self.kind, self.inner, self.floor)

    @property
    def is_floor(self) -> bool:
        """Whether it is timed beside every figure, and of no implementation."""
        return self.name.startswith("floor.")

    @property
    def unit(self) -> str:
        """Of its figures: second or byte."""
        return "byte" if self.kind == "memory" else "second"


@dataclass(frozen=True)
class Case:
    """A scenario on one primitive with its parameters chosen: what a figure belongs to."""

    scenario: Scenario
    primitive: str
    parameters: Mapping[str, Any]

    @property
    def id(self) -> str:
        parts = [self.scenario.name, self.primitive] if self.primitive else [self.scenario.name]
        return ".".join([*parts, *(f"{k}={v}" for k, v in self.parameters.items())])

    def on(self, make: Callable[..., Any], exact: bool = True, crew: Any = None) -> Any:
        """What is timed, set up over one factory; ``crew`` is one of threads if it is left out.

        It is called, and not awaited: of tasks, it runs in the loop of the crew.
        """
        crew = crew or crews.Threads()
        setting = Setting(self.primitive, make, self.parameters, exact, crew)
        timed = crew.run(self.scenario.prepare, setting)
        return functools.partial(crew.run, timed) if awaits(timed) else timed


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
    models: Sequence[str] = ("thread",),
    growth: str = "",
    core: bool = False,
    **parameters: Sequence[Any],
) -> Callable[[Callable[[Setting], Any]], Scenario]:
    """Declare a scenario; further keywords are its parameters with the values to try."""
    unknown = [*sorted(set(primitives) - set(PRIMITIVES)), *sorted(set(models) - set(MODELS))]
    if unknown or kind not in KINDS:
        raise ValueError(f"scenario {name}: unknown {', '.join(unknown) or kind}")
    if growth and growth not in parameters:
        raise ValueError(f"scenario {name}: it has no parameter {growth} to grow with")
    actors = {ACTORS[m] for m in models if m != "thread"}
    if primitives and "thread" not in models and not name.startswith(tuple(actors)):
        raise ValueError(f"scenario {name}: without threads its name begins with {min(actors)}")

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
            models=tuple(models),
            growth=growth,
            core=core,
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
    primitives: Iterable[str] = PRIMITIVES, globs: Sequence[str] = (), model: str = ""
) -> list[Case]:
    """The cases on these primitives whose scenario name or id matches a glob (none: all).

    ``WHOLE`` among the primitives stands for what is about the implementation itself. Those for one
    execution model, where it is given.
    """
    wanted = set(primitives)
    found: list[Case] = []
    for one in catalogue():
        if (model and model not in one.models) or one.is_floor:
            continue
        combinations = itertools.product(*one.parameters.values())
        choices = [dict(zip(one.parameters, values)) for values in combinations]
        for primitive in [p for p in one.primitives or (WHOLE,) if p in wanted]:
            found.extend(Case(one, primitive, choice) for choice in choices)
    return [c for c in found if _matches(c, globs)]


def floors(model: str = "thread") -> list[Case]:
    """What a call, and the loop, cost by themselves: timed beside every figure."""
    return [Case(s, "", {}) for s in catalogue() if s.is_floor and model in s.models]


def every_floor() -> list[Case]:
    """Those of all models."""
    return [Case(s, "", {}) for s in catalogue() if s.is_floor]


def by_id(ids: Iterable[str]) -> list[Case]:
    """The cases with these ids, in the order given."""
    known = {c.id: c for c in [*cases((*PRIMITIVES, WHOLE)), *every_floor()]}
    return [known[i] for i in ids]


def of_threading(case: Case) -> Case | None:
    """The same for threads, which is timed beside a case of another model; None without one."""
    if "thread" in case.scenario.models:
        return case
    name = case.scenario.name.partition(".")[2]
    for other in cases([case.primitive], [name], "thread"):
        if other.scenario.name == name and other.parameters == case.parameters:
            return other
    return None


def floor_of(case: Case, model: str) -> Case | None:
    """The floor of a case that does not run on objects that do nothing; None if it does."""
    one = case.scenario
    if one.floor or one.kind == "memory":
        return None
    alone = one.kind == "hot"
    if model in TASKS:
        name = "floor.await" if alone else "floor.task-switch"
    elif model in GREEN and not alone:
        name = "floor.green-switch"
    elif model == "process" and not alone:
        name = "floor.pipe"
    else:
        name = "floor.call"
    return next(c for c in every_floor() if c.id == name)


def _matches(case: Case, globs: Sequence[str]) -> bool:
    return not globs or any(
        fnmatch.fnmatchcase(text, glob) for glob in globs for text in (case.id, case.scenario.name)
    )
