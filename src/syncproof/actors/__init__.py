"""Scenarios: actors that do things, block, and are let go; whatever they are made of."""

from syncproof.actors.language import (
    Actor,
    Scene,
    all_of,
    at_least,
    one_of,
    rest_of,
    some_of,
)
from syncproof.actors.verdicts import ScenarioError, Stuck, Violation

__all__ = [
    "Actor",
    "Scene",
    "ScenarioError",
    "Stuck",
    "Violation",
    "all_of",
    "at_least",
    "one_of",
    "rest_of",
    "some_of",
]
