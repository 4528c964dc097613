"""What a scenario can find out. Raised, never asserted: they must work under ``python -O``."""

from __future__ import annotations


class Violation(AssertionError):
    """The implementation did something else than the scenario says it must."""


class Stuck(Violation):
    """An operation that had to finish did not; the text holds the stack of every busy actor."""


class ScenarioError(Exception):
    """The scenario itself is wrong: a fault of the suite, not of the implementation."""
