"""Programs on real threads, for what no scheduler controls: C code, and anything else.

Many short programs run, each on a new object, with threads that are made to change places between
the operations; what happened is recorded and the oracle is asked. A crew of threads is used for
program after program, and a few crews at once, for most of the time they sleep.

The record is sound on every build, also where threads run at once. An operation is noted before
it is called, and noted again after it has returned, by appending to one list: appends are atomic
and in one order, whether one lock of the interpreter sees to that or one of the list. If the return
of one operation stands before the call of another, the first had returned before the second was
called. The other way round there is no more to be said: operations that seem to overlap need not
have done so, which only allows them more. So no history is accused that could not have been seen.

Where the kernel tells whether a thread is blocked, some programs are watched: one actor is held
back until the others have come to their end or are blocked for certain, as in a scenario. Then it
is known that they wait, and what the late one does must reach them.

A program that does not come to its end is a result as well. If all that is open may be blocked
(the oracle says so), nothing is lost: whoever is blocked is let go, and the threads are used
again. If not, it is waited for as long as the suite waits for anything, in the threads' own time,
before that is said to be a fault.
"""

from __future__ import annotations

import _thread
import random
import sys
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from time import perf_counter
from typing import Any

from syncproof.actors import kernel
from syncproof.actors.verdicts import ScenarioError, Stuck
from syncproof.history.declared import decided, declared, excused, without
from syncproof.history.oracle import Fault, judge
from syncproof.history.program import LETTERS, OPERATIONS, Op, Program, made
from syncproof.history.programs import afterwards, draw, needs, pairs, smaller
from syncproof.history.record import Event, History, actor_body
from syncproof.news import Empty, News
from syncproof.subject import Subject
from syncproof.subject import lacks as why_lacking

#: For each depth: programs that are drawn for one primitive.
PROGRAMS = {"quick": 0, "default": 120, "thorough": 3000}
#: So often each is run: drawing one costs more than running it, and each run is another one.
TURNS = 6
#: And so often it is watched: the small ones first of all, the others once in the end.
WATCHED = 4
#: For each depth: runs of smaller programs when one has failed.
SHRINKING = {"quick": 0, "default": 1200, "thorough": 20_000}
#: For each depth: seconds after which no more is begun, for what is slow by itself.
SECONDS = {"quick": 0.0, "default": 5.0, "thorough": 180.0}
#: So often a smaller program is run before it is taken not to fail.
ATTEMPTS = 100

#: The timeout of an operation on free threads: within reach of the jitter, so that they race.
TIMEOUT = 0.0005
#: Between operations a thread sleeps for so long, in powers of ten: 1 us to 1 ms.
JITTER = (-6.0, -3.0)

#: It does not sleep before an operation, and gives nobody else the turn.
NO_PAUSE = -1.0
#: A build with a GIL changes threads after so long, also within an operation.
SWITCH_INTERVAL = 1e-5
#: So many looks at threads that have not run between them make a verdict, so far apart.
EQUAL_LOOKS = 3
LOOK_INTERVAL = 0.0001
#: One that is held back begins after so long whatever the others do.
HELD_BACK = 0.006

#: Crews that run at once.
CREWS = 3
#: A program that should have ended by now is looked at, and again after as long.
GRACE = 0.004
#: One look counts for no more: a watchman that was itself held up has seen nothing meanwhile.
MOST_PER_LOOK = 0.02
#: Between two attempts to let go those that are blocked.
RESCUE_INTERVAL = 0.001
LOOKS_PER_RESCUER = 8
#: Who has not been let go after so long is left behind.
RESCUE = 0.3
#: A search ends when it has left behind so many crews.
MOST_LOST = 12
#: While a program that has failed is made smaller, nothing is waited for as long as at first.
HASTE = 0.3

#: Instead of the number of an actor.
NOBODY = -1

Body = Callable[[], Any]


# ------------------------------------------------------------------ threads that are used again


class Worker:
    """A thread that does one job after another."""

    def __init__(self) -> None:
        self.mailbox: SimpleQueue[Body | None] = SimpleQueue()
        self.working = False
        self.tid = 0
        self._view: kernel.View | None = None
        _thread.start_new_thread(self._work, ())

    def give(self, job: Body) -> None:
        self.mailbox.put(job)

    @property
    def busy(self) -> bool:
        """Whether it has something to do: not to the instant, between one job and the next."""
        return self.working or not self.mailbox.empty()

    def dismiss(self) -> None:
        """It ends, as soon as it can."""
        self.mailbox.put(None)
        if self._view is not None:
            self._view.close()
            self._view = None

    def run_delay(self) -> float:
        """Seconds for which it was ready to run and the machine was busy with others."""
        glance = self._glance()
        return 0.0 if glance is None else glance.run_delay

    def _glance(self) -> kernel.Glance | None:
        try:
            if self._view is None:
                if not self.tid or not kernel.available():
                    return None
                self._view = kernel.View(self.tid)
            return self._view.glance()
        except OSError:
            return None

    def asleep(self) -> bytes:
        """If the kernel knows it to wait for a lock without a timeout: how often it has run."""
        glance = self._glance()
        return glance.turns if glance is not None and glance.waits_untimed else b""

    def _work(self) -> None:
        self.tid = threading.get_native_id()
        while True:
            job = self.mailbox.get()
            if job is None:
                return
            self.working = True
            job()
            self.working = False


class _GivenUp(BaseException):
    """Raised between two operations of a program that is to go no further."""


@dataclass(frozen=True)
class Terms:
    """On which terms programs run: what there is not, what is declared to be otherwise, and how
    long is waited for one that should go on."""

    patience: float = 5.0
    lacking: frozenset[str] = frozenset()
    departs: frozenset[str] = frozenset()

    def looks(self, program: Program) -> tuple[Op, ...]:
        """What is asked of the object when all actors have come to their end."""
        return without(program, afterwards(program, self.lacking), self.departs)

    def judge(self, history: History) -> Fault | None:
        """What is wrong with it."""
        return judge(excused(history, self.departs))


class _Trial:
    """One run of one program, on an object of its own."""

    def __init__(self, program: Program, terms: Terms) -> None:
        self.program = program
        self.terms = terms
        self.thing: Any = None
        self.events: list[Event] = []
        self.errors: list[BaseException] = []
        #: Actors that have come to their end, the checker among them.
        self.finished: list[int] = []
        self.over = False
        self.ended = ""
        # -- what the watchman knows
        self.seen = -1
        self.look_at = 0.0
        self.looked_at = 0.0
        #: Seconds without anything new, those left out in which the threads could not run.
        self.own_time = 0.0
        #: When it was given up.
        self.since = 0.0
        self.delays: dict[Worker, float] = {}
        self.rescuer: Worker | None = None
        self.rescues = self.looks = 0
        #: Where in the record everybody else was blocked, or had ended, for certain.
        self.quiet: list[int] = []

    def history(self) -> History:
        """What has happened so far."""
        why = f"{type(self.errors[0]).__name__}: {self.errors[0]}" if self.errors else ""
        return History(self.program, list(self.events), self.ended, why, list(self.quiet))


class Crew:
    """Threads that run one program: one for each actor, and one that looks at what they left."""

    def __init__(self, subject: Subject, news: News[Crew]) -> None:
        self.subject = subject
        self.news = news
        self.workers: list[Worker] = []
        self.trial: _Trial | None = None
        self.checker: Worker | None = None
        #: How it ended, once it has: the record up to where it was given up.
        self.result: History | None = None

    def begin(self, program: Program, rng: random.Random, terms: Terms, late: int = NOBODY) -> Body:
        """Start a program; the crew is put into the news when it has ended.

        One actor may be late: it begins when what is returned is called.
        """
        count = len(program.actors)
        while len(self.workers) < count + 1:
            self.workers.append(Worker())
        self.checker, self.result = self.workers[count], None
        trial = self.trial = _Trial(program, terms)
        pauses, longest = _pauses(rng, program, late)
        looks = terms.looks(program)
        timed = sum(op.name.endswith("timed") for op in looks)
        trial.look_at = perf_counter() + longest + timed * TIMEOUT + GRACE
        start: list[int] = []
        at_once = count - (late != NOBODY)
        error = self.subject.broken_barrier_error

        def act(number: int) -> Body:
            pause = iter(pauses[number]).__next__

            def between() -> None:
                if trial.over:
                    raise _GivenUp
                seconds = pause()
                if seconds >= 0:
                    time.sleep(seconds)

            def job() -> None:
                while number == late and not (start or trial.over or trial.errors):
                    time.sleep(LOOK_INTERVAL)  # there is nothing yet to do it with
                if trial.thing is None:
                    return
                start.append(number)
                while len(start) < at_once:
                    time.sleep(0)
                self._guarded(
                    trial,
                    actor_body(
                        number, program.actors[number], trial.thing, trial.events.append, error,
                        between, TIMEOUT,
                    ),
                )  # fmt: skip
                trial.finished.append(number)
                if trial.finished.index(number) == count - 1:  # only one can be the last
                    self._actors_are_done(trial, check)

            return job

        def check() -> None:
            def go_on() -> None:
                if trial.over:
                    raise _GivenUp

            self._guarded(
                trial,
                actor_body(count, looks, trial.thing, trial.events.append, error, go_on, TIMEOUT),
            )
            trial.finished.append(count)
            self.news.put(self)

        def make_and_begin() -> None:
            # The object is made by a thread of the crew as well: that may hang too.
            try:
                trial.thing = made(self.subject, program)
            except Exception as caught:
                trial.errors.append(caught)
                trial.finished.extend(range(count + 1))
                self.news.put(self)
                return
            for worker, other in others:
                worker.give(other)
            body()

        cast = [(worker, act(n)) for n, worker in enumerate(self.workers[:count]) if n != late]
        (first, body), *others = cast
        first.give(make_and_begin)
        if late == NOBODY:
            return lambda: None
        return lambda: self.workers[late].give(act(late))

    def _guarded(self, trial: _Trial, body: Body) -> None:
        try:
            body()
        except _GivenUp:
            pass
        except BaseException as error:  # SystemExit, and the like: no outcome of any operation
            trial.errors.append(error)

    def _actors_are_done(self, trial: _Trial, check: Body) -> None:
        if trial.over or trial.errors or self.checker is None:
            trial.finished.append(len(trial.program.actors))
            self.news.put(self)
        else:
            self.checker.give(check)

    # -- the watchman ---------------------------------------------------------------------

    def look(self, now: float) -> bool:
        """Look whether it has ended, or is to be given up; whether the crew is to be replaced."""
        trial = self.trial
        if trial is None:
            return False
        if len(trial.finished) > len(trial.program.actors):
            self._end(trial)
        elif now >= trial.look_at:
            trial.look_at = now + GRACE
            if trial.over:
                return self._rescue(trial, now)
            return self._doubt(trial, now)
        return False

    def _end(self, trial: _Trial) -> None:
        if not trial.over:
            trial.ended = "error" if trial.errors else ""
            self.result = trial.history()
        self.trial = None

    def _doubt(self, trial: _Trial, now: float) -> bool:
        """It should have ended: is it blocked, and may it be?"""
        delays = {w: w.run_delay() for w in self.workers}
        kept = max(delays[w] - trial.delays.get(w, 0.0) for w in self.workers)
        trial.own_time += max(0.0, min(now - trial.looked_at - kept, MOST_PER_LOOK))
        trial.delays, trial.looked_at = delays, now
        if len(trial.events) != trial.seen:
            trial.seen, trial.own_time = len(trial.events), 0.0
            return False
        left = [n for n in range(len(trial.program.actors) + 1) if n not in trial.finished]
        history = replace(trial.history(), ended="deadlock")
        in_a_call = {event.actor for event in history.pending}
        all_in_calls = in_a_call and in_a_call.issuperset(left[:-1] or left)
        if all_in_calls and trial.terms.judge(history) is None:
            trial.ended, trial.over, trial.since = "deadlock", True, now
            self.result = history
            trial.look_at = now
            return self._rescue(trial, now)
        if trial.own_time < trial.terms.patience:
            return False
        certain = all(self.workers[n].asleep() for n in in_a_call)
        history.ended = "deadlock" if certain else "hang"
        trial.over, self.result = True, history
        trial.since = now
        return self._rescue(trial, now)

    def _rescue(self, trial: _Trial, now: float) -> bool:
        """Whoever is blocked is let go; True if that takes too long."""
        if now - trial.since > RESCUE:
            return True
        trial.look_at = now + RESCUE_INTERVAL
        trial.looks += 1
        rescuer = trial.rescuer
        if rescuer is not None and rescuer.busy and trial.looks % LOOKS_PER_RESCUER:
            return False  # perhaps it only needs its time; if not, another has to
        idle = [w for w in self.workers if not w.busy]
        if idle:
            trial.rescuer = idle[trial.rescues % len(idle)]
            trial.rescues += 1
            trial.rescuer.give(lambda: let_go(trial.program, trial.thing))
        return False

    def hold(self, late: int, bystanders: Mapping[int, bytes]) -> None:
        """Wait until all but the late one have ended or are blocked, and note it; not for long.

        Blocked for certain is who waits for a lock without a timeout and does not run between
        some looks, while nobody else runs in this process who could be about to wake them.
        """
        trial = self.trial
        end = perf_counter() + HELD_BACK
        last: list[bytes] = []
        equal = 0
        while trial is not None and perf_counter() < end:
            time.sleep(LOOK_INTERVAL)
            if len(trial.finished) >= len(trial.program.actors) - 1:
                return
            at = len(trial.events)
            turns = self._asleep(trial, late)
            equal = equal + 1 if turns and turns == last else 0
            last = turns
            if equal < EQUAL_LOOKS - 1 or not self._others_are_quiet(bystanders):
                continue
            # one of those others may have let somebody go before it fell asleep: look once more
            if self._asleep(trial, late) == last and len(trial.events) == at:
                trial.quiet.append(at)
                return

    def _asleep(self, trial: _Trial, late: int) -> list[bytes]:
        """How often each actor but the late one has run, if all wait; nothing if one may not."""
        in_a_call = {event.actor for event in trial.history().pending}
        turns = []
        for number in range(len(trial.program.actors)):
            if number == late or number in trial.finished:
                continue
            turns.append(self.workers[number].asleep() if number in in_a_call else b"")
        return turns if all(turns) else []

    def _others_are_quiet(self, bystanders: Mapping[int, bytes]) -> bool:
        return kernel.others_are_quiet({w.tid for w in self.workers}, bystanders)

    def dismiss(self) -> None:
        for worker in self.workers:
            worker.dismiss()


def _pauses(rng: random.Random, program: Program, late: int) -> tuple[list[list[float]], float]:
    """How long each actor sleeps before each operation, and how long the longest may take.

    Some programs only give the others the turn; in some that have timeouts, everybody else comes
    about when they pass. One that is late mostly does not stop: others wake while it goes on.
    """
    timed = [sum(op.name.endswith("timed") for op in ops) for ops in program.actors]
    yields, aims, hurries = rng.random() < 0.25, rng.random() < 0.4, rng.random() < 0.7
    pauses = [
        [0.0 if yields else 10 ** rng.uniform(*JITTER) for _ in ops] for ops in program.actors
    ]
    if aims and any(timed):
        for actor, pause in enumerate(pauses):
            pause[:] = [0.0] * len(pause)
            if pause and not timed[actor]:
                pause[0] = TIMEOUT * rng.uniform(0.8, 1.7)
    if late != NOBODY and hurries:
        pauses[late] = [NO_PAUSE] * len(pauses[late])
    return pauses, max(sum(p) + TIMEOUT * t for p, t in zip(pauses, timed))


def let_go(program: Program, thing: Any) -> None:
    """Wake whoever waits, and give back what this thread may hold, as well as that can be done.

    One thread at a time: what has no owner could be taken from another that does the same.
    """
    if program.primitive == "condition":
        with suppress(Exception):
            thing.acquire(False)
        with suppress(Exception):
            thing.notify_all()
    owned = program.primitive == "rlock" or program.variant in ("default", "rlock", "")
    with suppress(Exception):
        if program.primitive == "event":
            thing.set()
        elif program.primitive == "barrier":
            thing.abort()
        else:
            for _ in range(8 if owned and program.primitive != "lock" else 1):
                thing.release()


# ------------------------------------------------------------------ a stage


class Stage:
    """Crews that run programs, for one implementation. Leave it, and its threads end."""

    def __init__(
        self,
        subject: Subject,
        crews: int = CREWS,
        tell: Callable[[Stage], None] = lambda stage: None,
    ) -> None:
        self.subject = subject
        #: Called after each run, with this stage: whoever waits may be shown how far it is.
        self.tell = tell
        self.news: News[Crew] = News()
        self.crews = [Crew(subject, self.news) for _ in range(crews)]
        #: Crews that had to be left behind.
        self.lost = 0
        #: How many runs there have been.
        self.runs = 0

    def __enter__(self) -> Stage:
        self.switch_interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL)
        return self

    def __exit__(self, *details: object) -> None:
        sys.setswitchinterval(self.switch_interval)
        for crew in self.crews:
            crew.dismiss()

    def run(self, program: Program, rng: random.Random, terms: Terms) -> History:
        """What happens when it runs, once."""
        with closing(self.histories(iter([program]), rng, terms)) as histories:
            for history in histories:
                return history
        raise ScenarioError(f"{program} has not been run: too many threads are stuck")

    def histories(
        self,
        programs: Iterator[Program],
        rng: random.Random,
        terms: Terms,
        watched: bool = False,
    ) -> Generator[History, None, None]:
        """What happens when each of them runs, as they end; a few run at once.

        Those that are watched run one at a time, and an actor of each is late.

        When no more is asked for, those that still run are let end, or are given up.
        """
        more = True
        watched = watched and kernel.available()
        at_once = 1 if watched else len(self.crews)
        idle = self.crews[:at_once]
        bystanders = kernel.turns() if watched else {}
        try:
            while True:
                while more and idle and self.lost < MOST_LOST:
                    program = next(programs, None)
                    if program is None:
                        more = False
                        break
                    late = rng.randrange(len(program.actors)) if watched else NOBODY
                    if len(program.actors) < 2:
                        late = NOBODY
                    crew = idle.pop()
                    begin_late = crew.begin(program, rng, terms, late)
                    if late != NOBODY:
                        crew.hold(late, bystanders)
                        begin_late()
                if len(idle) == at_once:
                    return
                for crew in self._ended():
                    idle.append(crew)
                    if crew.result is not None:
                        self.runs += 1
                        self.tell(self)
                        yield crew.result
        finally:
            self._wind_up()

    def _ended(self) -> list[Crew]:
        """Wait for news, or until somebody is to be looked at; the crews that have ended."""
        busy = [c for c in self.crews if c.trial is not None]
        now = perf_counter()
        next_look = min((c.trial.look_at for c in busy if c.trial is not None), default=now)
        news: Crew | None = None
        with suppress(Empty):
            news = self.news.get(timeout=max(0.0, min(next_look - now, 0.5)) + 0.0002)
        now = perf_counter()
        ended = []
        for crew in busy:
            if crew is not news and crew.trial is not None and now < crew.trial.look_at:
                continue
            if crew.look(now):
                crew = self._replaced(crew)
                ended.append(crew)
            elif crew.trial is None:
                ended.append(crew)
        return ended

    def _replaced(self, crew: Crew) -> Crew:
        """A new crew in place of one that is stuck for good; it has the result of the old."""
        crew.dismiss()
        self.lost += 1
        new = Crew(self.subject, self.news)
        new.result = crew.result
        self.crews[self.crews.index(crew)] = new
        return new

    def _wind_up(self) -> None:
        """No more is run: those who still run come to their end, or are let go."""
        end = perf_counter() + 2 * RESCUE
        for crew in self.crews:
            if crew.trial is not None and not crew.trial.over:
                crew.trial.over, crew.trial.since = True, perf_counter() + RESCUE
        while any(c.trial is not None for c in self.crews) and perf_counter() < end:
            self._ended()
        for crew in list(self.crews):
            if crew.trial is not None:
                self._replaced(crew)

    def together(self, bodies: Sequence[Body], seconds: float) -> list[Any]:
        """What each of the bodies returns, all of them running at once.

        An exception of one is raised here. Stuck if they have not ended after so many seconds in
        which nothing else kept them from it.
        """
        workers = [Worker() for _ in bodies]
        values: list[Any] = [None] * len(bodies)
        errors: list[BaseException] = []
        ends: News[int] = News()
        ready: list[int] = []

        def job(number: int) -> Body:
            def work() -> None:
                ready.append(number)
                while len(ready) < len(bodies):
                    time.sleep(0)
                try:
                    values[number] = bodies[number]()
                except BaseException as error:
                    errors.append(error)
                ends.put(number)

            return work

        for number, worker in enumerate(workers):
            worker.give(job(number))
        left = set(range(len(bodies)))
        start = perf_counter()
        while left and not errors:
            with suppress(Empty):
                left.discard(ends.get(timeout=0.1))
                continue
            kept = max(workers[n].run_delay() for n in left)
            if perf_counter() - start - kept > seconds:
                break
        for worker in workers:
            worker.dismiss()
        if errors:
            raise errors[0]
        if left:
            names = ", ".join(LETTERS[n] for n in sorted(left))
            raise Stuck(f"{names} did not come to an end; waited {seconds:.1f} s")
        return values


def run(
    subject: Subject,
    program: Program,
    rng: random.Random,
    patience: float = Terms.patience,
    stage: Stage | None = None,
) -> History:
    """What happens when a program runs on real threads, once; on a stage they are used again."""
    terms = Terms(patience)
    if stage is not None:
        return stage.run(program, rng, terms)
    with Stage(subject, crews=1) as own:
        return own.run(program, rng, terms)


# ------------------------------------------------------------------ search


class NotMade(Exception):
    """None of them can be made, so that nothing can be said of what they do."""


@dataclass(frozen=True)
class Found:
    """What a search has found: the fault, and the smallest program that has shown it."""

    fault: Fault
    history: History
    #: The program that failed first, and how many had been run by then.
    drawn: Program
    runs: int
    seed: int

    @property
    def program(self) -> Program:
        return self.history.program

    @property
    def trace(self) -> list[tuple[str, str]]:
        """The record as it is told: who, and what; the fault comes last."""
        steps = [
            (LETTERS[event.actor], str(event).partition(" " if not event.returned else ": ")[2])
            for event in self.history.events[: self.fault.event + 1]
        ]
        return [("", str(self.program)), *steps, ("", self.fault.line)]

    @property
    def lines(self) -> list[str]:
        """What it is, for people: the oracle's line first."""
        more = "" if self.drawn == self.program else f", at first in {self.drawn}"
        return [
            self.fault.line,
            f"program {self.program}",
            f"on real threads, in run {self.runs} of seed {self.seed}{more}; it may not repeat",
        ]

    def __str__(self) -> str:
        return "; ".join(self.lines)


def search(
    subject: Subject,
    primitive: str,
    variant: str = "",
    programs: int = PROGRAMS["default"],
    seed: int = 1,
    patience: float = Terms.patience,
    shrinking: int = SHRINKING["default"],
    seconds: float = SECONDS["default"],
    lacks: Collection[str] | None = None,
    stage: Stage | None = None,
) -> Found | None:
    """Run so many programs, each a few times, until one of them shows a fault; None if none does.

    The programs and the pauses in them are those of the seed. What becomes of them is not: on
    free threads it is chance who comes first, and a fault may not show again.

    ``lacks`` names the capabilities that it does not offer (None: it is asked).
    ``programs`` and ``shrinking`` are what bounds it; only where each run takes long, ``seconds``
    (twice: a fault that is found is made smaller for as long).
    """
    if stage is None:
        with Stage(subject) as own:
            return search(
                subject,
                primitive,
                variant,
                programs,
                seed,
                patience,
                shrinking,
                seconds,
                lacks,
                own,
            )
    rng = random.Random(f"{seed} {primitive} {variant}")
    terms = Terms(
        patience,
        frozenset(lacking(subject, primitive, stage, patience) if lacks is None else lacks),
        declared(subject.implementation, primitive, variant),
    )
    small = [p for _, p in pairs(primitive, variant, terms.lacking) if decided(p, terms.departs)]
    drawn = _drawn(rng, primitive, variant, programs, terms)
    before, clock = stage.runs, _Clock(seconds)
    for several, turns, watched in (
        (small, WATCHED, True), (small + drawn, TURNS, False), (drawn, 1, True)
    ):  # fmt: skip
        shown = _first(stage, clock.until(_each(several, turns)), rng, terms, watched)
        if shown is not None:
            history, fault = shown
            found = Found(fault, history, history.program, stage.runs - before, seed)
            return _shrunk(found, rng, terms, stage, shrinking, watched, _Clock(seconds))
    return None


class _Clock:
    """It ends what comes one by one when so many seconds have passed."""

    def __init__(self, seconds: float) -> None:
        self.end = perf_counter() + seconds

    @property
    def passed(self) -> bool:
        return perf_counter() > self.end

    def until(self, programs: Iterator[Program]) -> Iterator[Program]:
        for program in programs:
            if self.passed:
                return
            yield program


def _first(
    stage: Stage, programs: Iterator[Program], rng: random.Random, terms: Terms, watched: bool
) -> tuple[History, Fault] | None:
    """The first of these programs that shows a fault."""
    with closing(stage.histories(programs, rng, terms, watched)) as histories:
        for history in histories:
            if history.ended == "error" and not history.events:
                raise NotMade(history.why)
            fault = terms.judge(history)
            if fault is not None:
                return history, fault
    return None


def _each(programs: Sequence[Program], turns: int) -> Iterator[Program]:
    for program in programs:
        yield from (program,) * turns


def _drawn(
    rng: random.Random, primitive: str, variant: str, count: int, terms: Terms
) -> list[Program]:
    found: list[Program] = []
    for _ in range(10 * count):
        if len(found) < count:
            program = draw(rng, primitive, variant, lacks=terms.lacking)
            if decided(program, terms.departs):
                found.append(program)
    return found


def _shrunk(
    found: Found,
    rng: random.Random,
    terms: Terms,
    stage: Stage,
    most: int,
    watched: bool,
    clock: _Clock,
) -> Found:
    """The smallest program that fails as well, as far as so many runs can tell.

    That there is a fault is known, so nothing is waited for as long as at first.
    """
    hasty = replace(terms, patience=min(terms.patience, HASTE))
    end = stage.runs + most
    candidates = smaller(found.program)
    while stage.runs < end and stage.lost < MOST_LOST and not clock.passed:
        program = next(candidates, None)
        if program is None:
            break
        if not decided(program, terms.departs):
            continue
        attempts = min(ATTEMPTS, end - stage.runs)
        shown = _first(stage, clock.until(_each([program], attempts)), rng, hasty, watched)
        if shown is not None:
            found = replace(found, history=shown[0], fault=shown[1])
            candidates = smaller(program)
    return found


def lacking(
    subject: Subject, primitive: str, stage: Stage, patience: float = Terms.patience
) -> frozenset[str]:
    """The capabilities that programs may use, and this implementation does not offer."""
    make = subject.factories[primitive]
    ops = [Op(name) for name in OPERATIONS[primitive]]
    ops += [Op(name, 2) for name in ("release", "notify") if name in OPERATIONS[primitive]]

    def probe() -> frozenset[str]:
        return frozenset(c for c in sorted(needs(ops)) if why_lacking(primitive, c, make))

    try:
        return frozenset(stage.together([probe], patience)[0])
    except Stuck:  # it is there, and hangs: the programs will say so
        return frozenset()
