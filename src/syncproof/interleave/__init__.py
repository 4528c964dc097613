"""Interleavings under control: every schedule of a few actors can be run, found again, and told."""

from syncproof.interleave.control import Controlled
from syncproof.interleave.facades import NotControllable
from syncproof.interleave.run import Run
from syncproof.interleave.scheduler import Scheduler
from syncproof.interleave.strategies import (
    PCT,
    Bounded,
    Diverged,
    Replay,
    ScheduleError,
    StopAt,
    Walk,
    decode,
    encode,
)

__all__ = [
    "PCT",
    "Bounded",
    "Controlled",
    "Diverged",
    "NotControllable",
    "Replay",
    "Run",
    "ScheduleError",
    "Scheduler",
    "StopAt",
    "Walk",
    "decode",
    "encode",
]
