"""One actor is held back until the others have come to their end or are blocked for certain.

Then it is known that they wait, as in a scenario, and what the late one does must reach them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from time import perf_counter

from syncproof.actors import kernel
from syncproof.history.free.trial import Trial
from syncproof.history.free.worker import Worker

#: So many looks at threads that have not run between them make a verdict, so far apart.
EQUAL_LOOKS = 3
LOOK_INTERVAL = 0.0001
#: One that is held back begins after so long whatever the others do.
HELD_BACK = 0.006


def hold_back(
    late: int, trial: Trial, workers: Sequence[Worker], bystanders: Mapping[int, bytes]
) -> None:
    """Wait until all but the late one have ended or are blocked, and note it; not for long.

    Blocked for certain is who waits for a lock without a timeout and does not run between
    some looks, while nobody else runs in this process who could be about to wake them.
    """
    end = perf_counter() + HELD_BACK
    last: list[bytes] = []
    equal = 0
    while perf_counter() < end:
        time.sleep(LOOK_INTERVAL)
        if len(trial.finished) >= len(trial.program.actors) - 1:
            return
        at = len(trial.events)
        turns = _asleep(late, trial, workers)
        equal = equal + 1 if turns and turns == last else 0
        last = turns
        if equal < EQUAL_LOOKS - 1:
            continue
        if not kernel.others_are_quiet({w.tid for w in workers}, bystanders):
            continue
        # one of those others may have let somebody go before it fell asleep: look once more
        if _asleep(late, trial, workers) == last and len(trial.events) == at:
            trial.quiet.append(at)
            return


def _asleep(late: int, trial: Trial, workers: Sequence[Worker]) -> list[bytes]:
    """How often each actor but the late one has run, if all wait; nothing if one may not."""
    in_calls = trial.in_calls()
    turns = []
    for number in range(len(trial.program.actors)):
        if number == late or number in trial.finished:
            continue
        turns.append(workers[number].asleep() if number in in_calls else b"")
    return turns if all(turns) else []
