"""asyncio's own primitives, for tasks of one loop: asyncio's or uvloop's."""

import dataclasses
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


on_asyncio = Implementation(
    name="asyncio",
    primitives=OFFERED,
    load=load,
    model="asyncio",
    family="asyncio",
    about="asyncio's own primitives",
)
implementations = [
    on_asyncio,
    dataclasses.replace(
        on_asyncio,
        name="asyncio-uvloop",
        model="uvloop",
        twin_of="asyncio",
        about="asyncio's own primitives, on uvloop",
        requires=("uvloop",),
        distribution="uvloop",
        extra="uvloop",
    ),
]
