"""Bodies of a test's own that run at once, on threads of their own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

from syncproof.actors.verdicts import Stuck
from syncproof.history.free.perturbation import SWITCH_INTERVAL, switching
from syncproof.history.free.worker import Job, Worker
from syncproof.history.program import LETTERS
from syncproof.news import Empty, News


@switching(SWITCH_INTERVAL)
def together(bodies: Sequence[Job], seconds: float) -> list[Any]:
    """What each of the bodies returns, all of them running at once.

    An exception of one is raised here. Stuck if they have not ended after so many seconds in
    which nothing else kept them from it.
    """
    workers = [Worker() for _ in bodies]
    values: list[Any] = [None] * len(bodies)
    errors: list[BaseException] = []
    ends: News[int] = News()
    ready: list[int] = []

    def job(number: int) -> Job:
        def work() -> None:
            ready.append(number)
            while len(ready) < len(bodies):
                time.sleep(0)
            try:
                values[number] = bodies[number]()
            except BaseException as error:
                errors.append(error)
            ends.put(number)

        return work

    for number, worker in enumerate(workers):
        worker.give(job(number))
    left = set(range(len(bodies)))
    start = perf_counter()
    while left and not errors:
        with suppress(Empty):
            left.discard(ends.get(timeout=0.1))
            continue
        kept = max(workers[n].run_delay() for n in left)
        if perf_counter() - start - kept > seconds:
            break
    for worker in workers:
        worker.dismiss()
    if errors:
        raise errors[0]
    if left:
        names = ", ".join(LETTERS[n] for n in sorted(left))
        raise Stuck(f"{names} did not come to an end; waited {seconds:.1f} s")
    return values
