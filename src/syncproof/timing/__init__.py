"""How to time: what a scenario of ``bench/`` is made of, and the sampling with pyperf underneath.

    from syncproof import timing

    targets = sandbox.inspection.inspect([("threading", ""), ("mylib.locks", "")])
    sessions = timing.run(targets, Path("results/latest"), budget=120)
    cells = timing.load("results/latest")
"""

from __future__ import annotations

from syncproof.timing.interleaved import Progress
from syncproof.timing.records import Session
from syncproof.timing.running import SAMPLERS, NothingToTimeError, planned, run
from syncproof.timing.statistics import Interval
from syncproof.timing.store import Cell, StoreError, earlier, load

__all__ = [
    "SAMPLERS",
    "Cell",
    "Interval",
    "NothingToTimeError",
    "Progress",
    "Session",
    "StoreError",
    "earlier",
    "load",
    "planned",
    "run",
]
