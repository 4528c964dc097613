"""What a report says, as plain data: tables, pages and the terminal all show this one model.

Numbers are rounded here, once, so that every form of the report shows the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from syncproof.results import VERDICTS, Tally
from syncproof.timing.records import REFERENCE
from syncproof.vocabulary import BINDING, CLASS_NAMES, PRIMITIVES

if TYPE_CHECKING:
    from syncproof.report.history import History

#: An interpreter's key and an implementation.
Key = tuple[str, str]

#: Where a primitive stands, of what is about an implementation and none of its primitives.
WHOLE = "whole"

#: What a cell of the matrix can say, from the best to the worst; ``absent`` is no result.
STATES = {
    "kept": "kept",
    "declared": "not offered",
    "deviates": "deviates",
    "not-offered": "not offered",
    "broken": "broken",
    "skipped": "not tried",
    "absent": "not there",
}
LEGEND = {
    "kept": "every clause that was tried is kept",
    "deviates": "departs from a clause as its adapter declares, with the reason; the rest is kept",
    "not offered": "lacks a method or an argument that a clause needs",
    "broken": "breaks a clause, and nobody declares it",
    "not there": "the implementation has no such primitive, or it was not asked for",
}
#: What a cell without a usable time is called.
VERDICT_LEGEND = {
    "noisy": "the halves of the run or its processes disagree: the bounds say how far to trust it",
    "invalid": "its threads were at work together for less than half of the time, or, of what"
    " blocks or contends, another run may well be more than 20 % apart: it does not repeat",
    "incorrect": "the result was wrong: no time",
    "stuck": "nothing came back within the deadline: no time",
    "unavailable": "it lacks what the scenario needs, or no time was left",
}
#: What a time is marked with besides.
BREAKS_LEGEND = "a check of this version has found clauses of that primitive broken"
#: The execution models, as somebody who chooses tells them apart.
ACTORS = {
    "thread": "threads", "process": "processes", "asyncio": "tasks", "uvloop": "tasks",
    "trio": "tasks", "anyio": "tasks", "gevent": "greenlets", "eventlet": "greenlets",
}
OUTCOME_WORDS = {
    "fail": "broken", "hang": "hangs", "crash": "crashes", "error": "error",
    "stale-deviation": "stale deviation", "not-offered": "not offered",
}


@dataclass(frozen=True)
class Interpreter:
    """One interpreter on one machine."""

    key: str
    title: str
    #: As the folders of a run are called.
    name: str
    machine: str
    processor: str
    build: str
    #: What the publisher calls the machine.
    label: str = ""
    #: Whether it was built without the GIL.
    free_threaded: bool = False


@dataclass
class Subject:
    """One implementation on one interpreter."""

    interpreter: Interpreter
    implementation: str
    version: str = ""
    #: What its actors are: thread, process, asyncio ...
    model: str = ""
    #: Its result files, as addresses from where the report is.
    files: list[str] = field(default_factory=list)
    #: As the history of several runs calls it.
    line: tuple[str, str] = ("", "")
    about: str = ""
    gil: str = ""
    checked: str = ""
    depth: str = ""
    check_complete: bool = True
    #: Whether it was checked at all, and what came of it.
    conformant: bool | None = None
    timed: str = ""
    timing_complete: bool = True
    load: tuple[float, float] | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.interpreter.key, self.implementation

    @property
    def actors(self) -> str:
        return ACTORS.get(self.model, "mixed" if self.model else "threads")

    @property
    def verdict(self) -> str:
        if self.conformant is None:
            return "not checked"
        if self.conformant:
            return "conformant"
        return "not conformant" if self.check_complete else "cut short"


@dataclass(frozen=True)
class Promise:
    """A clause, as far as the spec at the desk knows it."""

    id: str
    level: str
    text: str = ""
    url: str = ""


@dataclass
class Finding:
    """What one test has found about clauses of one primitive, wherever it found the same."""

    implementation: str
    primitive: str
    outcome: str
    clauses: list[Promise]
    message: str
    test: str = ""
    trace: list[tuple[str, str]] = field(default_factory=list)
    command: str = ""
    link: str = ""
    variants: list[str] = field(default_factory=list)
    interpreters: list[str] = field(default_factory=list)
    declared: bool = False
    #: Where it was found, as the history of several runs calls it.
    lines: list[tuple[str, str]] = field(default_factory=list)
    #: Not broken in the run before.
    new: bool = False

    @property
    def actors(self) -> list[str]:
        return list(dict.fromkeys(actor for actor, _ in self.trace if actor))

    @property
    def word(self) -> str:
        return OUTCOME_WORDS.get(self.outcome, self.outcome)


@dataclass
class Note:
    """What a clause of a matrix cell came to, where that is more than that it is kept."""

    outcome: str
    message: str
    variants: list[str]


@dataclass
class ClauseRow:
    """One clause in one cell of the matrix."""

    promise: Promise
    verdict: str
    passed: int
    notes: list[Note]


@dataclass
class MatrixCell:
    """One primitive of one implementation on one interpreter."""

    subject: Subject
    primitive: str
    tally: Tally
    rows: list[ClauseRow]
    command: str

    @property
    def state(self) -> str:
        binding = [r.verdict for r in self.rows if r.promise.level in BINDING]
        return max(binding, key=VERDICTS.index, default="skipped")

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.tally.columns()

    @property
    def tried(self) -> int:
        return sum(self.counts)


class Ratio(NamedTuple):
    """How many times as long as something beside it, and between what that lies."""

    estimate: float
    low: float
    high: float


class Sample(NamedTuple):
    """One slice: its own ns an operation, and those of the slices beside it (0: none)."""

    own: float
    threading: float
    floor: float


@dataclass
class Figure:
    """One cell of the benchmarks; times in ns an operation, sizes in bytes."""

    subject: Subject
    id: str
    scenario: str
    primitive: str
    parameters: Mapping[str, Any]
    kind: str
    operation: str
    reading: str
    verdict: str
    reason: str
    floor_is: str
    model: str = "thread"
    #: ns, or B for bytes.
    unit: str = "ns"
    #: The parameter with which it grows, if it is measured for that.
    growth: str = ""
    median: float | None = None
    low: float | None = None
    high: float | None = None
    best: float | None = None
    p10: float | None = None
    p90: float | None = None
    floor: float | None = None
    to_threading: Ratio | None = None
    to_floor: Ratio | None = None
    overlap: float | None = None
    #: Jain's index of how the operations were shared out: 1 where all had the same.
    jain: float | None = None
    most_to_least: float | None = None
    #: The longest time in which one actor had nothing.
    starved: float | None = None
    #: How long single events took: part of them, and ns. The last is the longest of all.
    latencies: list[tuple[float, float]] = field(default_factory=list)
    processes: int = 0
    slices: int = 0
    #: How many clauses of its primitive the same version breaks there: a time of what is wrong.
    #: None where nobody has checked it.
    breaks: int | None = None
    samples: list[Sample] = field(default_factory=list, repr=False)

    @property
    def timed(self) -> bool:
        return self.median is not None


@dataclass(frozen=True)
class Page:
    """A page of findings: its text, and the same as HTML (marked as such) that can do no harm."""

    name: str
    title: str
    text: str
    html: str


@dataclass
class Model:
    """Everything that a report shows."""

    made: str
    date: str
    syncproof: str
    interpreters: list[Interpreter]
    subjects: list[Subject]
    implementations: list[str]
    matrix: dict[tuple[str, str, str], MatrixCell]
    failures: list[Finding]
    lacks: list[Finding]
    deviations: list[Finding]
    properties: list[Finding]
    notes: list[str]
    figures: list[Figure]
    refused: list[str]
    history: History
    #: On what was found by hand.
    pages: list[Page]
    reference: str = REFERENCE

    def primitives(self) -> list[str]:
        """Those of which there is a result, in the order in which they are shown."""
        found = {key[2] for key in self.matrix} | {f.primitive for f in self.figures}
        return [p for p in PRIMITIVES if p in found]

    def topics(self) -> list[str]:
        """The same, and the implementation as a whole where something is timed of that."""
        return [*self.primitives(), *([WHOLE] if any(f.primitive == WHOLE for f in self.figures)
                                      else [])]  # fmt: skip

    def checked(self) -> list[Subject]:
        return [s for s in self.subjects if s.conformant is not None]

    def timed(self, primitive: str, interpreter: str) -> list[Figure]:
        return [
            f for f in self.figures
            if f.primitive == primitive and f.subject.interpreter.key == interpreter
        ]

    def fullest(self) -> Interpreter:
        """The interpreter on which most was timed, which the page shows first."""
        timed = Counter(f.subject.interpreter.key for f in self.figures if f.timed)
        return max(reversed(self.interpreters), key=lambda i: timed[i.key])

    def class_name(self, primitive: str) -> str:
        return CLASS_NAMES.get(primitive, "As a whole" if primitive == WHOLE else primitive)
