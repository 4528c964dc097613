"""Event: a flag, and those who wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from syncproof.history.models.model import ANYTHING, FINISHED, Call, Clauses, Model, State, Stuck
from syncproof.history.program import Program

#: It has seen that the flag is false, and waits for the next set().
WAITING = "waiting"


class Event(Model):
    """The thing is the flag. Whoever waits when it is set has been woken, even if it is cleared
    before he runs."""

    def start(self, program: Program) -> bool:
        return False

    def steps(self, state: State, actor: int, call: Call) -> Iterator[State]:
        name, flag = call.op.name, state.thing
        if name in ("wait", "wait_timed"):
            if flag:
                yield state.finish(actor, "True", flag)
            elif call.at != WAITING:
                yield state.put(actor, call._replace(at=WAITING), flag)
        elif name == "set":
            yield self._wake(state).finish(actor, ANYTHING, True)
        elif name == "clear":
            yield state.finish(actor, ANYTHING, False)
        elif name == "is_set":
            yield state.finish(actor, str(flag), flag)

    def timeouts(self, state: State, actor: int, call: Call) -> Iterator[State]:
        if call.op.name == "wait_timed" and not state.thing:
            yield state.finish(actor, "False", state.thing)

    @staticmethod
    def _wake(state: State) -> State:
        calls = tuple(
            Call(call.op, FINISHED, 0, ("True",))
            if call is not None and call.at == WAITING
            else call
            for call in state.calls
        )
        return State(state.thing, calls)

    def because(self, state: State, actor: int) -> str:
        return "while it is set" if state.thing else "while it is not set"

    clauses: ClassVar[Clauses] = {
        ("wait", "True"): "event.wait.blocks-while-false",
        ("wait", "*"): "event.wait.returns-true",
        ("wait_timed", "True"): "event.wait.blocks-while-false",
        ("wait_timed", "False"): "event.wait.timeout-set-true",
        ("wait_timed", "*"): "event.wait.timeout-false",
        ("set", "*"): "event.set.sets",
        ("clear", "*"): "event.clear.resets",
        ("is_set", "*"): "event.is_set.iff",
    }
    stuck: ClassVar[Stuck] = {
        "wait": "event.set.wakes-all",
        "wait_timed": "event.wait.timeout-bound",
    }
