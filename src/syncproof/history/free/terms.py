"""On which terms programs run on free threads, and what they do is judged."""

from __future__ import annotations

from dataclasses import dataclass

from syncproof.history.declared import excused, without
from syncproof.history.oracle import Fault, judge
from syncproof.history.program import Op, Program
from syncproof.history.programs import afterwards
from syncproof.history.record import History


@dataclass(frozen=True)
class Terms:
    """What there is not, what is declared to be otherwise, and for how many seconds one is waited
    for that should go on."""

    patience: float = 5.0
    lacking: frozenset[str] = frozenset()
    departs: frozenset[str] = frozenset()

    def looks(self, program: Program) -> tuple[Op, ...]:
        """What is asked of the object when all actors have come to their end."""
        return without(program, afterwards(program, self.lacking), self.departs)

    def judge(self, history: History) -> Fault | None:
        """What is wrong with it."""
        return judge(excused(history, self.departs))
