"""What a fork makes of a primitive that other threads hold or wait for.

In the child only the thread that forked is left. A lock that another one held is as it was, and its
holder is gone; a waiter is gone, and may still be counted. Nothing of it is promised.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from syncproof.actors import Actor, Scene
from syncproof.faults.apart import Stage, holding

#: Seconds that one child has; what is stuck in it longer is stuck.
PATIENCE = 3.0

#: Looks at a thing in the child; it is told which thread of the parent held it or waited for it.
Look = Callable[[Scene, Any, int], str]
Use = Callable[[Scene, Any], str]
#: What is arranged before the fork, by its title, and what looks at it in the child.
Cases = dict[str, "tuple[Callable[[Scene, Any], int], Look]"]
#: So many threads of the child are looked through for one with the ident of the holder.
TWINS = 6


def in_two(stage: Stage) -> None:
    """The ordeal: fork while others hold it or wait, and look at the child."""
    _each(stage, HELD.get(stage.primitive, {}))
    _each(stage, WAITING.get(stage.primitive, {}))
    stage.tries("use a new one in the child")
    said = in_child(lambda: USES[stage.primitive](stage.scene(), stage.make()))
    if said:
        stage.finds(f"a new one in the child: {said}")


def _each(stage: Stage, cases: Cases) -> None:
    for title, (arrange, look) in cases.items():
        stage.tries(title)
        thing = stage.make()
        gone = arrange(stage.scene(), thing)
        seen = in_child(partial(_look, look, stage, thing, gone))
        stage.finds(f"{title}: in the child {seen}")


def _look(look: Look, stage: Stage, thing: Any, gone: int) -> str:
    return look(stage.scene(), thing, gone)


def in_child(look: Callable[[], str]) -> str:
    """What is seen in a child of this process; it is killed where that has no end."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # there are threads: that is the point
        pid = os.fork()
    if pid == 0:
        try:
            text = look()
        except BaseException as error:
            text = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    status = _reap(pid)
    with os.fdopen(reading, "rb") as file:
        said = file.read().decode()
    if status is None:
        return "everything stands still for ever"
    if os.WIFSIGNALED(status):
        return f"the process dies by {signal.Signals(os.WTERMSIG(status)).name}"
    return said


def _reap(pid: int) -> int | None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        time.sleep(0.002)
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


# -- before the fork -------------------------------------------------------------------------


def _another_holds(scene: Scene, thing: Any) -> int:
    (holder,) = scene.actors(1)
    return int(holder.does(_acquire_and_tell, thing))


def _acquire_and_tell(thing: Any) -> int:
    thing.acquire()
    return threading.get_ident()


def _this_one_holds(scene: Scene, thing: Any) -> int:
    return _acquire_and_tell(thing)


def _another_waits(scene: Scene, thing: Any) -> int:
    scene.actors(1)[0].begins(thing.wait).blocks()
    return 0


def _another_waits_under_lock(scene: Scene, thing: Any) -> int:
    scene.actors(1)[0].begins(holding, thing, thing.wait).blocks()
    return 0


# -- in the child ----------------------------------------------------------------------------


def _of_another(scene: Scene, thing: Any, holder: int) -> str:
    cast = scene.actors(TWINS)
    idents = {actor: int(actor.does(threading.get_ident)) for actor in cast}
    taker, releaser, *_ = (a for a in cast if idents[a] != holder)
    twins = [a for a in cast if idents[a] == holder]
    if _ends(scene, taker.begins(thing.acquire)):
        return _how(taker, "it is free", "acquire()")
    if not _ends(scene, releaser.begins(thing.release)):
        return "it is held for ever: release() never ends"
    if releaser.call.error is None:
        return _freed(scene, taker)
    said = f"it is held for ever: release() {releaser.call.result}"
    if twins and _ends(scene, twins[0].begins(thing.acquire)) and not twins[0].call.error:
        said += "; but a thread of the child with the ident of the holder is taken for its owner"
    return said


def _of_this_one(scene: Scene, thing: Any, _: int) -> str:
    (taker,) = scene.actors(1)
    if _ends(scene, taker.begins(thing.acquire)):
        return _how(taker, "it is free", "acquire()")
    try:
        thing.release()
    except Exception as error:
        return f"it is held for ever: release() raised {type(error).__name__}"
    return _freed(scene, taker)


def _freed(scene: Scene, taker: Actor) -> str:
    if _ends(scene, taker):
        return "it is held, and release() frees it"
    return "it is held for ever, also after release()"


def _event(scene: Scene, event: Any, _: int) -> str:
    waiter, setter = scene.actors(2)
    if _ends(scene, waiter.begins(event.wait)):
        return f"wait() {waiter.call.result} at once"
    if not _ends(scene, setter.begins(event.set)):
        return "set() never ends"
    return "a waiter of its own is woken" if _ends(scene, waiter) else "set() wakes nobody"


def _condition(scene: Scene, condition: Any, _: int) -> str:
    waiter, notifier = scene.actors(2)
    if _ends(scene, waiter.begins(holding, condition, condition.wait)):
        return f"wait() {waiter.call.result} at once"
    for count in (1, 2, 3):
        notifier.begins(holding, condition, condition.notify)
        if not _ends(scene, notifier):
            return "notify() never ends"
        if notifier.call.error is not None:
            return f"notify() {notifier.call.result}"
        if _ends(scene, waiter):
            if count == 1:
                return "a waiter of its own is woken by the first notify()"
            return f"{count - 1} notify() are spent on waiters that are gone"
    return "notify() wakes nobody"


def _barrier(scene: Scene, barrier: Any, _: int) -> str:
    first, second = scene.actors(2)
    if _ends(scene, first.begins(barrier.wait)):
        return f"wait() of one alone {first.call.result}: who is gone still counts"
    if not _ends(scene, second.begins(barrier.wait)) or not _ends(scene, first):
        return "wait() of two never ends"
    return "a round of two of its own is whole"


def _ends(scene: Scene, actor: Actor) -> bool:
    scene.quiesce()
    return not actor.busy


def _how(actor: Actor, well: str, what: str) -> str:
    return well if actor.call.error is None else f"{what} {actor.call.result}"


# -- new ones --------------------------------------------------------------------------------


def _use_lock(scene: Scene, lock: Any) -> str:
    holder, waiter = scene.actors(2)
    holder.does(lock.acquire)
    waiter.begins(lock.acquire).blocks()
    holder.does(lock.release)
    waiter.completes()
    return ""


def _use_event(scene: Scene, event: Any) -> str:
    waiter, setter = scene.actors(2)
    waiter.begins(event.wait).blocks()
    setter.does(event.set)
    waiter.completes()
    return ""


def _use_condition(scene: Scene, condition: Any) -> str:
    waiter, notifier = scene.actors(2)
    waiter.begins(holding, condition, condition.wait).blocks()
    notifier.does(holding, condition, condition.notify)
    waiter.completes()
    return ""


def _use_barrier(scene: Scene, barrier: Any) -> str:
    first, last = scene.actors(2)
    first.begins(barrier.wait).blocks()
    last.does(barrier.wait)
    first.completes()
    return ""


USES: dict[str, Use] = {
    "lock": _use_lock,
    "rlock": _use_lock,
    "semaphore": _use_lock,
    "bounded_semaphore": _use_lock,
    "event": _use_event,
    "condition": _use_condition,
    "barrier": _use_barrier,
}
ANOTHERS: Cases = {"held by another thread": (_another_holds, _of_another)}
OWN: Cases = {"held by the thread that forks": (_this_one_holds, _of_this_one)}
HELD: dict[str, Cases] = {
    "lock": {**ANOTHERS, **OWN},
    "rlock": {**ANOTHERS, **OWN},
    "semaphore": ANOTHERS,
    "bounded_semaphore": ANOTHERS,
    "condition": {**ANOTHERS, **OWN},
}
WAITING: dict[str, Cases] = {
    "event": {"another thread waits": (_another_waits, _event)},
    "condition": {"another thread waits": (_another_waits_under_lock, _condition)},
    "barrier": {"another thread waits": (_another_waits, _barrier)},
}
