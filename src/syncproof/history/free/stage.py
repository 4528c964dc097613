"""Where programs run, for one implementation: on a few crews at once, for most of the time they
sleep."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from time import perf_counter

from syncproof.actors import kernel
from syncproof.history.free.crew import Crew
from syncproof.history.free.perturbation import SWITCH_INTERVAL, switching
from syncproof.history.free.rescue import RESCUE
from syncproof.history.free.terms import Terms
from syncproof.history.program import Program
from syncproof.history.record import History
from syncproof.news import Empty, News
from syncproof.subject import Subject

#: Crews that run at once.
CREWS = 3
#: No more is run when so many crews have been left behind.
MOST_LOST = 12


class Stage:
    """Crews that run programs. Leave it, and their threads end."""

    def __init__(
        self,
        subject: Subject,
        crews: int = CREWS,
        tell: Callable[[Stage], None] = lambda stage: None,
    ) -> None:
        self.subject = subject
        #: Called after each run, with this stage: whoever waits may be shown how far it is.
        self.tell = tell
        self.news: News[Crew] = News()
        self.crews = [Crew(subject, self.news) for _ in range(crews)]
        #: Crews that had to be left behind.
        self.lost = 0
        #: How many runs there have been.
        self.runs = 0
        self._settings = ExitStack()

    def __enter__(self) -> Stage:
        self._settings.enter_context(switching(SWITCH_INTERVAL))
        return self

    def __exit__(self, *details: object) -> None:
        self._settings.close()
        for crew in self.crews:
            crew.dismiss()

    def histories(
        self,
        programs: Iterator[Program],
        rng: random.Random,
        terms: Terms,
        watched: bool = False,
    ) -> Generator[History, None, None]:
        """What happens when each of them runs, as they end; a few run at once.

        Those that are watched run one at a time, and an actor of each is late: that is done only
        where the kernel tells whether a thread is blocked.

        When no more is asked for, those that still run are let end, or are given up.
        """
        more = True
        watched = watched and kernel.available()
        at_once = 1 if watched else len(self.crews)
        idle = self.crews[:at_once]
        bystanders = kernel.turns() if watched else {}
        try:
            while True:
                while more and idle and self.lost < MOST_LOST:
                    program = next(programs, None)
                    if program is None:
                        more = False
                        break
                    late = rng.randrange(len(program.actors)) if watched else None
                    if len(program.actors) < 2:
                        late = None
                    idle.pop().begin(program, rng, terms, late, bystanders)
                if len(idle) == at_once:
                    return
                for crew, history in self._ended():
                    idle.append(crew)
                    if history is not None:
                        self.runs += 1
                        self.tell(self)
                        yield history
        finally:
            self._wind_up()

    def _ended(self) -> list[tuple[Crew, History | None]]:
        """Wait for news, or until somebody is to be looked at; the crews that are idle again."""
        busy = [(c, c.watchman) for c in self.crews if c.watchman is not None]
        now = perf_counter()
        next_look = min((watchman.look_at for _, watchman in busy), default=now)
        news: Crew | None = None
        with suppress(Empty):
            news = self.news.get(timeout=max(0.0, min(next_look - now, 0.5)) + 0.0002)
        now = perf_counter()
        ended = []
        for crew, watchman in busy:
            if crew is not news and now < watchman.look_at:
                continue
            if watchman.look(now):
                ended.append((self._replaced(crew), watchman.result))
            elif watchman.ended:
                crew.watchman = None
                ended.append((crew, watchman.result))
        return ended

    def _replaced(self, crew: Crew) -> Crew:
        """A new crew in place of one that is stuck for good."""
        crew.dismiss()
        self.lost += 1
        new = Crew(self.subject, self.news)
        self.crews[self.crews.index(crew)] = new
        return new

    def _wind_up(self) -> None:
        """No more is run: those who still run come to their end, or are let go."""
        end = perf_counter() + 2 * RESCUE
        for crew in self.crews:
            if crew.watchman is not None:
                crew.watchman.give_up(since=perf_counter() + RESCUE)
        while any(c.watchman is not None for c in self.crews) and perf_counter() < end:
            self._ended()
        for crew in list(self.crews):
            if crew.watchman is not None:
                self._replaced(crew)
