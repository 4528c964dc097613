"""Condition: a lock, and those who wait for a notify.

A wait() is two steps that lie apart: it lets go of the lock and begins to wait, at once; later,
notified or timed out, it takes the lock again and is over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import ClassVar

from syncproof.history.models.lock import Held, Lock, who_holds
from syncproof.history.models.model import (
    ANYTHING,
    CALLED,
    Around,
    Call,
    Clauses,
    Model,
    State,
    Stuck,
)
from syncproof.history.models.rlock import RLock
from syncproof.history.program import Op, Program

#: Where a wait() is: it waits for a notify; it has been notified, or its timeout has passed, and
#: it wants the lock back. LATE may still be chosen by a notify (undecided), SPENT has been, and may
#: pass it on to one that waits by then; PASSED has done so.
WAITING = "waiting"
WOKEN = "woken"
LATE = "late"
SPENT = "spent"
PASSED = "passed"
#: Over a plain lock: taking the lock for a moment is how to see whether anybody holds it.
LOOKING = "looking"

#: Undecided by the documentation: strict of one of these, the model forbids it.
EATEN = "property.cond.notify-eaten-by-timed-out-waiter"
WAKES_MORE = "property.cond.notify-wakes-more"
STRICT = (EATEN, WAKES_MORE)


class Condition(Model):
    """The thing is that of the lock below."""

    def __init__(self, over: str, strict: Collection[str] = ()) -> None:
        self.plain = over == "lock"
        self.lock: Model = Lock() if self.plain else RLock()
        self.late_may_eat = EATEN not in strict
        self.may_wake_more = WAKES_MORE not in strict

    def start(self, program: Program) -> Held | None:
        return None

    def steps(self, state: State, actor: int, call: Call) -> Iterator[State]:
        name, held = call.op.name, state.thing
        if name not in ("wait", "wait_timed", "notify", "notify_all"):
            yield from self.lock.steps(state, actor, call)
        elif call.at in (WOKEN, LATE, SPENT, PASSED):
            if held is None:
                outcome = "True" if call.at == WOKEN else "False"
                yield state.finish(actor, outcome, Held(actor, call.depth))
        elif call.at == LOOKING:
            yield state.finish(actor, "RuntimeError", None)
        elif call.at != WAITING:
            yield from self._enter(state, actor, call)

    def _enter(self, state: State, actor: int, call: Call) -> Iterator[State]:
        """A wait() or a notify() begins, by looking at the lock."""
        held: Held | None = state.thing
        mine = held is not None and held.by == actor
        if not mine:
            yield state.finish(actor, "RuntimeError", held)
        if held is None and self.plain:
            yield state.put(actor, call._replace(at=LOOKING), Held(actor))
        # That another holds a plain lock cannot be told from holding it: it has no owner.
        if held is not None and (mine or self.plain):
            if call.op.name in ("wait", "wait_timed"):
                yield state.put(actor, call._replace(at=WAITING, depth=held.depth), None)
            else:
                yield from self._notify(state, actor, call.op)

    def _notify(self, state: State, actor: int, op: Op) -> Iterator[State]:
        waiting = [a for a, c in enumerate(state.calls) if c is not None and c.at == WAITING]
        late = [a for a, c in enumerate(state.calls) if c is not None and c.at == LATE]
        if not self.late_may_eat:
            late = []
        choice = waiting + late
        least = most = len(choice)
        if op.name == "notify":
            least = min(1 if op.number is None else op.number, len(choice))
            most = len(choice) if self.may_wake_more else least
        for count in range(least, most + 1):
            for chosen in combinations(choice, count):
                yield self._wake(state, chosen).finish(actor, ANYTHING, state.thing)

    def _pass_on(self, state: State, actor: int, call: Call) -> Iterator[State]:
        for other, waits in enumerate(state.calls):
            if waits is not None and waits.at == WAITING:
                yield self._wake(state.put(actor, call._replace(at=PASSED), state.thing), (other,))

    @staticmethod
    def _wake(state: State, chosen: Collection[int]) -> State:
        calls = list(state.calls)
        for actor in chosen:
            call = state.open(actor)
            calls[actor] = call._replace(at=WOKEN if call.at == WAITING else SPENT)
        return State(state.thing, tuple(calls))

    def timeouts(self, state: State, actor: int, call: Call) -> Iterator[State]:
        if call.op.name == "timed":
            yield from self.lock.timeouts(state, actor, call)
        elif call.op.name == "wait_timed" and call.at == WAITING:
            yield state.put(actor, call._replace(at=LATE), state.thing)
        elif call.at == SPENT:  # it need not: so it is no step that keeps it from being blocked
            yield from self._pass_on(state, actor, call)

    def because(self, state: State, actor: int) -> str:
        return who_holds(state.thing)

    def because_stuck(self, state: State, actor: int) -> str:
        at = state.open(actor).at
        if at == WOKEN:
            return "though it has been notified"
        return "though its timeout has passed" if at in (LATE, SPENT) else who_holds(state.thing)

    def accuse(
        self, states: Sequence[State], actor: int, op: Op, seen: str, around: Around
    ) -> tuple[str, str]:
        if op.name not in ("wait", "wait_timed", "notify", "notify_all"):
            return super().accuse(states, actor, op, seen, around)
        # What it found: after it has begun to wait if it may have, and not while it looks.
        found = [s for s in states if not self.value(s, actor) and s.open(actor).at != LOOKING]
        begun = [s for s in found if s.open(actor).at != CALLED]
        clause, reason = super().accuse(begun or found, actor, op, seen, around)
        if not begun and found and all(s.thing is None for s in found):
            return "cond.methods.need-lock", reason
        if begun and seen == "True":
            if any(s.open(actor).at == WOKEN for s in begun):
                return "cond.notify.return-after-release", reason
            return clause, "and nobody has notified it"
        return clause, reason

    clauses: ClassVar[Clauses] = {
        ("acquire", "*"): "cond.acquire.delegates",
        ("try", "*"): "cond.acquire.delegates",
        ("timed", "*"): "cond.acquire.delegates",
        ("release", "*"): "cond.release.delegates",
        ("leave", "*"): "cond.release.delegates",
        ("wait", "True"): "cond.wait.blocks-until-notified",
        ("wait", "raised"): "cond.wait.reacquires-on-notify",
        ("wait", "*"): "cond.wait.returns-true",
        ("wait_timed", "True"): "cond.wait.blocks-until-notified",
        ("wait_timed", "False"): "cond.wait.reacquires-on-timeout",
        ("wait_timed", "raised"): "cond.wait.reacquires-on-timeout",
        ("wait_timed", "*"): "cond.wait.timeout-returns-false",
        ("notify", "*"): "cond.notify.other-holder-raises",
        ("notify", "raised"): "cond.with.holds-lock",
        ("notify_all", "*"): "cond.notify_all.other-holder-raises",
        ("notify_all", "raised"): "cond.with.holds-lock",
    }
    stuck: ClassVar[Stuck] = {
        "acquire": "cond.release.delegates",
        "try": "cond.acquire.delegates",
        "timed": "cond.acquire.delegates",
        "release": "cond.release.delegates",
        "leave": "cond.release.delegates",
        "wait": "cond.wait.no-lost-wakeup",
        "wait_timed": "cond.wait.timeout-bound",
        "notify": "cond.notify.default-one",
        "notify_all": "cond.notify_all.wakes-all",
    }
