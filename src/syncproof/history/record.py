"""What happened when a program ran: calls and returns, in one order.

Whoever runs a program (a controlled schedule, free threads) makes such a record, and the model is
asked whether it could have behaved so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncproof.history.program import (
    LETTERS,
    TAKING,
    TIMEOUT,
    Op,
    Program,
    Raised,
    call_of,
    raised,
)


@dataclass(frozen=True)
class Event:
    """An actor calls an operation, or returns from it with a value (or a Raised)."""

    actor: int
    op: Op
    returned: bool = False
    value: Any = None

    def __str__(self) -> str:
        name = LETTERS[self.actor]
        if not self.returned:
            return f"{name} calls {self.op}"
        if isinstance(self.value, Raised):
            return f"{name}: {self.op} {self.value}"
        return f"{name}: {self.op} returned {self.value!r}"


@dataclass
class History:
    """The events of one run, in the order in which they happened.

    ``ended`` says how the run ended: "" when every actor came to the end of its operations;
    "deadlock" when those that have not are blocked for good; "livelock", "hang" or "error" when it
    was given up, with ``why``. It is a livelock only if all that can run have been let run, in
    turn, for far longer than any call takes: one that is merely cut short would accuse whoever
    was in a call.

    ``quiet`` says more about a run that was watched: positions in ``events`` before which, for a
    moment, every open call was blocked for good (in no sleep, in no wait that has a timeout) and
    nothing was running in the implementation. A scheduler knows that; free threads do not. A
    wake-up that is lost shows there even if a later one helps.
    """

    program: Program
    events: list[Event] = field(default_factory=list)
    ended: str = ""
    why: str = ""
    quiet: list[int] = field(default_factory=list)

    @property
    def pending(self) -> list[Event]:
        """The calls that have not returned."""
        open_calls: dict[int, Event] = {}
        for event in self.events:
            if event.returned:
                del open_calls[event.actor]
            else:
                open_calls[event.actor] = event
        return list(open_calls.values())


def actor_body(
    number: int,
    ops: Sequence[Op],
    thing: Any,
    note: Callable[[Event], Any],
    broken_barrier_error: type[BaseException],
    between: Callable[[], Any] = lambda: None,
    timeout: float = TIMEOUT,
) -> Callable[[], None]:
    """What actor ``number`` does: its operations in order, each noted when called and returned.

    ``note`` must be atomic (an append to a list is, everywhere). ``between`` is called before each
    operation: there free threads are made to change places. ``timeout`` is that of the operations
    that have one.
    """
    calls = [(op, call_of(op, timeout)) for op in ops]

    def body() -> None:
        held = 0
        for op, call in calls:
            if op.name == "leave" and not held:
                continue
            between()
            note(Event(number, op))
            try:
                value = call(thing)
            except Exception as error:
                value = raised(error, broken_barrier_error)
            else:
                held = held_after(held, op, value)
            note(Event(number, op, True, value))

    return body


def held_after(held: int, op: Op, value: Any) -> int:
    """How much an actor holds that held so much, once an operation has returned."""
    if op.name in TAKING:
        return held + bool(value)
    if op.name in ("leave", "release"):
        return max(0, held - (1 if op.number is None else op.number))
    return held
