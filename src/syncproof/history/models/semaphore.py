"""Semaphore and BoundedSemaphore: a counter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from syncproof.history.models.model import ANYTHING, Around, Call, Clauses, Model, State, Stuck
from syncproof.history.program import TAKING, Op, Program


class Semaphore(Model):
    """The thing is the counter."""

    #: No release may take the counter above this; None: there is no such bound.
    bound: int | None = None

    def start(self, program: Program) -> int:
        return 1 if program.setup is None else program.setup

    def steps(self, state: State, actor: int, call: Call) -> Iterator[State]:
        name, value = call.op.name, state.thing
        if name in TAKING and value > 0:
            yield state.finish(actor, "True", value - 1)
        if name == "try" and (not value > 0 or self.in_transit(state, actor)):
            yield state.finish(actor, "False", value)
        elif name in ("release", "leave"):
            more = value + (1 if call.op.number is None else call.op.number)
            if self.bound is not None and more > self.bound:
                yield state.finish(actor, "ValueError", value)
            else:
                yield state.finish(actor, ANYTHING, more)

    def timeouts(self, state: State, actor: int, call: Call) -> Iterator[State]:
        if call.op.name == "timed" and (state.thing == 0 or self.in_transit(state, actor)):
            yield state.finish(actor, "False", state.thing)

    def because(self, state: State, actor: int) -> str:
        return f"while the counter is {state.thing}"

    clauses: ClassVar[Clauses] = {
        ("acquire", "True"): "sem.counter.never-negative",
        ("acquire", "*"): "sem.acquire.positive-decrements",
        ("try", "True"): "sem.counter.never-negative",
        ("try", "False"): "sem.acquire.nonblocking-true",
        ("try", "*"): "sem.acquire.nonblocking-false",
        ("timed", "True"): "sem.counter.never-negative",
        ("timed", "False"): "sem.acquire.timeout-true",
        ("timed", "*"): "sem.acquire.timeout-false",
        ("release", "*"): "sem.release.increments",
        ("leave", "*"): "sem.release.increments",
    }
    stuck: ClassVar[Stuck] = {
        "acquire": "sem.release.one-wakes-one",
        "try": "sem.acquire.nonblocking-false",
        "timed": "sem.acquire.timeout-bound",
    }

    def accuse(
        self, states: Sequence[State], actor: int, op: Op, seen: str, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse(states, actor, op, seen, around)
        # Asked alone, or where any number of permits may be, it has come to a wrong number before.
        if op.name in TAKING and (
            (seen == "True" and not around.raced)
            or (seen == "False" and (self.bound is None or not around.raced))
        ):
            clause = "sem.counter.formula"
        return clause, reason

    def accuse_stuck(
        self, states: Sequence[State], actor: int, op: Op, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse_stuck(states, actor, op, around)
        if op.name == "acquire" and not {"release", "leave"} & around.called:
            clause = "sem.acquire.positive-decrements"
        return clause, reason


class BoundedSemaphore(Semaphore):
    """What it is made with is the bound as well."""

    def __init__(self, bound: int | None) -> None:
        self.bound = 1 if bound is None else bound

    clauses: ClassVar[Clauses] = {
        **Semaphore.clauses,
        ("release", "raised"): "bsem.release.within-bound-ok",
        ("release", "*"): "bsem.release.over-bound-raises",
        ("leave", "raised"): "bsem.release.within-bound-ok",
        ("leave", "*"): "bsem.release.over-bound-raises",
    }

    def accuse(
        self, states: Sequence[State], actor: int, op: Op, seen: str, around: Around
    ) -> tuple[str, str]:
        clause, reason = super().accuse(states, actor, op, seen, around)
        if clause == "bsem.release.over-bound-raises":
            if around.raced:
                clause = "bsem.release.check-atomic"
            elif op.number is not None:
                clause = "bsem.release.n-over-bound-raises"
        return clause, reason
