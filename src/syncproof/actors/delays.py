"""Every delay of the suite, by name, times one factor.

No test orders actors by sleeping. A delay is here because time is the subject (a timeout), because
a wait must end (a deadline), or because nothing better than a settle window can be had.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

#: For each depth of a check the seconds for which actors contend.
CONTESTS = {"quick": 0.06, "default": 0.15, "thorough": 3.0}


#: Seconds for an operation to finish, by how many have hung before.
PATIENCE = (5.0, 2.0, 1.0, 0.5, 0.2)


@dataclass
class Delays:
    """Durations in seconds."""

    factor: float = 1.0
    #: Waits of the implementation poll at this interval (declared by its adapter).
    poll_interval: float = 0.0
    #: What part of a contest is enough: actors of one thread change places where they wait only.
    contest_share: float = 1.0
    #: Operations that have hung so far: patience shrinks with them.
    hangs: int = 0
    #: How deep the check is to go: a key of CONTESTS.
    depth: str = "default"

    @property
    def short(self) -> float:
        """A timeout that is meant to pass."""
        return 0.05 * self.factor

    @property
    def brief(self) -> float:
        """A timeout that something else is to happen just before, at, or just after."""
        return 0.002 * self.factor

    @property
    def long(self) -> float:
        """A timeout that is not meant to pass."""
        return 600.0

    @property
    def early(self) -> float:
        """How much sooner than its timeout a call may return: what clocks disagree by."""
        return 0.001

    @property
    def settle(self) -> float:
        """No result for so long, in the actor's own time: it is blocked."""
        return max(0.030, 2.5 * self.poll_interval) * self.factor

    @property
    def contended(self) -> float:
        """How long actors contend where only many tries can show a fault."""
        return CONTESTS[self.depth] * self.factor * self.contest_share

    @property
    def deadline(self) -> float:
        """An operation that has not finished after so long, in its own time, is stuck.

        After a hang the implementation is red already; what is left is to say where else, soon.
        It is the actor's own time, so a loaded machine stretches it by itself; and it must be
        longer than what a healthy operation may take, a contest or a timeout.
        """
        patience = PATIENCE[min(self.hangs, len(PATIENCE) - 1)]
        return max(patience * self.factor, 2 * self.contended, 6 * self.short)


def load_factor() -> float:
    """How much to stretch every delay on a loaded machine, from 1 to 2.

    Little is enough: waits are measured in the actor's own time, which a loaded machine stretches
    by itself.
    """
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):
        return 1.0
    return min(2.0, max(1.0, load / (os.cpu_count() or 1)))
