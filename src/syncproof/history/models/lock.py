"""Lock: free, or held. It belongs to nobody, whoever acquired it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from syncproof.history.models.model import Around, Call, Clauses, Model, State, Stuck
from syncproof.history.program import LETTERS, TAKING, Op, Program


class Held(NamedTuple):
    """By whom a lock was acquired last, and how often."""

    by: int
    depth: int = 1


def who_holds(held: Held | None) -> str:
    return "while nobody holds it" if held is None else f"while {LETTERS[held.by]} holds it"


#: What a lock that is not free breaks if it has not been released before.
_NOT_FREE = (
    "lock.acquire.nonblocking-free-true",
    "lock.acquire.timeout-success-early",
    "lock.locked.false-when-free",
)


class Lock(Model):
    """The thing is Held, or None while it is free. ``by`` is for the record: any actor may
    release, and the one that acquired is refused like everybody else."""

    def start(self, program: Program) -> Held | None:
        return None

    def steps(self, state: State, actor: int, call: Call) -> Iterator[State]:
        name, held = call.op.name, state.thing
        if name in TAKING and held is None:
            yield state.finish(actor, "True", Held(actor))
        if name == "try" and (held is not None or self.in_transit(state, actor)):
            yield state.finish(actor, "False", held)
        elif name in ("release", "leave"):
            yield state.finish(actor, "RuntimeError" if held is None else "None", None)
            if self._in_hand(state):
                yield state.finish(actor, "RuntimeError", held)
        elif name == "locked":
            yield state.finish(actor, str(held is not None), held)
            if self._in_hand(state):
                yield state.finish(actor, "False", held)

    @staticmethod
    def _in_hand(state: State) -> bool:
        """Whether it has been taken by a call that has not returned yet.

        Others can have it no more, and CPython up to 3.13 does not yet say that it is locked: who
        releases it then, without holding it, is refused. Nobody but the holder may count on more.
        """
        held: Held | None = state.thing
        call = state.calls[held.by] if held is not None else None
        return call is not None and call.op.name in TAKING and call.outcomes == ("True",)

    def timeouts(self, state: State, actor: int, call: Call) -> Iterator[State]:
        if call.op.name == "timed" and (state.thing is not None or self.in_transit(state, actor)):
            yield state.finish(actor, "False", state.thing)

    def because(self, state: State, actor: int) -> str:
        return who_holds(state.thing)

    def accuse(
        self, states: Sequence[State], actor: int, op: Op, seen: str, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse(states, actor, op, seen, around)
        if clause in _NOT_FREE and around.called & {"release", "leave"}:
            clause = "lock.release.unlocks"
        return clause, reason

    clauses: ClassVar[Clauses] = {
        ("acquire", "True"): "lock.exclusion",
        ("acquire", "*"): "lock.acquire.returns-true",
        ("try", "True"): "lock.exclusion",
        ("try", "False"): "lock.acquire.nonblocking-free-true",
        ("try", "*"): "lock.acquire.nonblocking-held-false",
        ("timed", "True"): "lock.exclusion",
        ("timed", "False"): "lock.acquire.timeout-success-early",
        ("timed", "*"): "lock.acquire.timeout-expired-false",
        ("release", "None"): "lock.release.free-raises",
        ("release", "raised"): "lock.release.unlocks",
        ("release", "*"): "lock.release.returns-none",
        ("leave", "None"): "lock.release.free-raises",
        ("leave", "raised"): "lock.release.unlocks",
        ("leave", "*"): "lock.release.returns-none",
        ("locked", "True"): "lock.locked.false-when-free",
        ("locked", "*"): "lock.locked.true-when-held",
    }
    stuck: ClassVar[Stuck] = {
        "acquire": "lock.release.wakes-exactly-one",
        "try": "lock.acquire.nonblocking-held-false",
        "timed": "lock.acquire.timeout-upper-bound",
        "release": "lock.release.immediate",
        "leave": "lock.release.immediate",
    }
