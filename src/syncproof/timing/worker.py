"""Times one implementation once: the process that a sampler starts, and may kill.

Its job is a JSON file that names the target, the cases and a journal, to which events are appended,
one JSON line each. The sampler reads the journal and nothing else: an implementation may print what
it likes.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import random
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from syncproof import gil, registry, spec
from syncproof.interpreters import interpreter
from syncproof.results import active
from syncproof.sandbox.process import enter_users_folder, ready_to_tell_stacks
from syncproof.subject import Subject, lacks
from syncproof.timing import crews, floor
from syncproof.timing.planning import ONCE, WANTED
from syncproof.timing.records import load_average
from syncproof.timing.scenarios import (
    TASKS,
    Case,
    IncorrectError,
    UnavailableError,
    by_id,
    floor_of,
    floors,
    of_threading,
)
from syncproof.timing.slices import SLICE, Slice, Timed
from syncproof.vocabulary import Implementation

#: Seconds after which a thread that holds the GIL is asked to let another run: CPython's default.
SWITCH_INTERVAL = 0.005

#: How many slices of a case are taken when its turn has come.
BURST: Mapping[str, int] = {"hot": 5, "blocking": 1, "window": 1, "latency": 1, "memory": 1}

#: Short slices repeat well if there are many: so much of the time is theirs at least, however slow
#: an implementation is to block, once each case has had a slice.
HOT_PART = 0.3

#: Slices of a crew that has to be started for each are so many times as long.
APART = 5

#: As it is before an implementation is imported, which may replace it (gevent's monkey patching).
LOCK = threading.Lock

Write = Callable[..., None]

#: The three that are timed side by side: what is asked about, and what it is set against.
WHO = ("subject", "threading", "floor")


def main() -> None:
    stacks, path = sys.argv[1:]
    ready_to_tell_stacks(stacks)
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    with Path(job["journal"]).open("a", encoding="utf-8", buffering=1) as journal:

        def write(event: str, **values: Any) -> None:
            journal.write(json.dumps({"event": event, **values}) + "\n")

        enter_users_folder()
        try:
            with gil.Watch() as watch:
                implementation = registry.resolve(job["target"], job["as"], job["model"])
                subject = Subject(implementation)
        except registry.TargetError as error:
            write("unusable", reason=str(error))
        except Exception as error:
            write("unusable", reason=f"it cannot be loaded: {registry.one_line(error)}")
        else:
            if hasattr(sys, "setswitchinterval"):
                sys.setswitchinterval(SWITCH_INTERVAL)  # whatever it was set to meanwhile
            about = {**interpreter(), **watch.record()}
            write("hello", metadata=machine(), interpreter=about)
            time_all(job, subject, write)
    os._exit(0)  # threads of a stuck or incorrect case are not waited for


def time_all(job: Mapping[str, Any], subject: Subject, write: Write) -> None:
    """All cases of the job in random order, slice by slice, until the time is up."""
    end = time.monotonic() + job["seconds"]
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
    dice = random.Random(job["seed"])
    bench = Bench(job, subject, write)
    trios = [Trio(c, bench) for c in [*by_id(job["cases"]), *floors(bench.model)]]
    decks = [
        Deck(kind, [t for t in trios if t.kind == kind], dice, job["taken"]) for kind in WANTED
    ]
    began = time.monotonic()
    while time.monotonic() < end:
        left = [deck for deck in decks if deck.alive]
        if not left:
            break
        next_deck(left, time.monotonic() - began).take()
    write("end", load=load_average(), gil_enabled=gil.enabled())


def next_deck(decks: list[Deck], seconds: float) -> Deck:
    """Whose turn it is: all proceed in step, but hot cases are not to be kept waiting.

    First of all comes a kind with a case that has not had a single slice: whatever blocks for long,
    or is slow here and now, a figure of each case is worth more than a better one of some.
    """
    untaken = [deck for deck in decks if deck.untaken]
    if not untaken:
        for deck in decks:
            if deck.kind == "hot" and deck.spent < HOT_PART * seconds:
                return deck
    return min(untaken or decks, key=lambda deck: deck.progress)


class Deck:
    """The cases of one kind: taken in random order, each once before any comes up again.

    The first time round, those come first that earlier rounds have had the fewest slices of.
    """

    def __init__(
        self, kind: str, cases: list[Trio], dice: random.Random, taken: Mapping[str, int]
    ) -> None:
        self.kind = kind
        self.cases = cases
        self.dice = dice
        self.turns = 0
        #: Seconds so far.
        self.spent = 0.0
        self._taken = taken
        self._order = sorted(cases, key=lambda c: (-taken.get(c.case.id, 0), dice.random()))

    @property
    def untaken(self) -> bool:
        """Whether the next case has had no slice, in this round or an earlier one."""
        first = self.turns < len(self.cases)
        return first and not self._taken.get(self._order[-1].case.id)

    @property
    def alive(self) -> bool:
        return any(case.alive for case in self.cases)

    @property
    def progress(self) -> float:
        """How much has been done of what is wanted: 1 when there is enough of each case."""
        return self.turns / (len(self.cases) * WANTED[self.kind])

    def take(self) -> None:
        """A burst of slices of each of the three, of the next case."""
        if not self._order:
            self._order = [case for case in self.cases if case.alive]
            self.dice.shuffle(self._order)
        began = time.monotonic()
        case = self._order.pop()
        for _ in range(BURST[case.kind]):
            if case.alive:
                case.take(self.dice)
        self.turns += 1
        self.spent += time.monotonic() - began


class Bench:
    """Sets cases up over the implementation, and beside it over threading and the floor."""

    def __init__(self, job: Mapping[str, Any], subject: Subject, write: Write) -> None:
        self.subject = subject
        #: What a scenario that is on no primitive is run on: how to get at the implementation.
        self.again = functools.partial(registry.resolve, job["target"], job["as"], job["model"])
        self.loops: Mapping[str, Mapping[str, int]] = job["loops"]
        self.write = write
        self.model = subject.implementation.model
        self.crew = crews.of(self.model, subject.implementation.start_method)
        #: The implementation is threading itself, which is not set against itself; or it has
        #: changed threading, so that there is nothing to set it against.
        self.alone: bool = job["alone"] or threading.Lock is not LOCK

    def set_up(self, trio: Trio) -> None:
        """Prepare a case on each of the three, or say why it cannot be timed."""
        case = trio.case
        if not case.primitive:
            trio.prepare("subject", case, self.again)
            return
        make = self.subject.factories.get(case.primitive)
        if make is None:
            trio.lose("subject", "unavailable", f"it has no {case.primitive}")
            return
        self.write("start", case=case.id, who="subject")
        missing = self.crew.run(missing_for, case, self.subject.implementation, make)
        if missing:
            trio.lose("subject", "unavailable", missing)
            return
        trio.prepare("subject", case, make)
        beside = None if self.alone else of_threading(case)
        if beside is not None:
            trio.prepare("threading", beside, _threading(case.primitive), crews.Threads())
        lower = floor_of(case, self.model)
        if case.scenario.kind == "memory":
            return  # nothing has no size
        if lower is not None:
            trio.prepare("floor", lower, object)
        else:
            trio.prepare("floor", case, nothing_for(case, self.model), exact=False)


def nothing_for(case: Case, model: str) -> Callable[..., Any]:
    """What makes an object for a case that does nothing."""
    of = floor.AWAITED if model in TASKS else floor.FACTORIES
    return of[case.primitive]


def missing_for(case: Case, implementation: Implementation, make: Callable[..., Any]) -> str:
    """What a case needs and the implementation does not offer, or not as promised; or nothing."""
    for capability in case.scenario.needs:
        name = f"{case.primitive}.{capability}"
        reason = implementation.lacks.get(name) or _lacks(case, capability, make)
        if reason:
            return f"{name} is not offered: {reason}"
    for clause in case.scenario.relies_on:
        if _concerns(clause, case) and clause not in spec.load(implementation.family).clauses:
            return f"{clause} is not promised in the documentation of {implementation.family}"
        for deviation in active(implementation.deviations):
            if deviation.covers(clause, case.primitive, ""):
                return f"it is declared to deviate from {clause}: {deviation.does}"
    return ""


def _concerns(clause: str, case: Case) -> bool:
    return case.primitive in spec.load("threading").clauses[clause].primitives


def _lacks(case: Case, capability: str, make: Callable[..., Any]) -> str:
    if capability == "with" and not {*case.scenario.models} - {*TASKS}:
        there = hasattr(type(make(1) if "sem" in case.primitive else make()), "__aenter__")
        return "" if there else "it has no __aenter__"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coroutines that a probe has no use for
        return lacks(case.primitive, capability, make)


class Trio:
    """One case on the implementation, threading and the floor: timed next to each other."""

    def __init__(self, case: Case, bench: Bench) -> None:
        self.case = case
        self.loops = bench.loops.get(case.id, {})
        self.kind = case.scenario.kind
        self.write = bench.write
        self.bench = bench
        self.timed: dict[str, Timed] = {}
        self.alive = True
        self._ready = False

    def prepare(
        self, who: str, case: Case, make: Callable[..., Any], crew: Any = None, exact: bool = True
    ) -> None:
        """Set up on one of the three; runs its constructor, so it may fail or hang."""
        crew = crew or self.bench.crew

        def add() -> None:
            run = case.on(make, exact, crew)
            seconds = SLICE[case.scenario.kind] * (APART if crew.apart else 1)
            loops = self.loops.get(who, 0)
            self.timed[who] = Timed(run, case.scenario, seconds, loops, self._alive)

        if self.alive:
            self._guarded(who, add)

    def _alive(self) -> None:
        """A call has come back: what is slow is not stuck."""
        self.write("alive")

    def take(self, dice: random.Random) -> None:
        """One slice of each of the three, in random order."""
        if not self._ready:
            self._ready = True
            self.bench.set_up(self)
            if not self.alive:
                return
        order = list(self.timed)
        dice.shuffle(order)
        found: dict[str, Slice] = {}
        for who in order:
            self._guarded(who, functools.partial(self._slice, found, who, self.timed[who]))
            if not self.alive:
                return
        self.write("slice", case=self.case.id, **found)
        if self.kind in ONCE:
            self.alive = False

    @staticmethod
    def _slice(found: dict[str, Slice], who: str, timed: Timed) -> None:
        found[who] = timed()

    def lose(self, who: str, verdict: str, reason: str) -> None:
        self.write("lost", case=self.case.id, who=who, verdict=verdict, reason=reason)
        self.timed.pop(who, None)
        if who == "subject":
            self.alive = False

    def _guarded(self, who: str, work: Callable[[], Any]) -> None:
        self.write("start", case=self.case.id, who=who)
        before = threading.active_count()
        try:
            work()
        except UnavailableError as error:
            self.lose(who, "unavailable", str(error))
        except BaseException as error:  # also SystemExit: nothing else here would raise it
            reason = str(error) if isinstance(error, IncorrectError) else f"raised {_where(error)}"
            self.lose(who, "incorrect", reason)
            if threading.active_count() > before:
                # what it left behind would run beside everything that follows
                self.write("again")
                os._exit(0)


def machine() -> dict[str, Any]:
    """What pyperf records of the machine and the interpreter, collected by its public means."""
    import pyperf  # type: ignore[import-untyped]

    return dict(pyperf.Run([1.0], metadata={"name": "-"}).get_metadata())


def _threading(primitive: str) -> Callable[..., Any]:
    from syncproof.vocabulary import CLASS_NAMES

    return getattr(threading, CLASS_NAMES[primitive])  # type: ignore[no-any-return]


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    said = registry.one_line(error)
    return f"{said} (in {frames[-1].name})" if frames else said
