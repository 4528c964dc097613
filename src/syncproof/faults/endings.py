"""The interpreter ends while daemon threads still hold a primitive, or wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from syncproof.faults.apart import Stage


def with_daemons(stage: Stage) -> bool:
    """The ordeal: end, with one daemon thread that holds it and two that wait; ends by itself."""
    stage.tries("end the interpreter while daemon threads hold it and wait")
    thing = stage.make(*((5,) if stage.primitive == "barrier" else ()))
    hold, wait = HOLDING[stage.primitive](thing)
    scene = stage.scene()
    resting = threading.Lock()
    resting.acquire()

    def hold_and_rest() -> None:
        hold()
        resting.acquire()

    holder, *waiters = scene.actors(3)  # the actors are daemon threads
    holder.begins(hold_and_rest).blocks()
    for waiter in waiters:
        waiter.begins(wait).blocks()
    return True


def _of_a_lock(lock: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return lock.acquire, lock.acquire


def _of_a_wait(thing: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return (lambda: None), thing.wait


def _of_a_condition(condition: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    def wait() -> None:
        with condition:
            condition.wait()

    return (lambda: None), wait


HOLDING = {
    "lock": _of_a_lock,
    "rlock": _of_a_lock,
    "semaphore": _of_a_lock,
    "bounded_semaphore": _of_a_lock,
    "event": _of_a_wait,
    "condition": _of_a_condition,
    "barrier": _of_a_wait,
}
