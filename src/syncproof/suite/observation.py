"""What is seen of one test: how it ended, what its actors did, and which clause it blames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from syncproof.actors import ScenarioError, Scene, Stuck, Violation
from syncproof.history.models.blamed import ATOMIC
from syncproof.results import BAD
from syncproof.subject import CORE
from syncproof.suite import stands
from syncproof.suite.cases import Case

#: What the fixtures leave on the item of a test.
SCENE = pytest.StashKey[Scene]()
MADE = pytest.StashKey["list[Any]"]()
FINDINGS = pytest.StashKey["list[str]"]()
#: What they find on it, when they end.
FAILED = pytest.StashKey[bool]()


@dataclass
class Observation:
    """One phase of a test."""

    outcome: str
    message: str
    seconds: float
    #: What a test of a property has found.
    findings: list[str]
    trace: list[list[str]] = field(default_factory=list)
    #: Where each actor stood in the end.
    stands: list[list[Any]] = field(default_factory=list)
    #: The clause that a search has found broken.
    blamed: str = ""
    #: The token that repeats the schedule which shows it.
    replay: str = ""


def observe(item: pytest.Item, call: pytest.CallInfo[None], case: Case) -> Observation:
    """What a phase shows; its item is told if it has failed."""
    if call.excinfo is not None:
        item.stash[FAILED] = True
    outcome, message = _outcome(call)
    findings = item.stash.get(FINDINGS, [])
    seen = Observation(outcome, message, round(call.duration, 4), findings)
    scene = item.stash.get(SCENE, None)
    if scene is not None and outcome in ("fail", "hang"):
        seen.trace = [list(t) for t in scene.trace]
        seen.stands = stands.of_scene(scene, message)
        if not seen.stands:
            made = item.stash.get(MADE, [])
            seen.stands = stands.of_thing(made[-1:], CORE[case.primitive][0])
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, Violation) and error.clause:
        seen.blamed, seen.replay = error.clause, error.replay
        seen.trace = [list(t) for t in error.trace]
        seen.stands = stands.of_schedule(seen.trace)
    elif outcome in BAD and ATOMIC in case.searched_ids:
        seen.blamed = ATOMIC  # it ended badly, and did not come to say what is broken
    return seen


def _outcome(call: pytest.CallInfo[None]) -> tuple[str, str]:
    if call.excinfo is None:
        return "pass", ""
    error = call.excinfo.value
    if isinstance(error, pytest.skip.Exception):
        return "skipped", str(error.msg)
    if isinstance(error, Stuck):
        return "hang", str(error)
    if isinstance(error, ScenarioError):
        return "error", str(error)
    if isinstance(error, Violation):
        return "fail", str(error)
    text = str(error).split("\n")[0]
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        return "fail", text or "an assertion of the test failed"
    return ("fail" if call.when == "call" else "error"), f"{type(error).__name__}: {text}"
