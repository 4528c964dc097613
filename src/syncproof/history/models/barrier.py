"""Barrier: the round that is filling, and whether it is broken.

A round that is full is let go in one step; its parties then leave one by one, each with an index
of its own, while the next round may fill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import ClassVar

from syncproof.history.models.model import (
    ANYTHING,
    FINISHED,
    Around,
    Call,
    Clauses,
    Model,
    State,
    Stuck,
)
from syncproof.history.program import Op, Program

#: It has arrived, and waits for its round to fill.
ARRIVED = "arrived"
BROKEN = "BrokenBarrierError"


def _change(state: State, at: str, how: Callable[[Call], Call]) -> State:
    return State(
        state.thing,
        tuple(how(c) if c is not None and c.at == at else c for c in state.calls),
    )


def _waits(op: Op) -> bool:
    return op.name in ("wait", "wait_timed")


class Barrier(Model):
    """The thing is whether it is broken; who has arrived is to be seen from the calls."""

    def __init__(self, parties: int | None) -> None:
        self.parties = 2 if parties is None else parties

    def start(self, program: Program) -> bool:
        return False

    def steps(self, state: State, actor: int, call: Call) -> Iterator[State]:
        name, broken = call.op.name, state.thing
        if _waits(call.op):
            if broken:
                yield state.finish(actor, BROKEN, broken)
            elif call.at != ARRIVED:
                yield from self._arrive(state, actor, call)
        elif name == "abort":
            yield self._break(state).finish(actor, ANYTHING, True)
        elif name == "reset":
            yield self._break(state).finish(actor, ANYTHING, False)
        elif name == "broken":
            yield state.finish(actor, str(broken), broken)
        elif name == "n_waiting":
            # Whether one that has been let go, and has not come out, counts is not said.
            arrived = sum(c is not None and c.at == ARRIVED for c in state.calls)
            leaving = sum(c is not None and c.at == FINISHED and _waits(c.op) for c in state.calls)
            for number in range(arrived, arrived + leaving + 1):
                yield state.finish(actor, str(number), broken)
        elif name == "parties":
            yield state.finish(actor, str(self.parties), broken)

    def _arrive(self, state: State, actor: int, call: Call) -> Iterator[State]:
        state = state.put(actor, call._replace(at=ARRIVED), state.thing)
        round_ = [a for a, c in enumerate(state.calls) if c is not None and c.at == ARRIVED]
        if len(round_) < self.parties:
            yield state
            return
        for indices in permutations(range(self.parties)):
            full = state
            for party, index in zip(round_, indices):
                full = full.finish(party, str(index), full.thing)
            yield full

    def timeouts(self, state: State, actor: int, call: Call) -> Iterator[State]:
        # It may also pass before the call has come as far as to arrive.
        if call.op.name == "wait_timed" and not state.thing:
            yield self._break(state).finish(actor, BROKEN, True)

    def _break(self, state: State) -> State:
        """Those who wait fail; one that has been let go and is still in its call may."""
        state = _change(state, FINISHED, lambda c: self._may_fail(c) if _waits(c.op) else c)
        return _change(state, ARRIVED, lambda c: Call(c.op, FINISHED, 0, (BROKEN,)))

    @staticmethod
    def _may_fail(call: Call) -> Call:
        if BROKEN in call.outcomes:
            return call
        return call._replace(outcomes=(*call.outcomes, BROKEN))

    def because(self, state: State, actor: int) -> str:
        return "while it is broken" if state.thing else "while it is not broken"

    def accuse(
        self, states: Sequence[State], actor: int, op: Op, seen: str, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse(states, actor, op, seen, around)
        if not _waits(op):
            return (
                clause,
                reason if op.name == "broken" else "and no order of the calls explains it",
            )
        let_go = any(self.value(s, actor) for s in states)
        if seen == "raised":
            # The barrier it is that says it is broken, or else something in it is.
            may = any(BROKEN in self.value(s, actor) for s in states)
            if may and not around.raced:
                clause = "barrier.error.type"
            return clause if may else "barrier.wait.releases-all", reason
        if not seen.isdecimal() or int(seen) >= self.parties:
            return "barrier.wait.index-range", f"and there are {self.parties} parties"
        if all(s.thing for s in states):
            return "barrier.wait.broken-raises", reason
        if let_go:
            return clause, "and no order of the calls explains it"
        come = max(sum(c is not None and c.at == ARRIVED for c in s.calls) for s in states)
        return (
            "barrier.wait.blocks-until-parties",
            f"while no more than {come} of {self.parties} parties have come",
        )

    clauses: ClassVar[Clauses] = {
        ("wait", "raised"): "barrier.wait.releases-all",
        ("wait", "*"): "barrier.wait.index-unique",
        ("wait_timed", "raised"): "barrier.wait.releases-all",
        ("wait_timed", "*"): "barrier.wait.index-unique",
        ("abort", "*"): "barrier.abort.breaks",
        ("reset", "*"): "barrier.reset.empties",
        ("broken", "*"): "barrier.broken",
        ("n_waiting", "*"): "barrier.n_waiting",
        ("parties", "*"): "barrier.parties",
    }
    stuck: ClassVar[Stuck] = {
        "wait": "barrier.wait.releases-all",
        "wait_timed": "barrier.timeout.raises",
        "abort": "barrier.abort.breaks",
        "reset": "barrier.reset.empties",
        "broken": "barrier.broken",
        "n_waiting": "barrier.n_waiting",
        "parties": "barrier.parties",
    }

    def because_stuck(self, state: State, actor: int) -> str:
        return "though the barrier is broken" if state.thing else ""

    def accuse_stuck(
        self, states: Sequence[State], actor: int, op: Op, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse_stuck(states, actor, op, around)
        if op.name == "wait":
            found = [s for s in states if not self.value(s, actor)]
            broken = bool(found) and all(s.thing for s in found)
            for name, other in (
                ("abort", "barrier.abort.active-fail"),
                (
                    "reset",
                    "barrier.wait.broken-raises" if broken else "barrier.reset.waiters-raise",
                ),
                ("wait_timed", "barrier.timeout.others-raise"),
            ):
                if name in around.called:
                    return other, reason
        return clause, reason
