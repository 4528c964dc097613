"""A process of its own for an ordeal, which may hang or kill whatever undergoes it.

The child says what it tries and what it finds, line by line; the parent waits for its end, for so
long and no longer, and knows from the last line where it got stuck.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from syncproof.actors import Scene
from syncproof.actors.delays import Delays
from syncproof.actors.threads import Threads
from syncproof.registry import TargetError, resolve
from syncproof.sandbox.process import Child, enter_users_folder, leave_no_core
from syncproof.subject import Subject
from syncproof.suite.journal import Journal, events

#: Seconds by how many operations have hung before, as in `sandbox.pair`, which must not lose its
#: patience first: without a word from the child, for a new trial to begin, and in all.
PATIENCE = (3.0, 2.0, 1.5)
ENOUGH = (6.0, 2.5, 1.0)
MOST = (11.0, 4.5, 2.5)
#: Looks at the child come so many seconds apart.
LOOK = 0.005


@dataclass
class Answer:
    """What came of an ordeal."""

    found: list[str] = field(default_factory=list)
    #: Why nothing could be found out.
    unfit: str = ""
    #: What was tried when it stuck or died, and what became of it; empty where it came to its end.
    unfinished: str = ""
    #: How the process ended.
    ending: str = ""


@dataclass(frozen=True)
class Suspect:
    """What undergoes the ordeal, in words that another process understands."""

    target: str
    kind: str
    primitive: str


class Stage:
    """What an ordeal has in its process: the implementation, actors, and a way to tell."""

    def __init__(self, subject: Subject, primitive: str, delays: Delays, answer: Path) -> None:
        self.subject = subject
        self.primitive = primitive
        self.delays = delays
        self._answer = Journal(answer)
        self._began = time.monotonic()

    @property
    def has_time(self) -> bool:
        """Whether another trial may begin."""
        return time.monotonic() - self._began < _of(ENOUGH, self.delays)

    def make(self, *args: Any) -> Any:
        """One more of the primitive; a barrier is for two unless something else is said."""
        if self.primitive == "barrier" and not args:
            args = (2,)
        return self.subject.factories[self.primitive](*args)

    def scene(self) -> Scene:
        """Fresh actors, who know nothing of those that are stuck elsewhere."""
        return Scene(Threads(self.delays), self.delays)

    def tries(self, what: str) -> None:
        self._answer.write("tries", text=what)

    def finds(self, what: str) -> None:
        self._answer.write("finds", text=what)

    def is_unfit(self, why: str) -> None:
        self._answer.write("unfit", text=why)

    def is_over(self) -> None:
        self._answer.write("over")


def holding(thing: Any, operation: Callable[[], Any]) -> Any:
    """Do an operation in a with block of the thing."""
    with thing:
        return operation()


def undergo(ordeal: str, suspect: Suspect, delays: Delays) -> Answer:
    """Let the suspect undergo ``module:function``, in a process of its own; what came of it."""
    with tempfile.TemporaryDirectory(prefix="syncproof-") as name:
        folder = Path(name)
        answer = folder / "answer"
        answer.touch()
        words = [ordeal, suspect.target, suspect.kind, suspect.primitive]
        words += [str(delays.factor), str(delays.poll_interval), str(delays.hangs), str(answer)]
        child = Child(__name__, words, folder)
        patience, most = _of(PATIENCE, delays) * delays.factor, _of(MOST, delays)
        try:
            in_time = _ends(child, answer, patience, most)
        finally:
            child.kill()
        return _read(answer, child, in_time, min(patience, most))


def _of(seconds: tuple[float, ...], delays: Delays) -> float:
    return seconds[min(delays.hangs, len(seconds) - 1)]


def _ends(child: Child, answer: Path, patience: float, most: float) -> bool:
    began = heard = child.patience_clock()
    words = 0
    while not child.ended:
        now, size = child.patience_clock(), answer.stat().st_size
        if size != words:
            heard, words = now, size
        if now - heard > patience or now - began > most:
            return False
        time.sleep(LOOK)
    return True


def _read(answer: Path, child: Child, in_time: bool, patience: float) -> Answer:
    told = Answer(ending=child.ending() if in_time else f"did not go on for {patience:.0f} s")
    tried, over = "loading it", False
    for event in events(answer):
        if event["event"] == "tries":
            tried = event["text"]
        elif event["event"] == "finds":
            told.found.append(event["text"])
        elif event["event"] == "unfit":
            told.unfit = event["text"]
        else:
            over = True
    if not over and not told.unfit:
        told.unfinished = f"{tried}: the process {told.ending}"
        if tried == "loading it":
            lines = child.output().splitlines()
            told.unfit = f"it cannot be loaded in a process of its own: {(lines or [''])[-1]}"
    return told


def main() -> None:
    """In the child: the stacks file, then what `undergo` has written."""
    _, ordeal, target, kind, primitive, factor, poll, hangs, answer = sys.argv[1:]
    from syncproof.child import die_with_parent

    leave_no_core()
    die_with_parent()
    enter_users_folder()
    delays = Delays(factor=float(factor), poll_interval=float(poll), hangs=int(hangs))
    try:
        subject = Subject(resolve(target, kind))
    except TargetError as error:
        print(error)
        os._exit(1)
    stage = Stage(subject, primitive, delays, Path(answer))
    module, _, function = ordeal.partition(":")
    ends_by_itself = bool(getattr(import_module(module), function)(stage))
    stage.is_over()
    if not ends_by_itself:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        os._exit(0)  # whatever threads are stuck

