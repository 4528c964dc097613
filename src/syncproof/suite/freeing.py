"""The end of a scenario: whoever it leaves blocked is let go, as well as that can be done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from syncproof.actors import Scene

#: Seconds after which nobody else will come free.
PATIENCE = 0.2


def free(scene: Scene, primitive: str, made: Sequence[Any]) -> None:
    """Let go whoever is still blocked in what the scenario made."""

    def rescue() -> None:
        for thing in made:
            _open(thing, primitive)

    scene.actors(1)
    end = time.monotonic() + PATIENCE
    left = len(scene.busy) + 1
    while scene.busy and time.monotonic() < end:
        if scene.driver.exact and len(scene.busy) == left:
            return  # what the last round has not changed, the next one will not
        left = len(scene.busy)
        for actor in scene.cast:
            if not actor.busy:  # it may be the one that holds the lock
                actor.begins(rescue)
        scene.passes(0.005)


def _open(thing: Any, primitive: str) -> None:
    """Do all that ends a wait for it."""
    verbs = {"event": ["set"], "barrier": ["abort"]}.get(primitive, ["release"] * 8)
    if primitive == "condition":
        verbs = ["notify_all", *verbs]
        with suppress(Exception):
            _take_if_free(thing)
    for verb in verbs:
        with suppress(Exception):
            getattr(thing, verb)()


def _take_if_free(condition: Any) -> None:
    """Acquire the lock of a condition without waiting for it, as far as that can be said there."""
    try:
        condition.acquire(False)
    except TypeError:
        if not condition.locked():
            condition.acquire()
