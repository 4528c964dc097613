"""What the tests of one session share: what is checked, under which delays, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncproof.actors.delays import Delays, load_factor
from syncproof.suite.capabilities import Capabilities
from syncproof.suite.cases import Case
from syncproof.suite.journal import Journal
from syncproof.suite.judging import Judge
from syncproof.suite.selection import Selection

if TYPE_CHECKING:
    from syncproof.interleave.control import Controlled
    from syncproof.interleave.facades import NotControllable

#: Where a configuration of pytest has its session.
RUNNING = pytest.StashKey["Suite"]()


class Suite:
    """One session of the suite."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.getoption
        #: False in a process of pytest-xdist that runs tests for another one.
        self.controller = not hasattr(config, "workerinput")
        path = option("--syncproof-journal")
        self.journal = Journal(Path(path) if path and self.controller else None)
        self.selection = Selection(config)
        self.delays = Delays(
            factor=option("--syncproof-time-factor") or load_factor(),
            hangs=option("--syncproof-hangs"),
            depth=self.selection.depth,
        )
        self.capabilities = Capabilities(self.selection, self.delays)
        self.judge = Judge(self.selection, self.delays)
        #: Implementations as a scheduler sees them, by name.
        self.controlled: dict[str, Controlled | NotControllable] = {}

    @classmethod
    def of(cls, config: pytest.Config) -> Suite:
        return config.stash[RUNNING]

    def skip_if_shown(self, case: Case) -> None:
        """One schedule that shows a fault is enough: the next search would find it again."""
        if self.judge.has_schedule(case):
            pytest.skip("another search has found a fault already")
