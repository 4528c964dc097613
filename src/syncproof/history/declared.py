"""What declared deviations make of programs.

An implementation that departs from the documentation on purpose says so. Programs that come to
where it departs would find only that, again and again, so they are left out, and what is asked
afterwards as well; everything else is held to the documentation as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from syncproof.history.program import TAKING, Op, Program
from syncproof.history.record import History
from syncproof.results import active
from syncproof.vocabulary import Implementation

#: A release() by an actor that may hold nothing.
_BARE_RELEASE = {
    "lock.release.any-thread",
    "lock.release.free-raises",
    "rlock.owner.single",
    "rlock.release.unacquired-raises",
    "rlock.release.owner-only",
    "bsem.release.over-bound-raises",
    "cond.release.delegates",
}
#: A wait() or a notify() by an actor that may not hold the lock.
_BARE_USE = {
    "cond.methods.need-lock",
    "cond.wait.unowned-raises",
    "cond.wait.other-holder-raises",
    "cond.notify.unowned-raises",
    "cond.notify.other-holder-raises",
    "cond.notify_all.unowned-raises",
    "cond.notify_all.other-holder-raises",
}
#: A second acquire by an actor that may hold the lock.
_NESTED = {"lock.acquire.same-thread-blocks", "lock.owner.none"}
#: Waits and clears in one program.
_PULSES = {"event.wait.true-despite-clear"}
#: What a successful acquire returns is only as good as True.
_TRUE_ENOUGH = {
    "lock.acquire.returns-true",
    "rlock.acquire.returns-true",
    "rlock.acquire.timeout-success-early",
    "cond.acquire.returns-lock-result",
}


def declared(implementation: Implementation, primitive: str, variant: str = "") -> frozenset[str]:
    """The clauses from which it declares to depart, here."""
    over = f"over-{variant}" if variant in ("lock", "rlock") else ""
    return frozenset(
        d.clause for d in active(implementation.deviations) if d.covers(d.clause, primitive, over)
    )


def decided(program: Program, departs: Collection[str]) -> bool:
    """Whether the documentation still says what the program does."""
    if not departs:
        return True
    if _PULSES.intersection(departs):
        names = {op.name for ops in program.actors for op in ops}
        if "clear" in names and names & {"wait", "wait_timed"}:
            return False
    return all(_decided(program.primitive, ops, departs) for ops in program.actors)


def _decided(primitive: str, ops: Iterable[Op], departs: Collection[str]) -> bool:
    surely = perhaps = 0
    for op in ops:
        if op.name in TAKING:
            if perhaps and _NESTED.intersection(departs):
                return False
            surely += op.name == "acquire"
            perhaps += 1
        elif op.name in ("release", "leave"):
            count = op.number or 1
            if op.name == "release" and surely < count and _BARE_RELEASE.intersection(departs):
                return False
            surely, perhaps = max(0, surely - count), max(0, perhaps - count)
        elif primitive == "condition" and not surely and _BARE_USE.intersection(departs):
            return False
    return True


def without(program: Program, ops: Iterable[Op], departs: Collection[str]) -> tuple[Op, ...]:
    """Those operations, in order, that one actor may do and the documentation says what comes."""
    kept: tuple[Op, ...] = ()
    for op in ops:
        if decided(replace(program, actors=((*kept, op),)), departs):
            kept += (op,)
    return kept


def excused(history: History, departs: Collection[str]) -> History:
    """The record, with what is declared to be as good as True taken for it."""
    if not _TRUE_ENOUGH.intersection(departs):
        return history
    events = [
        replace(e, value=True) if e.returned and e.op.name in TAKING and e.value == 1 else e
        for e in history.events
    ]
    return replace(history, events=events)
