"""What a scenario can find out. Raised, never asserted: they must work under ``python -O``."""

from __future__ import annotations

from collections.abc import Sequence


class Violation(AssertionError):
    """The implementation did something else than the scenario says it must.

    ``clause`` is the one that is broken, where a search looks for breaches of several; ``trace``
    and ``replay`` are what it found, as pairs of actor and step, and the token that repeats it.
    """

    clause: str = ""
    trace: Sequence[tuple[str, str]] = ()
    replay: str = ""


class Stuck(Violation):
    """An operation that had to finish did not; the text holds the stack of every busy actor."""


class Died(Exception):
    """What an operation ends by when the process that was to do it is gone."""


class Unable(Exception):
    """These actors cannot do what the scenario asks of them, and it says nothing of anybody."""


class ScenarioError(Exception):
    """The scenario itself is wrong: a fault of the suite, not of the implementation."""
