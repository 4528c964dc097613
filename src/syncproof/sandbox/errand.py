"""One search or replay of one primitive, in a process of its own that may hang or crash.

The child writes a journal, one JSON line an event:

``progress``  so many schedules, distinct histories and operations so far, and what is being tried
``found``     a fault: what a Result of the suite would hold, and after how many schedules
``nothing``   the search is over, or the replay showed no fault
``refused``   the token is not for this interpreter, or not for this code
``opaque``    the implementation cannot be scheduled, and why
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncproof.sandbox.process import (
    Child,
    enter_users_folder,
    hear_interrupts,
    leave_no_core,
    ready_to_tell_stacks,
)
from syncproof.suite.journal import Journal, Tail

if TYPE_CHECKING:
    from syncproof.interleave.control import Controlled
    from syncproof.interleave.search import Found, Search

#: Seconds without a sign of life until the child is given up.
PATIENCE = 30.0
#: Seconds between two signs of life.
SIGN_OF_LIFE = 0.5
#: Seconds for the questions that one actor alone asks of a new object.
PROBING = 5.0
#: Between two looks at the journal.
LOOK_INTERVAL = 0.02
#: How an errand can end.
ENDS = ("found", "nothing", "refused", "opaque")
#: How many random programs are tried between two looks at the clock.
BATCH = 25
#: Schedules of each of them.
SCHEDULES = 16
#: At most so many schedules of one small program, for each number of preemptions.
CERTIFIED = {1: 1000, 2: 6000}


@dataclass(frozen=True)
class Request:
    """What to do: replay a ``token``, or search for so many seconds."""

    target: str
    kind: str = ""
    token: str = ""
    primitive: str = ""
    seconds: float = 60.0
    seed: int = 0
    kept: tuple[str, ...] = ()


# -- in the process that asks ------------------------------------------------------------------


def run(request: Request) -> Iterator[Mapping[str, Any]]:
    """The events of an errand as they come; the last is one of ENDS, or ``hang`` or ``crash``."""
    with tempfile.TemporaryDirectory(prefix="syncproof-") as name:
        folder = Path(name)
        tail = Tail(folder / "journal")
        words = [str(tail.path), json.dumps(asdict(request))]
        child = Child("syncproof.sandbox.errand", words, folder)
        try:
            yield from _events(child, tail)
        finally:
            child.kill()


def _events(child: Child, tail: Tail) -> Iterator[Mapping[str, Any]]:
    sign_of_life = child.patience_clock()
    while True:
        ended = child.ended
        for event in tail.new():
            sign_of_life = child.patience_clock()
            yield event
            if event["event"] in ENDS:
                return
        if ended:
            how = f"its process {child.ending()}"
            yield {"event": "crash", "why": how, "where": child.written_stacks() or child.output()}
            return
        if child.patience_clock() - sign_of_life > PATIENCE:
            why = f"made no progress for {PATIENCE:.0f} s and was killed"
            yield {"event": "hang", "why": why, "where": child.stacks()}
            return
        time.sleep(LOOK_INTERVAL)


# -- in the child ------------------------------------------------------------------------------


def main() -> None:
    """Do what the request says: arguments are the stacks file, the journal and the request."""
    import os

    stacks, journal_file, words = sys.argv[1:]
    ready_to_tell_stacks(stacks)
    hear_interrupts()
    leave_no_core()
    from syncproof.child import die_with_parent

    die_with_parent()
    journal = Journal(Path(journal_file))
    values = json.loads(words)
    request = Request(**{**values, "kept": tuple(values["kept"])})
    enter_users_folder()
    _do(request, journal)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # whatever threads are left


def _do(request: Request, journal: Journal) -> None:
    from syncproof.interleave.control import Controlled
    from syncproof.interleave.facades import NotControllable

    try:
        with Controlled(request.target, request.kind) as controlled:
            if request.token:
                _replay(controlled, request, journal)
            else:
                _explore(controlled, request, journal)
    except NotControllable as error:
        journal.write("opaque", why=str(error))


def _replay(controlled: Controlled, request: Request, journal: Journal) -> None:
    from syncproof.interleave.search import Search
    from syncproof.interleave.strategies import Diverged
    from syncproof.interleave.tokens import read

    token = read(request.token)
    reason = token.refusal(controlled.code_hash)
    if reason:
        journal.write("refused", why=reason)
        return
    program = token.program
    lacks = _lacks(controlled, program.primitive)
    with Search(controlled, program.primitive, program.variant, lacks=lacks) as search:
        try:
            found = search.replay(token)
        except Diverged as error:
            journal.write("refused", why=f"the implementation took other steps: {error}")
            return
        _tell_end(found, search.schedules, journal)


def _explore(controlled: Controlled, request: Request, journal: Journal) -> None:
    """Every way of searching, deeper and deeper, until the time is over or a fault is found."""
    from syncproof.interleave.search import Search
    from syncproof.suite.cases import OVER

    variants = OVER if request.primitive == "condition" else ("",)
    end = time.monotonic() + request.seconds
    report = _Progress(journal)
    searches = [
        Search(
            controlled,
            request.primitive,
            variant,
            request.seed,
            report,
            lacks=_lacks(controlled, request.primitive),
        )
        for variant in variants
    ]
    found = None
    for step in _steps(request):
        for search in searches:
            report.doing = step.said
            with search:
                found = step.of(search)
            if found is not None or time.monotonic() > end:
                _tell_end(found, sum(s.schedules for s in searches), journal)
                return


@dataclass(frozen=True)
class _Step:
    said: str
    of: Any


def _steps(request: Request) -> Iterator[_Step]:
    yield _Step("what failed before", lambda search: search.again(request.kept, CERTIFIED[1]))
    yield _Step("one actor stopped at its every step", lambda search: search.sweep())
    number = 0
    deep = iter(CERTIFIED.items())
    while True:
        for _ in range(10):
            first = number
            yield _Step(
                f"random programs from number {first} on",
                lambda search, first=first: search.at_random(BATCH, SCHEDULES, first),
            )
            number += BATCH
        deeper = next(deep, None)
        if deeper is not None:
            yield _Step(
                f"all schedules with at most {deeper[0]} preemptions",
                lambda search, deeper=deeper: search.exhaust(*deeper),
            )


class _Progress:
    """Writes down how far the searches are, now and then."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.doing = ""
        self.began = self.told = time.monotonic()
        self.known: dict[int, Search] = {}

    def __call__(self, search: Search) -> None:
        self.known[id(search)] = search
        now = time.monotonic()
        if now - self.told < SIGN_OF_LIFE:
            return
        self.told = now
        searches = self.known.values()
        self.journal.write(
            "progress",
            doing=self.doing,
            schedules=sum(s.schedules for s in searches),
            distinct=sum(s.distinct for s in searches),
            operations=sum(s.operations for s in searches),
            seconds=now - self.began,
        )


def _tell_end(found: Found | None, schedules: int, journal: Journal) -> None:
    if found is None:
        journal.write("nothing", schedules=schedules)
        return
    journal.write(
        "found",
        clause=found.fault.clause,
        primitive=found.program.primitive,
        variant=found.program.variant,
        message="\n".join(found.lines),
        trace=[list(step) for step in found.trace],
        replay=found.token,
        schedules=found.schedules,
    )


def _lacks(controlled: Controlled, primitive: str) -> list[str]:
    """What the implementation does not offer: asked of the controlled one, while nothing runs."""
    import threading

    from syncproof.interleave.facades import NotControllable
    from syncproof.subject import PROBES, lacks

    make = controlled.subject.factories[primitive]
    found: list[str] = []

    def ask() -> None:
        found.extend([c for c in PROBES[primitive] if lacks(primitive, c, make)])

    prober = threading.Thread(target=ask, daemon=True)
    prober.start()
    prober.join(PROBING)
    if prober.is_alive():
        raise NotControllable("one actor alone, on a new object, comes to wait")
    return found
