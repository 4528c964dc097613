"""One run of one program: what has happened, in one order, and who has come to the end.

The record is sound on every build, also where threads run at once: no history is accused that
could not have been seen.
"""

from __future__ import annotations

from typing import Any

from syncproof.history.free.terms import Terms
from syncproof.history.program import Program
from syncproof.history.record import Event, History


class Trial:
    """A program that runs on an object of its own."""

    def __init__(self, program: Program, terms: Terms) -> None:
        self.program = program
        self.terms = terms
        #: What is asked of the object in the end, by a checker that comes after the actors.
        self.looks = terms.looks(program)
        self.thing: Any = None
        # Appends are atomic and in one order, whether one lock of the interpreter sees to that or
        # one of the list. If the return of one operation stands before the call of another, the
        # first had returned before the second was called. The other way round there is no more to
        # be said: operations that seem to overlap need not have done so, which only allows more.
        self.events: list[Event] = []
        self.errors: list[BaseException] = []
        #: Actors that have come to their end, the checker among them.
        self.finished: list[int] = []
        #: It is to go no further.
        self.over = False
        #: Where in the record everybody else was blocked, or had ended, for certain.
        self.quiet: list[int] = []

    @property
    def done(self) -> bool:
        """Whether all have come to their end, the checker too."""
        return len(self.finished) > len(self.program.actors)

    def in_calls(self) -> set[int]:
        """Actors that have called an operation and not returned."""
        return {event.actor for event in self.history().pending}

    def history(self, ended: str = "") -> History:
        """What has happened so far."""
        why = f"{type(self.errors[0]).__name__}: {self.errors[0]}" if self.errors else ""
        return History(self.program, list(self.events), ended, why, list(self.quiet))
