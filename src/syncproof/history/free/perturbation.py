"""What makes threads change places: pauses between operations, and a short switch interval."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from syncproof.history.program import Program

#: The timeout of an operation on free threads: within reach of the jitter, so that they race.
TIMEOUT = 0.0005
#: Between operations a thread sleeps for so long, in powers of ten: 1 us to 1 ms.
JITTER = (-6.0, -3.0)
#: It does not sleep before an operation, and gives nobody else the turn.
NO_PAUSE = -1.0
#: A build with a GIL changes threads after so long, also within an operation: as often as it can.
SWITCH_INTERVAL = 1e-5


def pauses(
    rng: random.Random, program: Program, late: int | None
) -> tuple[list[list[float]], float]:
    """How long each actor sleeps before each operation, and how long the longest may take.

    Some programs only give the others the turn; in some that have timeouts, everybody else comes
    about when they pass. One that is late mostly does not stop: others wake while it goes on.
    """
    timed = [sum(op.name.endswith("timed") for op in ops) for ops in program.actors]
    yields, aims, hurries = rng.random() < 0.25, rng.random() < 0.4, rng.random() < 0.7
    each = [[0.0 if yields else 10 ** rng.uniform(*JITTER) for _ in ops] for ops in program.actors]
    if aims and any(timed):
        for actor, pause in enumerate(each):
            pause[:] = [0.0] * len(pause)
            if pause and not timed[actor]:
                pause[0] = TIMEOUT * rng.uniform(0.8, 1.7)
    if late is not None and hurries:
        each[late] = [NO_PAUSE] * len(each[late])
    return each, max(sum(p) + TIMEOUT * t for p, t in zip(each, timed))


@contextmanager
def switching(interval: float) -> Iterator[None]:
    """The interpreter changes threads after so many seconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(interval)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
