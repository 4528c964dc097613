"""What all models have in common: calls that are open, and what may become of them.

A model says which behaviours the documentation allows, as a transition system. Its state is the
thing itself (who holds the lock, what the counter is) and what each actor is doing. An operation
is called, takes a step or more, one of which is the moment at which it takes effect, and returns
what that step came to. Everything that is left open is a choice between steps: whom a release
lets in, whether a timeout has passed. Waiting actors are a set, for no order is promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from syncproof.history.program import LETTERS, Op, Program, Raised

#: What a finished call may come to, as text: "True", "None", "2"; an exception by the name of its
#: class; ANYTHING that is no exception; ANY_ERROR where the documentation names none.
ANYTHING = "anything"
ANY_ERROR = "Exception"

#: Where in its call an actor is. Some models know more places.
CALLED = "called"
FINISHED = "finished"

#: Nothing has come of a call yet: the value of one that is not finished.
OPEN = ()

Clauses = Mapping[tuple[str, str], str]
Stuck = Mapping[str, str]


class Call(NamedTuple):
    """A call that has not returned: where it is, and once it is finished, what it may return."""

    op: Op
    at: str = CALLED
    depth: int = 0
    outcomes: tuple[str, ...] = OPEN


class State(NamedTuple):
    """The thing, in the words of its model, and the open call of each actor."""

    thing: Any
    calls: tuple[Call | None, ...]

    def put(self, actor: int, call: Call | None, thing: Any) -> State:
        """The state in which this actor is there, and the thing is that."""
        calls = self.calls
        return State(thing, (*calls[:actor], call, *calls[actor + 1 :]))

    def finish(self, actor: int, outcome: str, thing: Any) -> State:
        """The state in which this actor's call has taken effect and may return."""
        return self.put(actor, self.open(actor)._replace(at=FINISHED, outcomes=(outcome,)), thing)

    def open(self, actor: int) -> Call:
        """The open call of an actor that has one."""
        call = self.calls[actor]
        if call is None:
            raise ValueError(f"{LETTERS[actor]} is in no call")
        return call


class Around(NamedTuple):
    """What else there was in the history: which operations have been called before, or are open
    beside it; and whether calls of others were open at the same time."""

    called: frozenset[str]
    raced: bool = False


class Model:
    """What is allowed of one primitive. The methods below are all that the oracle uses."""

    #: Which clause is broken by an operation that returned this, where no state allows it:
    #: (operation, what it returned); "raised" stands for any exception, "*" for anything else.
    clauses: ClassVar[Clauses] = {}
    #: Which clause is broken by an operation that is stuck although it could go on.
    stuck: ClassVar[Stuck] = {}

    def start(self, program: Program) -> Any:
        """The thing as it is made."""
        raise NotImplementedError

    def steps(self, state: State, actor: int, call: Call) -> Iterator[State]:
        """What this unfinished call may do now, whatever the time; nothing: it is blocked."""
        raise NotImplementedError

    def timeouts(self, state: State, actor: int, call: Call) -> Iterator[State]:
        """What it may do because its timeout passes."""
        return iter(())

    def in_transit(self, state: State, actor: int) -> bool:
        """Whether another timed acquire is about to say that it has not got it.

        It may have been handed over to that one just as its timeout passed, which gives it on: for
        that moment nobody has it, and nobody can have it. A timeout that passes then is no fault.
        """
        return any(
            other != actor
            and call is not None
            and call.op.name == "timed"
            and call.at == FINISHED
            and call.outcomes == ("False",)
            for other, call in enumerate(state.calls)
        )

    def call(self, state: State, actor: int, op: Op) -> State:
        """The operation is called."""
        return state.put(actor, Call(op), state.thing)

    def moves(self, state: State, actor: int, timeouts: bool = True) -> Iterator[State]:
        """All that this actor's open call may do now."""
        call = state.calls[actor]
        if call is not None and call.at != FINISHED:
            yield from self.steps(state, actor, call)
            if timeouts:
                yield from self.timeouts(state, actor, call)

    def blocked(self, state: State, actor: int, timeouts: bool = True) -> bool:
        """Whether this actor's open call can neither return nor do anything."""
        call = state.calls[actor]
        if call is None or call.at == FINISHED:
            return False
        return next(self.moves(state, actor, timeouts), None) is None

    def value(self, state: State, actor: int) -> tuple[str, ...]:
        """What this actor's call may return; OPEN while it has not taken effect."""
        call = state.calls[actor]
        return OPEN if call is None else call.outcomes

    def returned(self, state: State, actor: int) -> State:
        """The finished call returns, and is forgotten."""
        return state.put(actor, None, state.thing)

    # ------------------------------------------------------------------ blame

    def accuse(
        self, states: Sequence[State], actor: int, op: Op, seen: str, around: Around
    ) -> tuple[str, str]:
        """The clause that a return with a value that no state allows breaks, and why it does.

        ``states`` are those in which the model may be before the return. ``seen`` is
        "raised" for any exception.
        """
        found = [s for s in states if not self.value(s, actor)]
        reasons = {self.because(state, actor) for state in found}
        reason = reasons.pop() if len(reasons) == 1 else ""
        clause = self.clause(op.name, seen)
        if seen == "raised" and around.raced:
            clause = "mod.atomic.methods"
        return clause, reason or "and no order of the calls explains it"

    def clause(self, name: str, seen: str) -> str:
        """The clause that is broken where this operation returns that and should not."""
        for kind in (seen, "*"):
            if (name, kind) in self.clauses:
                return self.clauses[name, kind]
        return "mod.atomic.methods"

    def because(self, state: State, actor: int) -> str:
        """What this state holds against it, as "while a holds it"."""
        return ""

    def accuse_stuck(
        self, states: Sequence[State], actor: int, op: Op, around: Around
    ) -> tuple[str, str]:
        """The clause that is broken when this operation is stuck, and why it should not be."""
        clause = self.stuck.get(op.name, "mod.atomic.methods")
        found = [s for s in states if not self.value(s, actor)]
        if not found:
            return clause, "though it has been let go"
        able = [s for s in found if not self.blocked(s, actor, timeouts=False)]
        if not able:
            return clause, "though its timeout passes"
        reasons = {self.because_stuck(s, actor) for s in able}
        reason = reasons.pop() if len(reasons) == 1 else ""
        return clause, reason or "though it could go on"

    def because_stuck(self, state: State, actor: int) -> str:
        """Why a call that is stuck should not be, in this state."""
        return self.because(state, actor)


def seen_as(value: Any) -> str | tuple[str, ...]:
    """What came of a call, as outcomes speak of it; the names of its classes if it raised."""
    if isinstance(value, Raised):
        return value.names
    if value is None or value is True or value is False:
        return repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    return f"an object of class {type(value).__name__}"


def fits(seen: str | tuple[str, ...], outcomes: Iterable[str]) -> bool:
    """Whether that is one of these outcomes."""
    if isinstance(seen, tuple):
        return any(outcome in seen for outcome in outcomes)
    return any(outcome in (seen, ANYTHING) for outcome in outcomes)
