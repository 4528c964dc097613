"""The default sampler: short slices in random order, spread over several processes.

On a machine that others use, a block of time belongs to whoever else is busy then, and two blocks
cannot be set against each other. So nothing is timed in a block. There are several rounds; in each,
every implementation in random order has a worker process of its own; a worker takes its cases in
random order, over and over, for about a millisecond each, which is several slices; and each slice
is taken side by side with one of threading and one of the floor.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncproof.actors.delays import load_factor
from syncproof.sandbox.inspection import Target
from syncproof.sandbox.process import Child
from syncproof.timing import histogram
from syncproof.timing.records import REFERENCE, Process, Record, Session, load_average
from syncproof.timing.scenarios import Case, floors
from syncproof.timing.worker import WHO

#: Processes for each implementation: seven on each side are what a comparison of forty cases needs
#: to be able to find anything (see ``statistics.smallest_p``).
ROUNDS = (2, 8)
#: What a process costs before its first slice, and how its turns are estimated, in seconds.
START = 0.5
COST = {"hot": 0.004, "blocking": 0.030, "window": 0.170, "latency": 0.040, "memory": 0.02}
#: A round as planned is so many times as long as one in which every case has one turn.
FULL = 1.5
#: How often a worker is started again in one round after a case has brought it down.
LIVES = 8


@dataclass(frozen=True)
class Progress:
    """How far a run is: passed to the caller now and then, and at the end of each worker."""

    done: float
    message: str
    left: float


Report = Callable[[Progress], None]


def sample(
    targets: Sequence[tuple[Target, Sequence[Case]]],
    budget: float,
    seed: int,
    report: Report,
) -> Iterator[Session]:
    """Time every target; a session for each, also when it is interrupted (then incomplete)."""
    run = _Run(targets, budget, seed, report)
    try:
        run.rounds()
    except KeyboardInterrupt:
        for session in run.sessions:
            session.complete = False
    yield from run.sessions


class _Run:
    def __init__(
        self,
        targets: Sequence[tuple[Target, Sequence[Case]]],
        budget: float,
        seed: int,
        report: Report,
    ) -> None:
        self.began = time.monotonic()
        self.end = self.began + budget
        self.budget = budget
        self.dice = random.Random(seed)
        self.report = report
        now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self.sessions = [
            Session(t, [Record(c) for c in [*cases, *floors(t.model)]], seed=seed, started=now)
            for t, cases in targets
        ]
        #: Each worker has a number of its own, also one that goes on where another was killed.
        self.numbers = itertools.count()
        #: How many loops fill a slice, by implementation, case and who, as the last worker has it.
        self.loops: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        #: Cases that were stuck so far: patience shrinks with them.
        self.hangs: Counter[str] = Counter()
        self.costs = [START + sum(COST[c.scenario.kind] for c in cases) for _, cases in targets]

    def rounds(self) -> None:
        fewest, most = ROUNDS
        rounds = max(fewest, min(most, int(self.budget / (FULL * sum(self.costs) + 1e-9))))
        queue = []
        for number in range(rounds):
            order = list(range(len(self.sessions)))
            self.dice.shuffle(order)
            queue += [(number, index) for index in order]
        for place, (number, index) in enumerate(queue):
            ahead = sum(self.costs[i] for _, i in queue[place:])
            left = self.end - time.monotonic()
            share = max(0.0, left) * self.costs[index] / ahead
            session = self.sessions[index]
            self._tell(f"round {number + 1} of {rounds}: {session.target.name}")
            began = time.monotonic()
            try:
                self._round(session, share)
            finally:
                session.seconds += time.monotonic() - began
        self._tell("done")

    def _tell(self, message: str) -> None:
        spent = time.monotonic() - self.began
        self.report(
            Progress(min(1.0, spent / self.budget), message, max(0.0, self.budget - spent))
        )

    def _patience(self, session: Session) -> float:
        """How long one call of a scenario may take before it is stuck: not much of the budget.

        The longest ones that are sound are short: a slow implementation wakes 64 waiters in a
        second. After two hangs there is less to hope for.
        """
        patience = min(5.0, max(1.5, self.budget / 20)) * min(3.0, load_factor())
        return patience if self.hangs[session.target.name] < 2 else max(1.0, patience / 3)

    def _round(self, session: Session, share: float) -> None:
        """One worker; a case that brings it down is lost, and another goes on with the rest."""
        end = time.monotonic() + share
        session.loads.append(load_average())
        for _ in range(LIVES):
            cases = [r.case.id for r in session.records if r.lost is None and r.case.primitive]
            seconds = end - time.monotonic() - 0.05
            if not cases or seconds <= 0:
                return
            taken = _Taken(session, next(self.numbers), self.loops[session.target.name])
            job = {
                "target": session.target.target,
                "as": session.target.kind,
                "model": session.target.chosen,
                "cases": cases,
                "seconds": seconds,
                "taken": {
                    r.case.id: sum(len(p.values) for p in r.processes) for r in session.records
                },
                "loops": self.loops[session.target.name],
                "seed": self.dice.getrandbits(32),
                "alone": session.target.name == REFERENCE,
            }
            try:
                ended = work(job, taken.event, self._patience(session))
            finally:
                taken.keep()
            if ended is None and not taken.over:
                ended = Ended("incorrect", "its process exited before it was done")
            if ended:
                taken.blame(ended)
                self.hangs[session.target.name] += ended.verdict == "stuck"
            elif not taken.again:
                return


class _Taken:
    """What one worker said."""

    def __init__(
        self, session: Session, number: int, loops: dict[str, dict[str, int]]
    ) -> None:
        self.loops = loops
        self.records = {r.case.id: r for r in session.records}
        self.session = session
        self.number = number
        self.processes: dict[str, Process] = {}
        self.metadata: dict[str, Any] = {}
        self.at = ("", "")
        #: It said that it was done, or that another has to go on.
        self.over = self.again = False

    def event(self, event: dict[str, Any]) -> None:
        kind = event.pop("event")
        if kind == "hello":
            self.session.interpreter = event["interpreter"]
            self.metadata = {
                **event["metadata"],
                "gil_enabled": event["interpreter"]["gil_enabled"],
                "switch_interval": event["interpreter"]["switch_interval"] or 0.0,
            }
        elif kind == "start":
            self.at = (event["case"], event["who"])
        elif kind == "slice":
            self._slice(event.pop("case"), event)
        elif kind == "lost":
            self._lost(event["case"], event["who"], event["verdict"], event["reason"])
        elif kind == "again":
            self.over = self.again = True
        elif kind == "end":
            self.over = True
            self.session.loads.append(event["load"])
            if "gil_enabled" in event:  # as it was while it was timed
                self.metadata["gil_enabled"] = event["gil_enabled"]
        elif kind == "unusable":
            self.over = True
            self._unusable(event["reason"])

    def _slice(self, case: str, event: dict[str, Any]) -> None:
        process = self.processes.setdefault(case, Process(self.number))
        subject = event["subject"]
        process.values.append(subject["value"])
        process.loops = subject["loops"]
        if "overlap" in subject:
            process.overlaps.append(subject["overlap"])
            process.counts.append(subject["counts"])
            process.gaps.append(subject["gap"])
        process.latencies += histogram.loaded(subject.get("latencies", ""))
        for who in WHO[1:]:
            if who in event:
                getattr(process, who).append(event[who]["value"])
        for who, taken in event.items():
            self.loops[case][who] = taken["loops"]

    def _lost(self, case: str, who: str, verdict: str, reason: str) -> None:
        if who == "subject":
            self.records[case].lost = (verdict, reason)

    def blame(self, end: Ended) -> None:
        """The worker died or was killed: at what it had begun last."""
        case, who = self.at
        if case not in self.records:
            self._unusable(f"its worker never began: {end.reason}")
            return
        reason = end.reason if who == "subject" else f"{end.reason}, in {who} beside it"
        self.records[case].lost = (end.verdict, reason)

    def _unusable(self, reason: str) -> None:
        """Nothing could be timed this time; what was timed before is as good as it was."""
        for record in self.records.values():
            if not record.processes and record.lost is None:
                record.trouble = reason

    def keep(self) -> None:
        """Add the slices to the records; references that are not complete are of no use."""
        for case, process in self.processes.items():
            process.metadata = self.metadata
            for who in WHO[1:]:
                if len(getattr(process, who)) != len(process.values):
                    setattr(process, who, [])
            self.records[case].processes.append(process)


@dataclass(frozen=True)
class Ended:
    """How a worker ended that did not end well."""

    verdict: str
    reason: str


def work(
    job: dict[str, Any], on_event: Callable[[dict[str, Any]], None], patience: float
) -> Ended | None:
    """Run a worker and pass on what it says; None if it ended well.

    It is killed when it says nothing for too long: a case that is stuck says nothing.
    """
    with tempfile.TemporaryDirectory(prefix="syncproof-") as name:
        folder = Path(name)
        journal, file = folder / "journal", folder / "job.json"
        journal.touch()
        file.write_text(json.dumps({**job, "journal": str(journal)}), encoding="utf-8")
        child = Child("syncproof.timing.worker", [str(file)], folder)
        with journal.open(encoding="utf-8") as lines:
            try:
                stuck = _listen(child, lines, on_event, patience)
            finally:
                child.kill()
                for line in _complete(lines):
                    on_event(json.loads(line))
        if stuck is not None:
            return Ended("stuck", f"said nothing for {patience:.0f} s{stuck}")
        if child.process.returncode != 0:
            return Ended("incorrect", f"its process {child.ending()}")
        return None


def _listen(
    child: Child, lines: Any, on_event: Callable[[dict[str, Any]], None], patience: float
) -> str | None:
    """None when the worker has ended; where its threads are when it had to be given up."""
    heard, grace = child.patience_clock(), 4.0  # to start and import what is timed
    while not child.ended:
        said = _complete(lines)
        for line in said:
            on_event(json.loads(line))
        if said:
            heard, grace = child.patience_clock(), 1.0
        elif child.patience_clock() - heard > patience * grace:
            return _places(child.stacks())
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=0.05)
    return None


def _complete(lines: Any) -> list[str]:
    """The whole lines that have come; half a one is left for later."""
    found: list[str] = []
    while True:
        place = lines.tell()
        line = lines.readline()
        if not line.endswith("\n"):
            lines.seek(place)
            return found
        found.append(line)


def _places(stacks: str) -> str:
    """Where the threads were, innermost first, in short."""
    found = []
    for block in stacks.split("\n\n"):
        calls = [line.strip() for line in block.splitlines() if line.strip().startswith("File ")]
        if calls:
            found.append(" < ".join(c.rsplit(" in ", 1)[-1] for c in calls[:3]))
    return f"; its threads: {'; '.join(dict.fromkeys(found))[:400]}" if found else ""
