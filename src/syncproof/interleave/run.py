"""What came of one run of actors under the scheduler: its history, its choices, its points."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import CodeType

from syncproof.history.record import History

#: What happened at an entry of the log that is no bytecode, if no timeout passed.
BLOCKS, LOCK, BETWEEN = "blocks", "lock", "between"
#: The actor, the code and the offset of a point; or no code, and one of the words above.
Entry = tuple[int, "CodeType | None", "int | str"]

#: How many entries the log had when another actor began to run, which, and whether that was a
#: preemption: it took the turn from one that could go on, or a timeout passed while one could.
Turn = tuple[int, int, bool]


@dataclass
class Run:
    """What came of one run.

    ``failure`` is "" or how it failed (deadlock, livelock, hang, error), ``why`` says more, and
    ``error`` is what an actor has raised. ``choices`` replays it. ``log`` has the points in order,
    ``turns`` the changes of who runs; ``told`` says for each event of the history how many entries
    the log had then.
    """

    history: History
    choices: list[int] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def failure(self) -> str:
        return self.history.ended

    @property
    def why(self) -> str:
        return self.history.why

    @property
    def steps(self) -> int:
        return len(self.log)
