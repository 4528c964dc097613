"""A program that does not come to its end: whether it may be blocked, or hangs.

If all that is open may be blocked (the oracle says so), nothing is lost. If not, it is waited for
as long as the suite waits for anything, in the threads' own time, before that is said to be a
fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from syncproof.history.free.rescue import RESCUE_INTERVAL, Rescue
from syncproof.history.free.trial import Trial
from syncproof.history.free.worker import Worker
from syncproof.history.record import History

#: A program that should have ended by now is looked at, and again after as long.
GRACE = 0.004
#: One look counts for no more: a watchman that was itself held up has seen nothing meanwhile.
MOST_PER_LOOK = 0.02


class Watchman:
    """Looks at one trial, which should take no more than so many seconds."""

    def __init__(self, trial: Trial, workers: Sequence[Worker], seconds: float) -> None:
        self.trial = trial
        self.workers = workers
        #: When it is to be looked at next.
        self.look_at = perf_counter() + seconds + GRACE
        #: Whether all its threads have come to their end.
        self.ended = False
        #: The record up to where it ended, or was given up for a reason of its own.
        self.result: History | None = None
        self._rescue: Rescue | None = None
        self._looked_at = 0.0
        #: How many events had been seen by then.
        self._seen = -1
        #: Seconds without anything new, those left out in which the threads could not run.
        self._own_time = 0.0
        self._delays: dict[Worker, float] = {}

    def look(self, now: float) -> bool:
        """Whether its threads are stuck for good, when it has been looked at."""
        if self.trial.done:
            self.ended = True
            if not self.trial.over:
                self.result = self.trial.history("error" if self.trial.errors else "")
        elif now >= self.look_at:
            self.look_at = now + GRACE
            if self._rescue is None:
                self._doubt(now)
            if self._rescue is not None:
                self.look_at = now + RESCUE_INTERVAL
                return not self._rescue.attempt(now)
        return False

    def give_up(self, since: float) -> None:
        """It is to go no further: those that are blocked are let go, from that moment on."""
        if not self.trial.over:
            self.trial.over = True
            self._rescue = Rescue(self.trial, self.workers, since)

    def _doubt(self, now: float) -> None:
        """It should have ended: is it blocked, and may it be?"""
        self._count_own_time(now)
        if len(self.trial.events) != self._seen:
            self._seen, self._own_time = len(self.trial.events), 0.0
            return
        count = len(self.trial.program.actors)
        left = [n for n in range(count + 1) if n not in self.trial.finished]
        history = self.trial.history("deadlock")
        in_calls = {event.actor for event in history.pending}
        all_in_calls = in_calls and in_calls.issuperset(left[:-1] or left)
        if not all_in_calls or self.trial.terms.judge(history) is not None:
            if self._own_time < self.trial.terms.patience:
                return
            certain = all(self.workers[n].asleep() for n in in_calls)
            history.ended = "deadlock" if certain else "hang"
        self.result = history
        self.give_up(now)

    def _count_own_time(self, now: float) -> None:
        delays = {w: w.run_delay() for w in self.workers}
        kept = max(delays[w] - self._delays.get(w, 0.0) for w in self.workers)
        self._own_time += max(0.0, min(now - self._looked_at - kept, MOST_PER_LOOK))
        self._delays, self._looked_at = delays, now
