"""Programs: a few operations for each of two or three actors, on one object.

The same program runs under a controlled schedule, on free threads, and against the model; it is
short enough to be read, and written the way it is printed::

    semaphore(1): acquire release | try leave | release*2

One object is made of what stands before the colon; each actor does its operations in order. An
operation is a word, with a number where it takes one (``release*2``, ``notify*2``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncproof.subject import Subject

#: What a timeout of a program is, in seconds: a schedule decides when it passes, and on free
#: threads it passes soon.
TIMEOUT = 0.003

#: Which operations a program may name, by primitive. ``try`` does not block, ``timed`` and
#: ``wait_timed`` have a timeout; ``leave`` gives back what the actor still holds, and does nothing
#: where it holds nothing.
OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "lock": ("acquire", "try", "timed", "release", "leave", "locked"),
    "rlock": ("acquire", "try", "timed", "release", "leave"),
    "semaphore": ("acquire", "try", "timed", "release", "leave"),
    "bounded_semaphore": ("acquire", "try", "timed", "release", "leave"),
    "event": ("wait", "wait_timed", "set", "clear", "is_set"),
    "condition": (
        "acquire", "try", "timed", "release", "leave", "wait", "wait_timed", "notify", "notify_all",
    ),
    "barrier": ("wait", "wait_timed", "abort", "reset", "broken", "n_waiting", "parties"),
}  # fmt: skip

#: Operations that take something which ``leave`` gives back.
TAKING = ("acquire", "try", "timed")

#: Which of them take a number, from 1 on.
NUMBERED: Mapping[str, tuple[str, ...]] = {
    "semaphore": ("release",),
    "bounded_semaphore": ("release",),
    "condition": ("notify",),
}


#: What the object of each primitive is made of, where no program says it.
ARGUMENTS: Mapping[str, tuple[int, ...]] = {
    "semaphore": (1,),
    "bounded_semaphore": (1,),
    "barrier": (2,),
}

#: What the actors are called, in order.
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class ProgramError(ValueError):
    """A text that is no program."""


@dataclass(frozen=True)
class Op:
    """One operation, and the number that it takes, if it takes one."""

    name: str
    number: int | None = None

    def __str__(self) -> str:
        return self.name if self.number is None else f"{self.name}*{self.number}"


@dataclass(frozen=True)
class Program:
    """What is made, and what each actor does with it, in order.

    ``setup`` is the number that the object is made with (the value of a semaphore, the parties of
    a barrier); for a condition ``variant`` says over what: "default", "lock" or "rlock".
    """

    primitive: str
    actors: tuple[tuple[Op, ...], ...]
    setup: int | None = None
    variant: str = ""

    def __str__(self) -> str:
        made = self.variant or ("" if self.setup is None else str(self.setup))
        head = f"{self.primitive}({made})" if made else self.primitive
        return f"{head}: " + " | ".join(" ".join(map(str, ops)) for ops in self.actors)

    def __len__(self) -> int:
        """How many operations there are in all."""
        return sum(map(len, self.actors))


def parse(text: str) -> Program:
    """The program that a text is; ProgramError with one line where it is none."""
    head, colon, body = text.partition(":")
    primitive, _, made = head.strip().partition("(")
    made = made.rstrip(")")
    if not colon or primitive not in OPERATIONS:
        raise ProgramError(f"{text!r} is no program: it must begin with a primitive and a colon")
    actors = tuple(tuple(_op(word, primitive) for word in part.split()) for part in body.split("|"))
    setup = int(made) if made.isdecimal() else None
    return Program(primitive, actors, setup, "" if setup is not None else made)


def _op(word: str, primitive: str) -> Op:
    name, star, number = word.partition("*")
    counts = number.isdecimal() and int(number) > 0 and name in NUMBERED.get(primitive, ())
    if name not in OPERATIONS[primitive] or (star and not counts):
        raise ProgramError(
            f"{word!r} is no operation of a {primitive} in a program:"
            f" {', '.join(OPERATIONS[primitive])}"
        )
    return Op(name, int(number) if star else None)


@dataclass(frozen=True)
class Raised:
    """An operation that ended by an exception: the names of its class and of what that is one of.

    The exception itself is kept for people, and is no part of what is compared.
    """

    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"raised {self.names[0]}"


def raised(error: BaseException, broken_barrier_error: type[BaseException]) -> Raised:
    """What is kept of an exception; the provider's own BrokenBarrierError goes by that name."""
    names = [c.__name__ for c in type(error).__mro__]
    if isinstance(error, broken_barrier_error) and "BrokenBarrierError" not in names:
        names.insert(0, "BrokenBarrierError")
    return Raised(tuple(names))


def made(subject: Subject, program: Program) -> Any:
    """A new one of what the program is about; a condition over a lock of the same provider."""
    make = subject.factories[program.primitive]
    if program.variant in ("lock", "rlock"):
        return make(subject.lock_factory(program.variant)())
    if program.setup is not None:
        return make(program.setup)
    return make(*ARGUMENTS.get(program.primitive, ()))


#: What one operation is as a call of the object's own methods.
Operation = Callable[[Any], Any]


def call_of(op: Op, timeout: float = TIMEOUT) -> Operation:
    """The call that an operation stands for, to be made on the object."""
    number = op.number
    calls: Mapping[str, Operation] = {
        "acquire": lambda thing: thing.acquire(),
        "try": lambda thing: thing.acquire(False),
        "timed": lambda thing: thing.acquire(True, timeout),
        "release": (lambda thing: thing.release())
        if number is None
        else (lambda thing: thing.release(number)),
        "leave": lambda thing: thing.release(),
        "locked": lambda thing: thing.locked(),
        "wait": lambda thing: thing.wait(),
        "wait_timed": lambda thing: thing.wait(timeout),
        "set": lambda thing: thing.set(),
        "clear": lambda thing: thing.clear(),
        "is_set": lambda thing: thing.is_set(),
        "notify": (lambda thing: thing.notify())
        if number is None
        else (lambda thing: thing.notify(number)),
        "notify_all": lambda thing: thing.notify_all(),
        "abort": lambda thing: thing.abort(),
        "reset": lambda thing: thing.reset(),
        "broken": lambda thing: thing.broken,
        "n_waiting": lambda thing: thing.n_waiting,
        "parties": lambda thing: thing.parties,
    }
    return calls[op.name]
