"""What each primitive may do, one small model a primitive, readable as the spec."""

from __future__ import annotations

from collections.abc import Collection

from syncproof.history.models.barrier import Barrier
from syncproof.history.models.condition import STRICT, Condition
from syncproof.history.models.event import Event
from syncproof.history.models.lock import Lock
from syncproof.history.models.model import Model
from syncproof.history.models.rlock import RLock
from syncproof.history.models.semaphore import BoundedSemaphore, Semaphore
from syncproof.history.program import Program, ProgramError


def model_of(program: Program, strict: Collection[str] = ()) -> Model:
    """The model of what a program is about; ``strict`` names properties that it is to forbid."""
    primitive, setup = program.primitive, program.setup
    if primitive == "lock":
        return Lock()
    if primitive == "rlock":
        return RLock()
    if primitive == "semaphore":
        return Semaphore()
    if primitive == "bounded_semaphore":
        return BoundedSemaphore(setup)
    if primitive == "event":
        return Event()
    if primitive == "condition":
        return Condition(program.variant, strict)
    if primitive == "barrier":
        return Barrier(setup)
    raise ProgramError(f"there is no model of a {primitive}")


__all__ = ["Model", "STRICT", "model_of"]
