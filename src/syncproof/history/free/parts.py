"""What the threads of a crew do in a trial: one makes the object, each actor does its operations,
and when all have come to their end a checker looks at what they left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from syncproof.history.free.held_back import LOOK_INTERVAL
from syncproof.history.free.perturbation import TIMEOUT
from syncproof.history.free.trial import Trial
from syncproof.history.free.worker import Job, Worker
from syncproof.history.program import Op, made
from syncproof.history.record import actor_body
from syncproof.subject import Subject


class _GivenUp(BaseException):
    """Raised between two operations of a program that is to go no further."""


class Parts:
    """The parts of one trial, for one worker each: the actors in order, then the checker."""

    def __init__(
        self,
        trial: Trial,
        subject: Subject,
        workers: Sequence[Worker],
        pauses: Sequence[Sequence[float]],
        late: int | None,
        end: Job,
    ) -> None:
        self.trial = trial
        self.subject = subject
        self.workers = workers
        self.pauses = pauses
        self.late = late
        #: Called by the thread that is the last to come to its end.
        self.end = end
        self.count = len(trial.program.actors)
        #: Actors that are ready for their first operation.
        self.ready: list[int] = []
        self.at_once = self.count - (late is not None)

    def begin(self) -> None:
        """Make the object, and let all actors begin that are not late."""
        (first, act), *others = [
            (worker, partial(self._act, number))
            for number, worker in enumerate(self.workers[: self.count])
            if number != self.late
        ]

        def make_and_begin() -> None:
            # The object is made by a thread of the crew as well: that may hang too.
            try:
                self.trial.thing = made(self.subject, self.trial.program)
            except Exception as error:
                self.trial.errors.append(error)
                self.trial.finished.extend(range(self.count + 1))
                self.end()
                return
            for worker, other in others:
                worker.give(other)
            act()

        first.give(make_and_begin)

    def begin_late(self) -> None:
        """Let the one begin that is late."""
        if self.late is not None:
            self.workers[self.late].give(partial(self._act, self.late))

    def _act(self, number: int) -> None:
        trial = self.trial
        while number == self.late and not (self.ready or trial.over or trial.errors):
            time.sleep(LOOK_INTERVAL)  # there is nothing yet to do it with
        if trial.thing is None:
            return
        pause = iter(self.pauses[number]).__next__

        def between() -> None:
            if trial.over:
                raise _GivenUp
            seconds = pause()
            if seconds >= 0:
                time.sleep(seconds)

        self.ready.append(number)
        while len(self.ready) < self.at_once:
            time.sleep(0)
        self._do(number, trial.program.actors[number], between)
        trial.finished.append(number)
        if trial.finished.index(number) == self.count - 1:  # only one can be the last
            self._actors_are_done()

    def _actors_are_done(self) -> None:
        if self.trial.over or self.trial.errors:
            self.trial.finished.append(self.count)
            self.end()
        else:
            self.workers[self.count].give(self._check)

    def _check(self) -> None:
        def go_on() -> None:
            if self.trial.over:
                raise _GivenUp

        self._do(self.count, self.trial.looks, go_on)
        self.trial.finished.append(self.count)
        self.end()

    def _do(self, number: int, ops: Sequence[Op], between: Callable[[], Any]) -> None:
        trial, error = self.trial, self.subject.broken_barrier_error
        body = actor_body(number, ops, trial.thing, trial.events.append, error, between, TIMEOUT)
        try:
            body()
        except _GivenUp:
            pass
        except BaseException as caught:  # SystemExit, and the like: no outcome of any operation
            trial.errors.append(caught)
