"""What runs in the process of an actor, and what goes through the pipe to it.

The child performs one operation after another on its own copies of the primitives, in its main
thread. It knows each primitive by a number; a function of the scenario's is a :class:`Callback`,
which asks the parent; what only the parent can have is an :class:`Opaque`, which it hands back.

It is imported by every child that is spawned, so it imports little, and is in no package that does.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

#: The functions of scenarios, by number; each scene takes its own away when it ends.
functions: dict[int, Callable[..., Any]] = {}
#: What an exception carries that came from the parent: its number there.
NUMBER = "_syncproof_number"
#: Values that are the same wherever they are.
PLAIN = (type(None), bool, int, float, str)


class Thing:
    """A primitive, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


class Opaque:
    """A value that only its owner can have: elsewhere it has its truth, and can be handed back."""

    def __init__(self, number: int, truth: bool, text: str) -> None:
        self.number = number
        self.truth = truth
        self.text = text

    def __bool__(self) -> bool:
        return self.truth

    def __repr__(self) -> str:
        return self.text


class Callback:
    """A function of the scenario's: called in a child, it is the parent that calls it."""

    def __init__(self, number: int, name: str) -> None:
        self.number = number
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _me is None:
            return functions[self.number](*args, **kwargs)
        return _me.call_back(self.number, args, kwargs)


class Kind:
    """A class of exceptions on its way: by the names of its bases, nearest first."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.names = [(k.__module__, k.__qualname__) for k in kind.__mro__]

    def rebuild(self) -> type[BaseException]:
        """The class itself where it is known here, else one of its name and of its nearest base."""
        for depth, (module, name) in enumerate(self.names):
            found: Any = sys.modules.get(module)
            for part in name.split("."):
                found = getattr(found, part, None)
            if isinstance(found, type) and issubclass(found, BaseException):
                if depth == 0:
                    return found
                last = self.names[0][1].rpartition(".")[2]
                return type(last, (found,), {"__module__": self.names[0][0]})
        return Exception


class Raised:
    """An exception on its way: pickled, and by what is needed where it cannot be unpickled."""

    def __init__(self, error: BaseException, number: int = -1) -> None:
        self.number = getattr(error, NUMBER, number)
        self.kind = Kind(type(error))
        self.text = _said(error)
        import traceback  # few children ever need it

        self.trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        try:
            self.pickled = pickle.dumps(error)
        except Exception:
            self.pickled = b""

    def rebuild(self) -> BaseException:
        """The same exception, or one that stands for it."""
        error = self._unpickled()
        if error is None:
            kind = self.kind.rebuild()
            error = kind.__new__(kind, self.text)
        if self.number >= 0:
            setattr(error, NUMBER, self.number)
        return error

    def _unpickled(self) -> BaseException | None:
        try:
            error = pickle.loads(self.pickled)
        except Exception:  # it cannot be made of its arguments, or its module is not known here
            return None
        return error if isinstance(error, BaseException) else None


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # a stranger's exception
        return ""


class Child:
    """The child's side: performs what the parent asks for."""

    def __init__(self, pipe: Any, things: Mapping[int, Any]) -> None:
        self.pipe = pipe
        self.things = dict(things)

    def serve(self) -> None:
        """Perform operations until the parent is gone."""
        while True:
            _, steps = self._receive()
            self._do(steps)

    def _do(self, steps: list[Any]) -> None:
        """Perform operations one right after the other; the last one's value is what is told."""
        ready = [
            (
                self.things[number],
                name,
                [self._mine(a) for a in args],
                {k: self._mine(v) for k, v in kwargs.items()},
            )
            for number, name, args, kwargs in steps
        ]
        value = error = None
        began = perf_counter()
        try:
            for step in ready:
                value = perform(*step)
        except BaseException as raised:
            error = raised
        ended = perf_counter()
        answer = self._theirs(value) if error is None else Raised(error)
        self._send(("done", answer, began, ended))

    def call_back(self, number: int, args: Any, kwargs: Any) -> Any:
        """Have the parent call one of its functions; what it returns or raises."""
        self._send(("call", number, args, kwargs))
        while True:
            kind, message = self._receive()
            if kind == "do":  # the function does an operation itself
                self._do(message)
            elif isinstance(message, Raised):
                raise message.rebuild()
            else:
                return message

    def _receive(self) -> Any:
        return pickle.loads(self.pipe.recv_bytes())

    def _send(self, message: Any) -> None:
        self.pipe.send_bytes(pickle.dumps(message))

    def _mine(self, value: Any) -> Any:
        if isinstance(value, Thing):
            return self.things[value.number]
        return value.rebuild() if isinstance(value, (Raised, Kind)) else value

    def _theirs(self, value: Any) -> Any:
        """A value as it can be sent: a primitive by its number, and what cannot be sent by repr."""
        if isinstance(value, PLAIN):
            return value
        for number, thing in self.things.items():
            if value is thing:
                return Thing(number)
        try:
            pickle.loads(pickle.dumps(value))
        except Exception:
            return Opaque(-1, bool(value), repr(value))
        return value


def perform(thing: Any, name: str, args: Any, kwargs: Any) -> Any:
    """Call a method of a primitive; one that a statement calls is looked up in its class.

    A name that begins with a dot is that of an attribute which is only read.
    """
    if name.startswith("."):
        return getattr(thing, name[1:])
    if name in ("__enter__", "__exit__"):
        return getattr(type(thing), name).__get__(thing)(*args, **kwargs)
    return getattr(thing, name)(*args, **kwargs)


#: The child that this process is, if it is one.
_me: Child | None = None


def main(pipe: Any, stacks: Any, things: Mapping[int, Any]) -> None:
    """What the process of an actor does all its life."""
    global _me
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    die_with_parent()
    _tell_stacks(stacks)
    _me = Child(pipe, things)
    pipe.send_bytes(b"hello")
    try:
        _me.serve()
    except (EOFError, OSError):
        os._exit(0)


def _tell_stacks(stacks: Any) -> None:
    """Write where each thread is when the parent asks by a signal."""
    if hasattr(signal, "SIGUSR2"):
        import faulthandler

        faulthandler.register(signal.SIGUSR2, file=stacks.fileno(), all_threads=True)


def die_with_parent() -> None:
    """Where the kernel can do it: end when the process that started this one ends."""
    if not sys.platform.startswith("linux"):
        return
    try:
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    except Exception:  # it would only have been tidier
        return
