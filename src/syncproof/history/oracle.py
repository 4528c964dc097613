"""The oracle: whether what happened is something that the documentation allows.

All states in which the model may be are carried along the events of a history. An operation
that is called may take effect at any moment until it returns; when it returns, those states stay
in which it may have come to what it returned. If none stays, that return is the fault. Calls that
are stuck at the end must be blocked in one of the states that are left, or a wake-up was lost.

What follows from a set of states is the same in every history, so it is worked out once.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass

from syncproof.history.models import STRICT, Model, model_of
from syncproof.history.models.model import Around, State, fits, seen_as
from syncproof.history.program import LETTERS, Program, Raised
from syncproof.history.record import Event, History

#: How many sets of states are kept before they are worked out afresh.
MOST_KEPT = 100_000


@dataclass(frozen=True)
class Fault:
    """What a history shows to be wrong: the clause, a sentence, and the event that shows it.

    ``event`` counts from 0; it is the number of events where what is wrong is how it ended.
    """

    clause: str
    line: str
    event: int

    def __str__(self) -> str:
        return f"{self.clause}: {self.line}"


def judge(history: History, strict: Collection[str] = frozenset()) -> Fault | None:
    """What the documentation does not allow of it; None if it allows everything.

    ``strict`` names properties that are a fault as well, after everything else.
    """
    fault = _judge(history, "")
    for prop in sorted(strict):
        if fault is None:
            fault = _judge(history, prop)
            if fault is not None:
                fault = Fault(prop, fault.line, fault.event)
    return fault


class _States:
    """A set of states that the model may be in, and the sets that follow from it."""

    __slots__ = ("next", "states")

    def __init__(self, states: frozenset[State]) -> None:
        self.states = states
        self.next: dict[Hashable, _States | None] = {}


class _Automaton:
    """The sets of states of one model, each with what follows, worked out when first asked for."""

    def __init__(self, model: Model, program: Program, actors: int) -> None:
        self.model = model
        self.kept: dict[frozenset[State], _States] = {}
        self.start = self._keep([State(model.start(program), (None,) * actors)])

    def _keep(self, states: Iterable[State]) -> _States:
        frozen = frozenset(states)
        node = self.kept.get(frozen)
        if node is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            node = self.kept[frozen] = _States(frozen)
        return node

    def after(self, node: _States, event: Event) -> _States | None:
        """The states after an event; None when there are none."""
        seen = seen_as(event.value) if event.returned else None
        key = (event.actor, event.op, event.returned, seen)
        try:
            return node.next[key]
        except KeyError:
            pass
        states: Iterable[State]
        if seen is None:
            states = [self.model.call(s, event.actor, event.op) for s in node.states]
        else:
            states = [
                self.model.returned(s, event.actor)
                for s in self.closed(node).states
                if fits(seen, self.model.value(s, event.actor))
            ]
        follows = node.next[key] = self._keep(states) if states else None
        return follows

    def closed(self, node: _States) -> _States:
        """The same, and all that the open calls may have come to by now."""
        closed = node.next.get("closed")
        if closed is None:
            reached = set(node.states)
            todo = list(node.states)
            while todo:
                state = todo.pop()
                for actor in range(len(state.calls)):
                    for other in self.model.moves(state, actor):
                        if other not in reached:
                            reached.add(other)
                            todo.append(other)
            closed = node.next["closed"] = self._keep(reached)
        return closed

    def asleep(self, node: _States, timeouts: bool) -> _States | None:
        """The states in which all open calls are blocked, be it until a timeout passes."""
        key = ("asleep", timeouts)
        if key not in node.next:
            states = [
                s
                for s in self.closed(node).states
                if all(
                    call is None or self.model.blocked(s, actor, timeouts)
                    for actor, call in enumerate(s.calls)
                )
            ]
            node.next[key] = self._keep(states) if states else None
        return node.next[key]


@functools.lru_cache(maxsize=64)
def _automaton(
    primitive: str, setup: int | None, variant: str, actors: int, strict: str
) -> _Automaton:
    program = Program(primitive, (), setup, variant)
    return _Automaton(model_of(program, (strict,)), program, actors)


def _judge(history: History, strict: str) -> Fault | None:
    if strict and strict not in STRICT:
        raise ValueError(f"{strict!r} is no property of a model: {', '.join(STRICT)}")
    program = history.program
    actors = max([len(program.actors), *(e.actor + 1 for e in history.events)])
    automaton = _automaton(program.primitive, program.setup, program.variant, actors, strict)
    node = automaton.start
    for number, event in enumerate(history.events):
        if number in history.quiet:
            asleep = automaton.asleep(node, timeouts=False)
            if asleep is None:
                return _stuck(automaton, node, history, number)
            node = asleep
        after = automaton.after(node, event)
        if after is None:
            return _wrong(automaton, node, history, number)
        node = after
    return _ending(automaton, node, history)


def _ending(automaton: _Automaton, node: _States, history: History) -> Fault | None:
    end = len(history.events)
    if history.ended == "error":
        return Fault("mod.atomic.methods", f"the run ended by an error: {history.why}", end)
    if not history.ended or not history.pending:
        return None
    if history.ended == "livelock":
        # Some were perhaps not let run for long enough. That is no excuse where every one of them
        # could go on whatever the others do.
        excused = any(
            automaton.model.blocked(state, actor, timeouts=False)
            for state in automaton.closed(node).states
            for actor in range(len(state.calls))
        )
    else:
        excused = automaton.asleep(node, timeouts=True) is not None
    return None if excused else _stuck(automaton, node, history, end)


def _wrong(automaton: _Automaton, node: _States, history: History, number: int) -> Fault:
    """The fault of an operation that returned what it could not."""
    model, event = automaton.model, history.events[number]
    states = sorted(automaton.closed(node).states, key=repr)
    seen = "raised" if isinstance(event.value, Raised) else str(seen_as(event.value))
    clause, reason = model.accuse(states, event.actor, event.op, seen, _around(history, number))
    return Fault(clause, f"{event} {reason}", number)


def _around(history: History, number: int) -> Around:
    """What there was before that return, and beside its call."""
    events = history.events[:number]
    actor = history.events[number].actor
    called = max(i for i, e in enumerate(events) if e.actor == actor and not e.returned)
    raced = called + 1 < number or bool(History(history.program, events[:called]).pending)
    return Around(frozenset(e.op.name for i, e in enumerate(events) if i != called), raced)


#: How a run ended, said of a call that did not.
_DOES = {"livelock": "goes round and round", "hang": "does not come back"}


def _stuck(automaton: _Automaton, node: _States, history: History, number: int) -> Fault:
    """The fault of a call that does not come back although it could."""
    model, states = automaton.model, sorted(automaton.closed(node).states, key=repr)
    events, timeouts = history.events[:number], number == len(history.events)
    pending = sorted(History(history.program, events).pending, key=lambda e: e.actor)
    # Blame one that has come to its end wherever nobody else could go on either.
    settled = [
        s
        for s in states
        if not any(True for e in pending for _ in model.moves(s, e.actor, timeouts))
    ]
    blamed = next((e for e in pending if all(model.value(s, e.actor) for s in settled)), pending[0])
    around = Around(frozenset(e.op.name for e in events if e is not blamed))
    does = _DOES.get(history.ended, "sleeps on") if number == len(history.events) else "sleeps on"
    clause, reason = model.accuse_stuck(states, blamed.actor, blamed.op, around)
    return Fault(clause, f"{LETTERS[blamed.actor]}: {blamed.op} {does} {reason}", number)
