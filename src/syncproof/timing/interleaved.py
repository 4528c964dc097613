"""The default sampler: short slices in random order, spread over several processes.

On a machine that others use, a block of time belongs to whoever else is busy then, and two blocks
cannot be set against each other. So nothing is timed in a block. There are several rounds; in each,
every implementation in random order has a worker process of its own; a worker takes its cases in
random order, over and over, for about a millisecond each, which is several slices; and each slice
is taken side by side with one of threading and one of the floor.
"""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncproof.actors.delays import load_factor
from syncproof.sandbox.inspection import Target
from syncproof.timing import histogram, machine
from syncproof.timing.planning import ONCE, SHORTEST, SLICES, START, plan
from syncproof.timing.records import REFERENCE, Process, Record, Session, load_average
from syncproof.timing.scenarios import Case, floors
from syncproof.timing.worker import WHO
from syncproof.timing.workers import Ended, work

#: How often a worker is started again in one round after a case has brought it down.
LIVES = 8
#: What part of the budget is kept for writing files, and what part for those cases that have not
#: had a single slice when all rounds are over.
WRITING, GAPS = 0.01, 0.05
#: How many such cases take as long as the start of the process for them.
GAP = 4
#: What there is is handed over after so many seconds, whatever comes later, and after such a part
#: of the budget, since writing takes time as well.
KEPT_EVERY, KEPT_PART = 60.0, 0.2


@dataclass(frozen=True)
class Progress:
    """How far a run is: passed to the caller now and then, and at the end of each worker."""

    done: float
    message: str
    left: float
    #: Whether the message is to stay, and not to be replaced by the next.
    lasting: bool = False


Report = Callable[[Progress], None]


Keep = Callable[[Session], None]


def sample(
    targets: Sequence[tuple[Target, Sequence[Case]]],
    budget: float,
    seed: int,
    report: Report,
    keep: Keep,
    earlier: Mapping[str, Session],
) -> Iterator[Session]:
    """Time every target; a session for each, also when it is interrupted (then incomplete).

    ``keep`` is called with each session now and then, so that nothing is lost whatever happens.
    ``earlier`` holds sessions that were interrupted, by the name of the implementation: they go on.
    """
    run = _Run(targets, budget, seed, report, keep, earlier)
    try:
        run.rounds()
    except KeyboardInterrupt:
        run.finish(complete=False)
    else:
        run.finish(complete=True)
    yield from run.sessions


class _Run:
    def __init__(
        self,
        targets: Sequence[tuple[Target, Sequence[Case]]],
        budget: float,
        seed: int,
        report: Report,
        keep: Keep,
        earlier: Mapping[str, Session],
    ) -> None:
        self.began = time.monotonic()
        #: When the rounds are to be over.
        self.end = self.began + budget * (1 - WRITING - GAPS)
        self.budget = budget
        self.dice = random.Random(seed)
        self.report = report
        self.keep = keep
        now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        self.sessions = [
            earlier.get(t.name)
            or Session(t, [Record(c) for c in [*cases, *floors(t.model)]], seed=seed, started=now)
            for t, cases in targets
        ]
        #: How many rounds each has had before.
        self.had = [_rounds_of(session) for session in self.sessions]
        of = [(t.start_method or t.model, cases) for t, cases in targets]
        self.plan = plan(of, budget, load_factor(), WRITING + GAPS)
        #: Each worker has a number of its own, also one that goes on where another was killed.
        self.numbers = itertools.count(1 + max(map(_last_number, self.sessions), default=-1))
        #: How many loops fill a slice, by implementation, case and who, as the last worker has it.
        self.loops: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        #: Cases that were stuck so far: patience shrinks with them.
        self.hangs: Counter[str] = Counter()
        #: Whether a worker has been started for it.
        self.begun: dict[str, bool] = defaultdict(bool)
        self.watch = machine.Watch()
        self.kept = time.monotonic()

    def rounds(self) -> None:
        rounds = self.plan.rounds
        queue = []
        for number in range(rounds):
            order = [i for i, had in enumerate(self.had) if number < max(1, rounds - had)]
            self.dice.shuffle(order)
            queue += [(number, index) for index in order]
        self._tell(self.plan.told(), lasting=True)
        for place, (number, index) in enumerate(queue):
            parts = [self._part(i) for i in range(len(self.sessions))]
            ahead = sum(parts[i] for _, i in queue[place:])
            left = self.end - time.monotonic()
            share = max(0.0, left) * parts[index] / ahead
            session = self.sessions[index]
            self._tell(f"round {number + 1} of {rounds}: {session.target.name}")
            # what is waited in vain is lent to it, as far as the rounds behind can do without
            spare = max(0.0, min(share, left - share))
            turn = self.had[index] + number
            self._round(session, turn, share, self._wanting(session), spare)
            if time.monotonic() - self.kept > max(KEPT_EVERY, KEPT_PART * self.budget):
                self.finish(complete=False)
        self._close_gaps()
        self._tell("done")

    def _part(self, index: int) -> float:
        """What one has of the time that is left; more, if its first round was too short for all.

        A plan knows what slices cost as a rule; those of a server, or of files, cost what they do.
        """
        session = self.sessions[index]
        if not self.begun[session.target.name]:
            return self.plan.parts[index]
        wanting = len(self._wanting(session))
        return self.plan.parts[index] * (1 + len(self._missed(session)) / max(1, wanting))

    def _close_gaps(self) -> None:
        """Cases that hangs or slow neighbours have left no time for have what was kept for them.

        Who lacks few of them comes first, and leaves what it does not need to who lacks many.
        """
        end = self.end + GAPS * self.budget
        missed = [(s, i, cases) for i, s in enumerate(self.sessions) if (cases := self._missed(s))]
        missed.sort(key=lambda gap: len(gap[2]))
        for place, (session, index, cases) in enumerate(missed):
            self._tell(f"{len(cases)} without time: {session.target.name}")
            ahead = sum(GAP + len(cases) for _, _, cases in missed[place:])
            share = (end - time.monotonic()) * (GAP + len(cases)) / ahead
            self._round(session, self.had[index] + self.plan.rounds, share, cases)

    def finish(self, complete: bool) -> None:
        """Hand over all there is; of a run that was cut short, nothing that had not begun."""
        self.kept = time.monotonic()
        for session in self.sessions:
            session.complete = complete
            session.machine = self.watch.record()
            if complete or any(r.processes or r.lost for r in session.records):
                self.keep(session)

    def _tell(self, message: str, lasting: bool = False) -> None:
        spent = time.monotonic() - self.began
        self.report(
            Progress(
                min(1.0, spent / self.budget), message, max(0.0, self.budget - spent), lasting
            )
        )

    def _patience(self, session: Session) -> float:
        """How long one call of a scenario may take before it is stuck: not much of its time.

        The longest ones that are sound are short: a slow implementation wakes 64 waiters in a
        second. After two hangs there is less to hope for.
        """
        share = self.budget / len(self.sessions)
        patience = min(8.0, max(3.0, share / 6)) * min(3.0, load_factor())
        return patience if self.hangs[session.target.name] < 2 else max(1.5, patience / 3)

    def _wanting(self, session: Session) -> list[Record]:
        """The cases of it that are timed."""
        return [
            r for r in session.records
            if not r.case.scenario.is_floor and r.case.id not in self.plan.left_out
        ]

    def _missed(self, session: Session) -> list[Record]:
        """Those of them that could have been timed, and have not been."""
        return [r for r in self._wanting(session) if not (r.processes or r.lost or r.trouble)]

    def _round(
        self, session: Session, number: int, share: float, wanting: Sequence[Record],
        spare: float = 0.0,
    ) -> None:
        """One worker; a case that brings it down is lost, and another goes on with the rest.

        Up to ``spare`` seconds of waiting for what is stuck are not counted as part of its share,
        which is for the other cases of this implementation.
        """
        began = time.monotonic()
        try:
            self._lives(session, number, began + share, wanting, spare)
        finally:
            session.seconds += time.monotonic() - began

    def _lives(
        self, session: Session, number: int, end: float, wanting: Sequence[Record], spare: float
    ) -> None:
        session.loads.append(load_average())
        for _ in range(LIVES):
            cases = [r.case.id for r in wanting if not _over(r)]
            seconds = end - time.monotonic() - 0.05
            if not cases or seconds <= (START + SHORTEST if self.begun[session.target.name] else 0):
                return
            self.begun[session.target.name] = True
            taken = _Taken(session, next(self.numbers), number, self.loops[session.target.name])
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
            patience = self._patience(session)
            try:
                ended = work(job, taken.event, patience)
            finally:
                taken.keep()
            if ended is None and not taken.over:
                ended = Ended("incorrect", "its process exited before it was done")
            if ended:
                taken.blame(ended)
                if ended.verdict == "stuck":
                    self.hangs[session.target.name] += 1
                    lent = min(patience, spare) if taken.at[0] else 0.0
                    end, spare = end + lent, spare - lent
            elif not taken.again:
                return


def _over(record: Record) -> bool:
    """Whether a case needs no slices any more."""
    once = record.case.scenario.kind in ONCE and len(record.processes) >= SLICES
    return once or record.lost is not None


def _rounds_of(session: Session) -> int:
    numbers = {p.metadata.get("round") for r in session.records for p in r.processes}
    return len(numbers)


def _last_number(session: Session) -> int:
    return max((p.number for r in session.records for p in r.processes), default=-1)


class _Taken:
    """What one worker said."""

    def __init__(
        self, session: Session, number: int, turn: int, loops: dict[str, dict[str, int]]
    ) -> None:
        self.turn = turn
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
                "round": self.turn,
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
