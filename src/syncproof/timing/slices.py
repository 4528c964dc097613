"""One slice: what is called, for how many loops, and what is said of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from syncproof.timing import histogram
from syncproof.timing.scenarios import Scenario

#: How long a slice of each kind is meant to last, in seconds. On a busy machine the processor is
#: taken away every few milliseconds: a hot slice is to be so short that this seldom falls into it.
SLICE: Mapping[str, float] = {
    "hot": 0.0002, "blocking": 0.004, "window": 0.040, "latency": 0.010, "memory": 0.0,
}

#: A try this long is not made again.
SLOW = 0.05

#: Seconds an operation, loops, and for a window its overlap and the count of each thread.
Slice = dict[str, Any]


class Timed:
    """One of the three, with the number of loops that fill a slice."""

    def __init__(
        self, run: Any, scenario: Scenario, seconds: float, loops: int, alive: Callable[[], None]
    ) -> None:
        self.run = run
        #: As an earlier worker found them; 0 in the first.
        self.loops = loops
        self.warm = False
        self.best = float("inf")
        self.alive = alive
        self.kind = scenario.kind
        self.inner = scenario.inner
        #: How long a slice is meant to last.
        self.seconds = seconds

    def __call__(self) -> Slice:
        if self.kind == "window":
            return self._window()
        if self.kind == "memory":
            return {"value": digits(self.run()), "loops": 1}
        if not self.warm:
            self.warm = True
            if not self.loops:
                self.loops = calibrated(self._seconds, self.seconds, self.alive)
            elif self.kind == "hot":
                self.run(self.loops)
                self.alive()
        loops = self.loops
        start = time.perf_counter()
        found = self.run(loops)
        self._mend((time.perf_counter() - start) / loops)
        if self.kind == "latency":
            return {
                "value": digits(median(found)),
                "loops": loops,
                "latencies": histogram.dumped(histogram.counted(found)),
            }
        return {"value": digits(found / (loops * self.inner)), "loops": loops}

    def _window(self) -> Slice:
        window = self.run(self.seconds)
        slice_: Slice = {
            "value": digits(window.per_operation),
            "loops": 1,
            "overlap": round(window.overlap, 3),
            "counts": list(window.counts),
            "gap": digits(window.gap),
        }
        if window.latencies:
            slice_["latencies"] = histogram.dumped(histogram.counted(window.latencies))
        return slice_

    def _seconds(self, loops: int) -> float:
        """How long so many loops take: what they measure may be a small part of it."""
        start = time.perf_counter()
        self.run(loops)
        return time.perf_counter() - start

    def _mend(self, seconds: float) -> None:
        """Correct a loop count that was found while the processor was busy elsewhere.

        Slices that are too short are all a little too slow: what comes before them has cooled the
        caches, or threads have just been started. The same count in every process would make that
        look like a property.
        """
        self.best = min(self.best, seconds)
        wanted = max(1, round(self.seconds / self.best))
        if not wanted / 2 <= self.loops <= wanted * 2:
            self.loops = wanted


def digits(seconds: float) -> float:
    """What a clock can tell: five digits, and more than nothing."""
    return float(f"{max(seconds, 1e-12):.5g}")


def calibrated(run: Callable[[int], float], target: float, alive: Callable[[], None]) -> int:
    """How many loops last about so long; the tries before are the warm-up.

    A try of many loops that lasted longer than it could is made again: the processor was taken away
    meanwhile, and a loop count from such a try would make slices of nothing.
    """
    loops = 1
    while True:
        seconds = run(loops)
        alive()
        for _ in range(2):
            if 1.5 * target <= seconds < max(SLOW, 4 * target):
                seconds = min(seconds, run(loops))
                alive()
        if seconds >= target / 2:
            return max(1, round(loops * target / seconds))
        loops *= 2 if seconds > target / 8 else 4
