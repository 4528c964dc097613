"""asyncio's own primitives, for tasks of one loop."""

import sys

from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Implementation

ABSENT = ("rlock",) if sys.version_info >= (3, 11) else ("rlock", "barrier")
OFFERED = tuple(p for p in PRIMITIVES if p not in ABSENT)


def load():
    import asyncio

    found = {p: getattr(asyncio, CLASS_NAMES[p]) for p in OFFERED}
    if "barrier" in found:
        found["BrokenBarrierError"] = asyncio.BrokenBarrierError
    return found


implementation = Implementation(
    name="asyncio",
    primitives=OFFERED,
    load=load,
    model="asyncio",
    family="asyncio",
    about="asyncio's own primitives",
)
