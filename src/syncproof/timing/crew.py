"""Threads of a benchmark: let go together, each with its own clock, and what of it overlapped.

A start gate is not enough. A thread that is let go may come to run a whole switch interval later,
so each one stamps its own start and end, and how far they ran at the same time is measured and
published with the figure. Nothing here waits with a deadline of its own: a crew that is stuck is
stuck in a process that the sampler kills.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from time import perf_counter
from typing import Any

from syncproof.actors import kernel


class IncorrectError(Exception):
    """The timed work came out wrong: a counter is off, two held what one may hold."""


class UnavailableError(Exception):
    """The scenario cannot be run here; one line that says why."""


#: Runs until the list holds something, and stamps the clock after each batch of operations.
Batch = Callable[[list[bool], Callable[[float], None]], None]

#: How long a window is stretched, at most, for threads that have not finished a batch.
PATIENCE = 0.3

#: For how many turns of each thread a window lasts at least, when they take turns with the GIL.
TURNS = 3


@dataclass(frozen=True)
class Stamps:
    """When each thread of a crew started and ended, by its own clock."""

    starts: Sequence[float]
    ends: Sequence[float]

    @property
    def wall(self) -> float:
        """From the first start to the last end."""
        return max(self.ends) - min(self.starts)

    @property
    def overlap(self) -> float:
        """The part of it in which all were at work."""
        return _share(max(self.starts), min(self.ends), self.wall)


@dataclass(frozen=True)
class Window:
    """What contending threads did while all of them were active."""

    seconds: float
    #: Operations of each thread in that time.
    counts: Sequence[int]
    #: How much of the time from the first to the last activity it is; 0 if they took turns.
    overlap: float
    #: The longest time in which one thread finished no batch: how long it starved, in seconds.
    gap: float = 0.0
    #: How long single operations took, where a scenario stamps each one.
    latencies: Sequence[float] = ()

    @property
    def per_operation(self) -> float:
        """Seconds an operation, all threads together: the reciprocal of the throughput."""
        return self.seconds / max(1, sum(self.counts))


def together(*bodies: Callable[[], Any]) -> Stamps:
    """Run each body in a thread, all let go at once; what one raises is raised here at once."""
    starts, ends = [0.0] * len(bodies), [0.0] * len(bodies)
    finished: SimpleQueue[BaseException | None] = SimpleQueue()
    gate = threading.Barrier(len(bodies))

    def run(number: int, body: Callable[[], Any]) -> None:
        error: BaseException | None = None
        gate.wait()
        starts[number] = perf_counter()
        try:
            body()
        except BaseException as raised:
            error = raised
        ends[number] = perf_counter()
        finished.put(error)

    threads = _threads(run, bodies)
    for _ in threads:
        _raise(finished.get())
    for thread in threads:
        thread.join()
    return Stamps(starts, ends)


def contend(bodies: Sequence[Batch], inner: int, seconds: float) -> tuple[Window, int]:
    """Let threads contend until all have been active for a while; the window, and all they did.

    The window is found afterwards: from the moment when the last thread had finished its first
    batch to the moment when the first thread finished its last one. With many threads it is
    longer, or most of it would go by until each has had its first turn.
    """
    seconds = max(seconds, TURNS * len(bodies) * sys.getswitchinterval())
    stopped: list[bool] = []
    stamps: list[list[float]] = [[] for _ in bodies]

    def run(number: int) -> None:
        bodies[number](stopped, stamps[number].append)

    def stop() -> None:
        _until(lambda: all(stamps), PATIENCE)
        time.sleep(seconds)
        _until(lambda: seen(stamps), PATIENCE)
        stopped.append(True)

    stopper = threading.Thread(target=stop, daemon=True)
    stopper.start()
    together(*[lambda number=number: run(number) for number in range(len(bodies))])
    stopper.join()
    return window_of(stamps, inner), sum(len(s) for s in stamps) * inner


def seen(stamps: Sequence[Sequence[float]]) -> bool:
    """Whether each has done enough for something to be said of it."""
    return all(len(own) > 2 for own in stamps)


def window_of(stamps: Sequence[Sequence[float]], inner: int) -> Window:
    """The time in which all were active, by the stamps of each after ``inner`` operations.

    Where they took turns, or one did not come to finish anything, the overlap is 0, and all that
    can be said is what the whole of it cost.
    """
    active = [s for s in stamps if s]
    if sum(map(len, active)) < 2:
        raise UnavailableError("nobody finished two batches of operations in the time there was")
    first, last = min(s[0] for s in active), max(s[-1] for s in active)
    start, end = max(s[0] for s in active), min(s[-1] for s in active)
    overlap = _share(start, end, last - first) if len(active) == len(stamps) else 0.0
    if end <= start:
        start, end = first, last
    counts = [(bisect_right(s, end) - bisect_right(s, start)) * inner for s in stamps]
    return Window(end - start, counts, overlap, _longest_gap(stamps, start, end))


def _longest_gap(stamps: Sequence[Sequence[float]], start: float, end: float) -> float:
    longest = 0.0
    for own in stamps:
        inside = [start, *own[bisect_right(own, start) : bisect_right(own, end)], end]
        longest = max(longest, *(b - a for a, b in zip(inside, inside[1:])))
    return longest


def _share(start: float, end: float, whole: float) -> float:
    return max(0.0, end - start) / whole if whole > 0 else 0.0


def _until(condition: Callable[[], bool], patience: float) -> None:
    end = perf_counter() + patience
    while not condition() and perf_counter() < end:
        time.sleep(0.002)


def _threads(run: Callable[..., None], bodies: Sequence[Any]) -> list[threading.Thread]:
    threads = [
        threading.Thread(target=run, args=(number, body), daemon=True)
        for number, body in enumerate(bodies)
    ]
    for thread in threads:
        thread.start()
    return threads


class Herd:
    """Waiters that park, are woken all at once, and say when each of them was back."""

    def __init__(self, size: int, generations: int, wait: Callable[[int, Herd], None]) -> None:
        """``wait(generation, herd)`` parks a waiter: it calls ``herd.parking`` first."""
        self.size = size
        self.backs: list[list[float]] = [[] for _ in range(generations)]
        self.parked = [0] * generations
        self._wait = wait
        self._tids: list[int] = []
        self._guard = threading.Lock()
        self._all_parking: SimpleQueue[BaseException | None] = SimpleQueue()
        self._all_back: SimpleQueue[BaseException | None] = SimpleQueue()
        self._threads = _threads(self._run, range(size))

    def _run(self, number: int, _: int) -> None:
        if kernel.available():
            self._tids.append(threading.get_native_id())
        try:
            for generation, backs in enumerate(self.backs):
                self._wait(generation, self)
                back = perf_counter()
                with self._guard:
                    backs.append(back)
                    if len(backs) == self.size:
                        self._all_back.put(None)
        except BaseException as error:
            self._all_parking.put(error)
            self._all_back.put(error)

    def parking(self, generation: int) -> None:
        """A waiter is about to park."""
        with self._guard:
            self.parked[generation] += 1
            if self.parked[generation] == self.size:
                self._all_parking.put(None)

    def all_parking(self) -> None:
        """Returns when the last waiter of a generation is about to park."""
        _raise(self._all_parking.get())

    def asleep(self) -> None:
        """Returns when the kernel shows every waiter asleep, or after a moment that is enough."""
        if not kernel.available():
            time.sleep(0.002)
            return
        for tid in self._tids:
            with contextlib.suppress(OSError), contextlib.closing(kernel.View(tid)) as view:
                _until(lambda view=view: view.glance().waits_untimed, 0.005)  # type: ignore

    def back(self, generation: int, woken: float) -> float:
        """Seconds from the call that woke them until the last waiter was back."""
        _raise(self._all_back.get())
        if min(self.backs[generation]) < woken:
            raise IncorrectError("a waiter returned before anybody woke it")
        return max(self.backs[generation]) - woken

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error
