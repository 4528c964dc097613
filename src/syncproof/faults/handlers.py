"""A signal handler that uses the primitive which its own thread is just using.

The handler runs in the middle of an operation, in the same thread: an operation that holds an inner
lock at that moment cannot go on before the handler returns, and the handler cannot before it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from syncproof.actors import Scene
from syncproof.actors.signals import signalled
from syncproof.faults.apart import Stage
from syncproof.faults.sweeps import find_at_every_point
from syncproof.interleave import interrupts


@dataclass(frozen=True)
class Reentry:
    """An operation, what the handler does in the midst of it, and what has to come of both."""

    title: str
    ready: Callable[[Any], Any]
    operation: Callable[[Any, Stage], Callable[[], Any]]
    handler: Callable[[Any], Any]
    #: What has gone wrong though both have ended; empty for nothing.
    wrong: Callable[[Scene, Any], str] = lambda scene, thing: ""


def everywhere(stage: Stage) -> None:
    """The ordeal: at each point of the operation at which a handler could run."""
    trials = [(one.title, partial(_try, stage, one)) for one in REENTRIES[stage.primitive]]
    if not find_at_every_point(stage, trials):
        stage.is_unfit("its operations run no Python code in which a handler could run")


def _try(stage: Stage, one: Reentry, number: int) -> tuple[interrupts.Outcome, str]:
    stage.tries(f"{one.title}, at point {number + 1}")
    scene, outcome, thing = stage.scene(), interrupts.Outcome(), stage.make()
    actor, _ = scene.actors(2)
    try:
        actor.does(one.ready, thing)
        actor.begins(
            interrupts.at, number, one.operation(thing, stage), partial(one.handler, thing),
            outcome,
        )
        scene.quiesce()
        if actor.busy:
            return outcome, "they never end"
        if not outcome.reached:
            return outcome, ""
        if outcome.error is not None:
            return outcome, f"{type(outcome.error).__name__} comes out"
        return outcome, one.wrong(scene, thing)
    finally:
        scene.close()


def while_blocked(stage: Stage) -> None:
    """The ordeal: the main thread waits for an event, and a handler of its own sets it."""
    stage.tries("set() in a handler while wait() waits in the same thread")
    scene, event = stage.scene(), stage.make()
    (other,) = scene.actors(1)
    helped: list[bool] = []

    def help_out() -> None:
        if main_is_busy():
            helped.append(True)
            other.begins(event.set)

    def main_is_busy() -> bool:
        return any(a.name == "main" and a.busy for a in scene.cast)

    signalled(scene, event.wait, then=help_out, handle=event.set)
    stage.finds(
        "wait() slept on, until another thread called set()" if helped else "it ended wait()"
    )


def _nothing(thing: Any) -> None:
    """It is used as it is made."""


def _acquired(lock: Any) -> None:
    lock.acquire()


def _block(lock: Any, stage: Stage) -> Callable[[], Any]:
    return partial(_in_block, lock)


def _in_block(lock: Any) -> None:
    with lock:
        pass


def _event_is_set(scene: Scene, event: Any) -> str:
    scene.cast[1].begins(event.wait)
    scene.quiesce()
    return "the set() is lost" if scene.cast[1].busy else ""


def _lock_is_free(scene: Scene, lock: Any) -> str:
    scene.cast[1].begins(lock.acquire)
    scene.quiesce()
    return "the lock is left held" if scene.cast[1].busy else ""


def _two_permits(scene: Scene, semaphore: Any) -> str:
    """One was there, one was released by the handler, and none is held."""
    for _ in range(2):
        scene.cast[1].begins(semaphore.acquire)
        scene.quiesce()
        if scene.cast[1].busy:
            return "a permit is lost"
    return ""


REENTRIES = {
    "rlock": (
        Reentry("a with block in a handler in a with block", _nothing, _block, _in_block,
                _lock_is_free),
        Reentry("a with block in a handler in release()", _acquired,
                lambda lock, _: lock.release, _in_block, _lock_is_free),
    ),
    "semaphore": (
        Reentry("release() in a handler in a with block", _nothing, _block,
                lambda semaphore: semaphore.release(), _two_permits),
    ),
    "event": (
        Reentry("set() in a handler in set()", _nothing, lambda event, _: event.set,
                lambda event: event.set(), _event_is_set),
        Reentry("set() in a handler in wait(timeout)", _nothing,
                lambda event, stage: partial(event.wait, stage.delays.brief),
                lambda event: event.set(), _event_is_set),
    ),
}
