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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from syncproof.actors.language import Actor, Scene

#: The signal that is sent; nobody else uses it in a test run. Windows has but the interrupt.
SIGNAL: int = getattr(signal, "SIGUSR1", signal.SIGINT)
#: It is sent again, so often at most, where it seems to have been lost.
SENDINGS = 3


class Interrupted(Exception):
    """What the signal handler of :func:`interrupted` raises."""


class ThrownOut(BaseException):
    """What ends the main thread's operation where nothing that the scenario did has ended it."""


def _raise(number: int, frame: object) -> None:
    raise Interrupted


@dataclass(frozen=True)
class Way:
    """A way to interrupt the main thread: the signal, what handles it, and what that raises."""

    name: str
    signal: int
    handler: Callable[[int, Any], Any]
    error: type[BaseException]

    def __str__(self) -> str:
        return self.name


HANDLER = Way("a signal handler that raises", SIGNAL, _raise, Interrupted)
CTRL_C = Way("Ctrl-C", signal.SIGINT, signal.default_int_handler, KeyboardInterrupt)


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
    main, ended = try_to_interrupt(
        scene, operation, free, once_blocked, patience=scene.delays.deadline
    )
    if not ended:
        raise scene.violation(
            f"main: {main.call} was not ended by the exception that a signal handler raised"
        )
    return main


def try_to_interrupt(
    scene: Scene,
    operation: Callable[[], Any],
    free: Callable[[], Any],
    once_blocked: Callable[[], Any] = lambda: None,
    way: Way = HANDLER,
    patience: float = 0.0,
) -> tuple[Actor, bool]:
    """As :func:`interrupted`, and says whether the signal has ended the operation."""
    main = main_thread(scene)
    freed: list[bool] = []
    patience = patience or 10 * scene.delays.settle

    def meanwhile() -> None:
        ended = False
        try:
            ended = _send(scene, main, lambda: not main.busy, once_blocked, way.signal, patience)
        finally:
            if not ended:
                freed.append(True)
                free()

    with _beside(meanwhile, scene, main, way):
        main.begins(operation)
    return main, not freed


def signalled(
    scene: Scene,
    operation: Callable[[], Any],
    then: Callable[[], Any],
    handle: Callable[[], Any] = lambda: None,
) -> Actor:
    """The main thread blocks in the operation, a handler runs that returns, then ``then()``."""
    main = main_thread(scene)
    seen: list[int] = []

    def meanwhile() -> None:
        _send(scene, main, lambda: bool(seen) or not main.busy)
        scene.driver.quiesce([main])
        then()

    def handler(number: int, frame: object) -> None:
        handle()
        seen.append(1)
        scene.driver.nudge()

    with _beside(meanwhile, scene, main, Way("a signal handler", SIGNAL, handler, Interrupted)):
        main.begins(operation)
    return main


def signalled_again_and_again(
    scene: Scene, operation: Callable[[], Any], times: int, pause: float, free: Callable[[], Any]
) -> tuple[Actor, bool]:
    """A signal every ``pause`` seconds, whose handler returns, while the main thread waits.

    Whether the operation ended before so many signals had come; ``free()`` ends it otherwise.
    """
    main = main_thread(scene)
    freed: list[bool] = []

    def meanwhile() -> None:
        scene.driver.wait(
            lambda: main.busy or main.call.entered, [main], scene.delays.deadline
        )
        for _ in range(times):
            scene.passes(pause, watching=[main])
            if not main.busy:
                return
            scene.tell(main, "gets a signal")
            _kill(threading.main_thread(), SIGNAL)
        freed.append(True)
        free()

    def handler(number: int, frame: object) -> None:
        """It returns, and that is all."""

    with _beside(meanwhile, scene, main, Way("a signal handler", SIGNAL, handler, Interrupted)):
        main.begins(operation)
    return main, not freed


def main_thread(scene: Scene) -> Actor:
    """The main thread, in which handlers run, as an actor of the scene."""
    main = Actor(scene, "main", scene.driver.hire_main())
    scene.cast.append(main)
    return main


def _send(
    scene: Scene,
    main: Actor,
    arrived: Callable[[], bool],
    first: Callable[[], Any] = lambda: None,
    number: int = SIGNAL,
    patience: float = 0.0,
) -> bool:
    """Send the signal once the main thread is blocked; whether it has arrived."""
    patience = patience or scene.delays.deadline
    scene.driver.wait(lambda: main.busy or main.call.entered, [main], scene.delays.deadline)
    scene.driver.quiesce([main])
    if main.busy:
        scene.tell(main, f"is blocked in {main.call}")
        first()
    for _ in range(SENDINGS):
        # a signal that comes just before the interpreter goes to sleep is seen by the next one
        if main.busy:
            scene.tell(main, "gets a signal")
            _kill(threading.main_thread(), number)
        if scene.driver.wait(arrived, [main], patience / SENDINGS):
            return True
    return False


def _kill(thread: threading.Thread, number: int) -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread.ident or 0, number)
    else:
        _thread.interrupt_main()


@contextmanager
def _beside(work: Callable[[], None], scene: Scene, main: Actor, way: Way) -> Iterator[None]:
    """Do the work in a thread while the main thread is in its operation and signals are handled.

    The work has to end the operation. Where it does not, the main thread is thrown out, and that
    is a result: nobody else could have told that the scenario is stuck.
    """
    errors: list[BaseException] = []
    stranded: list[bool] = []

    def handler(number: int, frame: object) -> Any:
        if stranded:
            raise ThrownOut
        return way.handler(number, frame)

    def guarded() -> None:
        try:
            work()
            scene.finish([main], 1)
        except BaseException as error:
            errors.append(error)
            stranded.append(True)
            for _ in range(SENDINGS):
                if main.busy:
                    _kill(threading.main_thread(), way.signal)
                    scene.driver.wait(lambda: not main.busy, [main], scene.delays.settle)

    thread = threading.Thread(target=guarded, name="syncproof-signals", daemon=True)
    before = signal.signal(way.signal, handler)
    thread.start()
    try:
        with suppress(way.error, ThrownOut):  # it may come just after the operation has finished
            yield
    finally:
        while thread.is_alive():
            with suppress(way.error, ThrownOut):
                thread.join()
        signal.signal(way.signal, before)
    if errors:
        raise errors[0]
