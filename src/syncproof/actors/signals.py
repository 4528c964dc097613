"""A signal that comes while the main thread is blocked in an operation.

Python runs signal handlers in the main thread only, so the main thread is the actor here: the
scenario's own thread performs the operation, and a second one waits until it is blocked, sends the
signal, and frees it where the signal did not.
"""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from syncproof.actors.language import Actor, Scene

#: The signal that is sent; nobody else uses it in a test run. Windows has but the interrupt.
SIGNAL: int = getattr(signal, "SIGUSR1", signal.SIGINT)
#: It is sent again, so often at most, where it seems to have been lost.
SENDINGS = 3


class Interrupted(Exception):
    """What the signal handler of :func:`interrupted` raises."""


def interrupted(
    scene: Scene,
    operation: Callable[[], Any],
    free: Callable[[], Any],
    once_blocked: Callable[[], Any] = lambda: None,
) -> Actor:
    """The main thread blocks in the operation until a handler that raises ends it.

    ``free()`` would let the operation go on; it is called where the signal did not end it, and
    that is a violation. ``once_blocked()`` is called before the signal is sent. Returns the main
    thread's actor: its operation has finished.
    """
    main = _main(scene)
    freed: list[bool] = []

    def meanwhile() -> None:
        ended = False
        try:
            ended = _send(scene, main, lambda: not main.busy, once_blocked)
        finally:
            if not ended:
                freed.append(True)
                free()

    with _handler(_raise), _beside(meanwhile):
        main.begins(operation)
    if freed:
        raise scene.violation(
            f"main: {main.call} was not ended by the exception that a signal handler raised"
        )
    return main


def signalled(
    scene: Scene, operation: Callable[[], Any], then: Callable[[], Any]
) -> Actor:
    """The main thread blocks in the operation, a handler runs that returns, then ``then()``."""
    main = _main(scene)
    seen: list[int] = []

    def meanwhile() -> None:
        _send(scene, main, lambda: bool(seen) or not main.busy)
        scene.driver.quiesce([main])
        then()

    def handle() -> None:
        seen.append(1)
        scene.driver.nudge()

    with _handler(handle), _beside(meanwhile):
        main.begins(operation)
    return main


def _main(scene: Scene) -> Actor:
    main = Actor(scene, "main", scene.driver.hire_main())
    scene.cast.append(main)
    return main


def _send(
    scene: Scene,
    main: Actor,
    arrived: Callable[[], bool],
    first: Callable[[], Any] = lambda: None,
) -> bool:
    """Send the signal once the main thread is blocked; whether it has arrived."""
    patience = scene.delays.deadline
    scene.driver.wait(lambda: main.busy or main.call.entered, [main], patience)
    scene.driver.quiesce([main])
    if main.busy:
        scene.tell(main, f"is blocked in {main.call}")
        first()
    for _ in range(SENDINGS):
        # a signal that comes just before the interpreter goes to sleep is seen by the next one
        if main.busy:
            scene.tell(main, "gets a signal")
            _kill(threading.main_thread())
        if scene.driver.wait(arrived, [main], patience / SENDINGS):
            return True
    return False


def _kill(thread: threading.Thread) -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread.ident or 0, SIGNAL)
    else:
        _thread.interrupt_main()


def _raise() -> None:
    raise Interrupted


@contextmanager
def _handler(handle: Callable[[], None]) -> Iterator[None]:
    before = signal.signal(SIGNAL, lambda number, frame: handle())
    try:
        yield
    except Interrupted:  # it came just after the operation had finished
        pass
    finally:
        signal.signal(SIGNAL, before)


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=guarded, name="syncproof-signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if errors:
        raise errors[0]
