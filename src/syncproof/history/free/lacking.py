"""What an implementation does not offer: it is asked on a thread of its own, for it may hang."""

from __future__ import annotations

from syncproof.actors.verdicts import Stuck
from syncproof.history.free.terms import Terms
from syncproof.history.free.together import together
from syncproof.history.program import OPERATIONS, Op
from syncproof.history.programs import needs
from syncproof.subject import Subject, lacks


def lacking(subject: Subject, primitive: str, patience: float = Terms.patience) -> frozenset[str]:
    """The capabilities that programs may use, and this implementation does not offer."""
    make = subject.factories[primitive]
    ops = [Op(name) for name in OPERATIONS[primitive]]
    ops += [Op(name, 2) for name in ("release", "notify") if name in OPERATIONS[primitive]]

    def probe() -> frozenset[str]:
        return frozenset(c for c in sorted(needs(ops)) if lacks(primitive, c, make))

    try:
        return frozenset(together([probe], patience)[0])
    except Stuck:  # it is there, and hangs: the programs will say so
        return frozenset()
