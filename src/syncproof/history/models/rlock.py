"""RLock: free, or held by one actor, some levels deep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from syncproof.history.models.lock import Held, who_holds
from syncproof.history.models.model import ANY_ERROR, Around, Call, Clauses, Model, State, Stuck
from syncproof.history.program import TAKING, Op, Program


def _owns(states: Sequence[State], actor: int) -> bool:
    """Whether it is its own already."""
    return all(s.thing is not None and s.thing.by == actor for s in states)


class RLock(Model):
    """The thing is Held, or None while it is free."""

    def start(self, program: Program) -> Held | None:
        return None

    def steps(self, state: State, actor: int, call: Call) -> Iterator[State]:
        name, held = call.op.name, state.thing
        mine = held is not None and held.by == actor
        if name in TAKING and (held is None or mine):
            yield state.finish(actor, "True", Held(actor, held.depth + 1 if mine else 1))
        away = self.in_transit(state, actor) if held is None else not mine
        if name == "try" and away:
            yield state.finish(actor, "False", held)
        elif name in ("release", "leave"):
            if mine:
                yield state.finish(
                    actor, "None", Held(actor, held.depth - 1) if held.depth > 1 else None
                )
            else:
                # Which error a thread gets that does not own a held one is not said.
                yield state.finish(actor, ANY_ERROR if held else "RuntimeError", held)

    def timeouts(self, state: State, actor: int, call: Call) -> Iterator[State]:
        held = state.thing
        away = self.in_transit(state, actor) if held is None else held.by != actor
        if call.op.name == "timed" and away:
            yield state.finish(actor, "False", held)

    def because(self, state: State, actor: int) -> str:
        return who_holds(state.thing)

    def accuse(
        self, states: Sequence[State], actor: int, op: Op, seen: str, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse(states, actor, op, seen, around)
        if seen == "False" and _owns(states, actor):
            clause = "rlock.owner.single"
        elif seen == "False" and around.called & {"release", "leave"}:
            clause = "rlock.release.zero-frees"
        return clause, reason

    def accuse_stuck(
        self, states: Sequence[State], actor: int, op: Op, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse_stuck(states, actor, op, around)
        return "rlock.owner.single" if _owns(states, actor) else clause, reason

    clauses: ClassVar[Clauses] = {
        ("acquire", "True"): "rlock.exclusion",
        ("acquire", "*"): "rlock.acquire.returns-true",
        ("try", "True"): "rlock.exclusion",
        ("try", "False"): "rlock.acquire.nonblocking-unowned",
        ("try", "*"): "rlock.acquire.returns-false",
        ("timed", "True"): "rlock.exclusion",
        ("timed", "False"): "rlock.acquire.timeout-success-early",
        ("timed", "*"): "rlock.acquire.returns-false",
        ("release", "None"): "rlock.owner.single",
        ("release", "raised"): "rlock.release.decrements",
        ("release", "*"): "rlock.release.returns-none",
        ("leave", "None"): "rlock.owner.single",
        ("leave", "raised"): "rlock.release.decrements",
        ("leave", "*"): "rlock.release.returns-none",
    }
    stuck: ClassVar[Stuck] = {
        "acquire": "rlock.release.wakes-exactly-one",
        "try": "rlock.acquire.nonblocking-other-owner",
        "timed": "rlock.acquire.other-owner-timeout",
        "release": "rlock.release.decrements",
        "leave": "rlock.release.decrements",
    }
