"""Whether a primitive can be made at all, and is one: else there is nothing to check about it.

Of threads only: what makes a primitive of tasks or processes may need a loop or a start of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from syncproof.registry import one_line
from syncproof.subject import CORE, Subject


def unusable(subject: Subject) -> dict[str, str]:
    """By primitive why nothing of it can be checked; those of which something can are left out.

    Runs the implementation: call it where that may hang or crash.
    """
    if subject.implementation.model != "thread":
        return {}
    found = {}
    for primitive, factory in subject.factories.items():
        reason = _why_not(primitive, factory)
        if reason:
            found[primitive] = reason
    return found


def _why_not(primitive: str, factory: Callable[..., Any]) -> str:
    name = getattr(factory, "__name__", primitive)
    reason = ""
    for arguments in _arguments(primitive):
        try:
            thing = factory(*arguments)
        except Exception as error:
            if isinstance(error, TypeError) and _is_ours(error):
                return ""  # what may be given to it is for the clauses to say
            reason = reason or f"{name}() raises {one_line(error)}"
            continue
        core = CORE[primitive]
        if any(hasattr(thing, method) for method in core):
            return ""
        return f"{name} has {'neither' if core[1:] else 'no'} {' nor '.join(core)}"
    return reason


def _arguments(primitive: str) -> Iterator[tuple[Any, ...]]:
    """With what the suite makes one where it asks for nothing in particular."""
    if primitive != "barrier":
        yield ()
    if "semaphore" in primitive or primitive == "barrier":
        yield (1,)
    if primitive == "barrier":
        yield (2,)
    if primitive == "condition":
        yield (threading.Lock(),)


def _is_ours(error: Exception) -> bool:
    """Whether it was raised by the call itself, before any code of the author's has run."""
    return error.__traceback__ is not None and error.__traceback__.tb_next is None
