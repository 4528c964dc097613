"""How a scenario's plain functions run as actors that are no threads.

What an actor does is written as a plain function that calls methods of a primitive one after the
other. Where those are coroutines, or live in another process, such a function runs in a thread of
its own, a *carrier*, which hands each operation on the primitive to whoever can do it, and waits.
Carrier and loop take turns: exactly one of them runs at any moment, so for the implementation
nothing runs but its loop, and every operation is made there, by the actor's own task.

A :class:`Proxy` stands for a primitive in the scenario's hands, and its methods are
:class:`Operation` objects.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, Protocol

#: The carrier that the running thread is, if it is one.
_here = threading.local()


class Stage(Protocol):
    """Where operations are done: the driver of one scenario."""

    def is_inside(self) -> bool:
        """Whether the running code is the implementation's, called by the loop."""

    def do(self, operation: Operation, args: Any, kwargs: Any) -> Any:
        """Do an operation for the scenario itself, which is no actor."""

    async def breathe(self) -> None:
        """Let the other actors run."""


def breathe() -> None:
    """Give the others the chance to run; whatever an actor is made of."""
    carrier = getattr(_here, "carrier", None)
    if carrier is None:
        (getattr(_here, "breathe", None) or _yield)()
    else:
        carrier.ask(None, (), {})


def who() -> object:
    """Something that is the same for all that one actor does, and that no other has."""
    return (getattr(_here, "who", None) or threading.get_ident)()


def greenlets_are_here(
    breathe: Callable[[], None] | None, who: Callable[[], object] | None
) -> None:
    """How actors that share the calling thread do those two; None: as threads do."""
    _here.breathe, _here.who = breathe, who


def _yield() -> None:
    time.sleep(0)


def in_a_row(*steps: Any) -> Any:
    """Do operations one right after the other; what the last one returns.

    Each is a method of a primitive, or a tuple of one and its arguments. Actors that are processes
    are told of all of them at once, so that nothing comes in between that is not theirs.
    """
    calls = [step if isinstance(step, tuple) else (step,) for step in steps]
    together = getattr(getattr(_here, "carrier", None), "in_a_row", None)
    if together is not None:
        return together([(function, args, {}) for function, *args in calls])
    value = None
    for function, *args in calls:
        value = function(*args)
    return value


def in_one_step(*steps: Callable[[], Any]) -> Callable[[], Any]:
    """Operations and plain functions as one operation: no task runs before the last is done.

    None of them may wait, but for ``breathe``, which lets the others run where it stands. A task
    does all of them itself, without a carrier.
    """
    stage = next((s.stage for s in steps if isinstance(s, Operation)), None)

    def one_after_the_other() -> None:
        for step in steps:
            step()

    return one_after_the_other if stage is None else Row(stage, steps)


def become(carrier: Any) -> None:
    """From now on the calling thread has operations done by ``carrier.ask``."""
    _here.carrier = carrier


class Proxy:
    """A primitive in the hands of a scenario; see :func:`present`."""

    _raw: Any
    _stage: Stage

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._raw, name)
        if callable(found):
            return Operation(self._stage, found, name, self)
        return found


class Operation:
    """A method of a primitive, or any function: done where the primitive lives."""

    #: It has the name of what it does, and the thing that does it.
    is_operation = True

    def __init__(
        self, stage: Stage, target: Callable[..., Any], name: str, thing: Proxy | None = None
    ) -> None:
        self.stage = stage
        self.target = target
        self.thing = thing
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        carrier = getattr(_here, "carrier", None)
        if carrier is not None:
            return carrier.ask(self, args, kwargs)
        if not self.stage.is_inside():
            return self.stage.do(self, args, kwargs)
        value = self.begin(args, kwargs)  # by a predicate, which the implementation has called
        if inspect.iscoroutine(value):
            value.close()
            raise TypeError(f"{self.__name__}() has to be awaited, which no predicate can do")
        return self.end(value)

    async def perform(self, args: Any, kwargs: Any) -> Any:
        """Do it in a task, and wait for it where it is to be awaited."""
        value = self.begin(args, kwargs)
        if inspect.isawaitable(value):
            value = await value
        return self.end(value)

    def begin(self, args: Any, kwargs: Any) -> Any:
        return self.target(
            *[_raw(a) for a in args], **{name: _raw(value) for name, value in kwargs.items()}
        )

    def end(self, value: Any) -> Any:
        """What the caller gets: of a method that returns its own primitive, what stands for it."""
        return self.thing if self.thing is not None and value is self.thing._raw else value


class Factory(Operation):
    """What makes a primitive."""

    async def perform(self, args: Any, kwargs: Any) -> Any:
        return self.end(self.begin(args, kwargs))  # it may be awaitable itself: that is its use

    def end(self, value: Any) -> Any:
        return present(self.stage, value)


class Row(Operation):
    """Several operations, one right after the other."""

    def __init__(self, stage: Stage, steps: Sequence[Callable[[], Any]]) -> None:
        super().__init__(stage, self._begin, "row")
        self.steps = steps

    async def _begin(self) -> None:
        for step in self.steps:
            if step is breathe:
                await self.stage.breathe()
            elif isinstance(step, Operation):
                await step.perform((), {})
            else:
                step()


def _special(name: str) -> Callable[..., Any]:
    def method(self: Proxy, *args: Any) -> Any:
        bound = getattr(type(self._raw), name).__get__(self._raw)
        return Operation(self._stage, bound, name, self)(*args)

    return method


def present(
    stage: Stage,
    raw: Any,
    base: type[Proxy] = Proxy,
    special: Callable[[str], Callable[..., Any]] = _special,
) -> Any:
    """A primitive as a scenario sees it: a ``with`` statement on it is an ``async with``.

    ``special`` makes the methods that such a statement calls.
    """
    kind = type(raw)
    methods: dict[str, Any] = {}
    for name in ("enter", "exit"):
        for found in (f"__a{name}__", f"__{name}__"):
            if hasattr(kind, found):
                methods[f"__{name}__"] = special(found)
                break
    proxy = type(kind.__name__, (base,), methods)()
    proxy._raw, proxy._stage = raw, stage
    return proxy


def _raw(value: Any) -> Any:
    return value._raw if isinstance(value, Proxy) else value


class Carrier:
    """A thread that runs one plain function at a time, and asks for each operation."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._outbox: SimpleQueue[Any] = SimpleQueue()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    async def run(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What the function returns or raises; its operations are done by the calling task."""
        done, value, error = self._resume((function, args, kwargs))
        while not done:
            operation, args, kwargs = value
            value, error = None, None
            try:
                if operation is None:
                    await self.stage.breathe()
                else:
                    value = await operation.perform(args, kwargs)
            except BaseException as raised:  # cancelled, say: for the function to bear
                error = raised
            done, value, error = self._resume((value, error))
        if error is not None:
            raise error
        return value

    def ask(self, operation: Operation | None, args: Any, kwargs: Any) -> Any:
        """Called in the carrier: have an operation done, and wait for it."""
        self._outbox.put((False, (operation, args, kwargs), None))
        value, error = self._inbox.get()
        if error is not None:
            raise error
        return value

    def dismiss(self) -> None:
        """Let the thread end, if it is not stuck in a function."""
        self._inbox.put(None)

    def _resume(self, message: Any) -> Any:
        self._inbox.put(message)
        return self._outbox.get()

    def _work(self) -> None:
        become(self)
        while True:
            message = self._inbox.get()
            if message is None:
                return
            function, args, kwargs = message
            value = error = None
            try:
                value = function(*args, **kwargs)
            except BaseException as raised:
                error = raised
            self._outbox.put((True, value, error))
            del function, args, kwargs, message, value, error
