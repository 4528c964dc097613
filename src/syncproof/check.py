"""Checks implementations: every primitive of each in a process of its own, several at once."""

from __future__ import annotations

import contextlib
import datetime
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from syncproof import spec as specs
from syncproof.actors.models import IN_REAL_TIME, LOOPS
from syncproof.interpreters import processors
from syncproof.results import Report, Result
from syncproof.sandbox.inspection import Target
from syncproof.sandbox.pair import Options, Pair
from syncproof.sandbox.template import Template
from syncproof.vocabulary import PRIMITIVES

#: The primitives whose suites take longest come first, so that the last process ends early.
LONGEST_FIRST = ("condition", "barrier", "bounded_semaphore", "semaphore", "rlock", "lock", "event")
#: More processes at once than this disturb each other's waits for nothing.
MOST_AT_ONCE = 4
#: Between two looks at the journals.
LOOK_INTERVAL = 0.02


class Progress(Protocol):
    """What is told while a check goes on."""

    def begin(self, pairs: int) -> None: ...

    def moved(self, running: Sequence[Pair], finished: int) -> None: ...

    def finished(self, pair: Pair) -> None: ...

    def end(self) -> None: ...


@dataclass
class Plan:
    """What is to be checked: targets, which of their primitives, and how."""

    targets: Sequence[Target]
    primitives: Sequence[str] = ()
    options: Options = field(default_factory=Options)
    workers: int = 0

    def of(self, target: Target) -> list[str]:
        """The primitives of a target that are to be checked: those with anything to check."""
        wanted = set(self.primitives or PRIMITIVES) & set(target.primitives)
        if self.options.clauses:
            spec = specs.load(target.family)
            asked = [c for c in spec if self.options.wants(c.id)]
            wanted &= {p for c in asked for p in c.primitives}
        return [p for p in PRIMITIVES if p in wanted]


class Check:
    """A check under way. ``run`` it; ``reports`` tells what has been found, also when cut short."""

    def __init__(
        self,
        plan: Plan,
        progress: Progress,
        tell: Callable[[Report], None] | None = None,
        template: Template | None = None,
    ) -> None:
        self.plan = plan
        #: What the processes are copies of, begun by the caller or by ``run``; it ends with that.
        self.template = template
        self.progress = progress
        #: Called with the report on each target as soon as it is whole.
        self.tell = tell or (lambda report: None)
        self.started = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        self.pairs: dict[int, list[Pair]] = {i: [] for i in range(len(plan.targets))}
        self.interrupted = False
        #: The targets that were done before any interruption, by number.
        self.whole: set[int] = set()

    def run(self) -> None:
        """Check everything; on Ctrl-C end at once, with what there is."""
        top = tempfile.mkdtemp(prefix="syncproof-")
        template = self.template = self.template or Template()
        try:
            models = {target.model for target in self.plan.targets}
            if len(models) == 1:  # what drives others would be in the way of these
                template.prepare([LOOPS[model] for model in models if model in LOOPS])
            waiting = list(self._pairs(Path(top)))
            self.progress.begin(len(waiting))
            self._run(waiting)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            with _undisturbed():
                for pairs in self.pairs.values():
                    for pair in pairs:
                        pair.stop()
                template.close()
                self.progress.end()
                shutil.rmtree(top, ignore_errors=True)

    def _run(self, waiting: list[Pair]) -> None:
        running: list[Pair] = []
        finished = 0
        at_once = self.plan.workers or workers_here({t.model for t in self.plan.targets})
        while waiting or running:
            while waiting and len(running) < at_once:
                pair = waiting.pop(0)
                pair.start()
                running.append(pair)
            time.sleep(LOOK_INTERVAL)
            for pair in [p for p in running if p.poll()]:
                running.remove(pair)
                finished += 1
                self.progress.finished(pair)
                self._tell_if_whole(pair)
            self.progress.moved(running, finished)

    def _tell_if_whole(self, pair: Pair) -> None:
        for number, pairs in self.pairs.items():
            if pair in pairs and all(p.over for p in pairs):
                self.whole.add(number)
                self.tell(self._report(number, self.plan.targets[number]))

    def _pairs(self, top: Path) -> Iterator[Pair]:
        for number, target in enumerate(self.plan.targets):
            for primitive in LONGEST_FIRST:
                if primitive in self.plan.of(target):
                    folder = top / f"{number}-{primitive}"
                    pair = Pair(target, primitive, self.plan.options, folder, self.template)
                    self.pairs[number].append(pair)
                    yield pair

    def reports(self) -> list[Report]:
        """What has been found about each target."""
        return [self._report(i, target) for i, target in enumerate(self.plan.targets)]

    def _report(self, number: int, target: Target) -> Report:
        pairs = sorted(self.pairs[number], key=lambda p: PRIMITIVES.index(p.primitive))
        results: list[Result] = []
        for pair in pairs:
            results += [*pair.results, *pair.stale()]
        options = self.plan.options
        return Report(
            implementation=target.name,
            version=target.version,
            model=target.model,
            family=target.family,
            interpreter=target.interpreter,
            results=results,
            target=target.target,
            about=target.about,
            seconds=round(sum(p.seconds for p in pairs), 2),
            started=self.started,
            depth=options.depth,
            selection={
                "primitives": self.plan.of(target),
                "clauses": list(options.clauses),
                "detail": options.detail,
                "as": target.kind,
                "model": target.chosen,
                "as_of": options.as_of,
            },
            complete=not self.interrupted or number in self.whole,
        )


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not leave half of the processes behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def workers_here(models: Collection[str]) -> int:
    """How many pairs to check at once: one a processor, up to four.

    Of tasks and greenlets two: they disturb nobody's waits, and leave no processor idle.
    """
    each = 1 if any(model in IN_REAL_TIME for model in models) else 2
    return min(MOST_AT_ONCE, each * processors())
