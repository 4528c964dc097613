"""Threads that run one program after another: one for each actor, and one for the checker."""

from __future__ import annotations

import random
from collections.abc import Mapping

from syncproof.history.free.held_back import hold_back
from syncproof.history.free.parts import Parts
from syncproof.history.free.perturbation import TIMEOUT, pauses
from syncproof.history.free.terms import Terms
from syncproof.history.free.trial import Trial
from syncproof.history.free.watchman import Watchman
from syncproof.history.free.worker import Worker
from syncproof.history.program import Program
from syncproof.news import News
from syncproof.subject import Subject


class Crew:
    """As many threads as its programs have needed; put into the news when one of them has ended."""

    def __init__(self, subject: Subject, news: News[Crew]) -> None:
        self.subject = subject
        self.news = news
        self.workers: list[Worker] = []
        #: Who looks at the program that runs, if one does.
        self.watchman: Watchman | None = None

    def begin(
        self,
        program: Program,
        rng: random.Random,
        terms: Terms,
        late: int | None,
        bystanders: Mapping[int, bytes],
    ) -> None:
        """Start a program. If one actor is late, it begins when the others are known to wait."""
        while len(self.workers) < len(program.actors) + 1:
            self.workers.append(Worker())
        trial = Trial(program, terms)
        before, longest = pauses(rng, program, late)
        timed = sum(op.name.endswith("timed") for op in trial.looks)
        self.watchman = Watchman(trial, self.workers, longest + timed * TIMEOUT)
        parts = Parts(trial, self.subject, self.workers, before, late, lambda: self.news.put(self))
        parts.begin()
        if late is not None:
            hold_back(late, trial, self.workers, bystanders)
            parts.begin_late()

    def dismiss(self) -> None:
        for worker in self.workers:
            worker.dismiss()
