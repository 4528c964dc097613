"""Actors that are greenlets, beside the scenario in one thread, on a hub of the scenario's own.

The scenario is the main greenlet, and the hub runs when it waits for something. What an actor
does, plain functions included, its greenlet does itself. That an actor is *blocked* is exact:
the hub has nothing left to run but timers of later. Time is the real one, because code for
greenlets looks at the real clock; what nothing can ever wake is stuck at once all the same. The
hub, gevent's or eventlet's, is a :class:`Hub`.

Who keeps the thread to itself, and never lets the hub run, keeps the scenario from running too:
that ends with the process, which has a deadline.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from types import FrameType
from typing import Any, Protocol

from greenlet import getcurrent

from syncproof.actors import carriers
from syncproof.actors.delays import Delays
from syncproof.actors.language import Actor, Call
from syncproof.actors.threads import perform
from syncproof.actors.verdicts import ScenarioError
from syncproof.subject import Subject

#: So many turns of the hub in a row that leave nothing to run make it quiet: the first may have
#: come before the hub has looked at its files, by which other threads call.
QUIET_TURNS = 2
#: Seconds between two looks while only the clock, or another thread, can change anything.
SLICE = 0.005
#: Seconds that greenlets have for their ends when the scenario is over.
FAREWELL = 0.1

#: Greenlets that have survived their scenario. One that nobody knows any more is killed once again,
#: whoever runs then, and may wait once more, on a hub that will never wake it.
_abandoned: list[Any] = []


class Hub(Protocol):
    """What switches between greenlets."""

    #: What a greenlet that is killed raises.
    cancelled: type[BaseException]

    def spawn(self, function: Callable[[], None]) -> Any:
        """A greenlet that will run the function."""

    def park(self) -> Any:
        """Switch to the hub, until somebody posts something to the calling greenlet; what."""

    def post(self, greenlet: Any, thing: Any) -> None:
        """Let the hub switch to a parked greenlet, which gets the thing; return at once."""

    def kill(self, greenlet: Any, message: str) -> None:
        """Let the hub raise ``cancelled`` in a greenlet; return at once."""

    def breathe(self) -> None:
        """Let every other greenlet that can run do so once."""

    def turn(self) -> None:
        """Let the hub look once at everything that it has to look at."""

    def is_idle(self) -> bool:
        """Whether the hub has nothing to run now."""

    def pause(self) -> float | None:
        """Seconds until it has, as far as it knows; None where it waits for nothing."""

    def rest(self, seconds: float) -> None:
        """Let the hub run for so long."""

    def close(self) -> None:
        """Leave it, and whatever is still in it, for good."""


def _suspended(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
    """The frames of a suspended greenlet and their lines, the innermost first.

    Of PyPy's the outermost leads back to the innermost.
    """
    seen = set()
    while frame is not None and id(frame) not in seen:
        seen.add(id(frame))
        yield frame, frame.f_lineno
        frame = frame.f_back


class GreenletHand:
    """An actor's greenlet, which performs one operation after another."""

    def __init__(self, driver: Greenlets) -> None:
        self.driver = driver
        self.greenlet = driver.hub.spawn(self._serve)

    def send(self, call: Call) -> None:
        self.driver.hub.post(self.greenlet, call)

    def stack(self) -> str:
        frame = self.greenlet.gr_frame
        if frame is None:
            return "  (gone)"
        frames = traceback.StackSummary.extract(_suspended(frame))
        frames.reverse()
        own = [n for n, f in enumerate(frames) if f.name == perform.__name__]
        return "".join(traceback.format_list(frames[own[-1] + 1 if own else 0 :])).rstrip()

    def _serve(self) -> None:
        while not self.driver.closed:
            try:
                call = self.driver.hub.park()
            except self.driver.hub.cancelled:
                continue  # it was meant for an operation that had ended already
            if call is not None:
                perform(call)


class Greenlets:
    """The driver of a model whose actors are greenlets."""

    exact = True

    def __init__(self, delays: Delays, hub: Hub) -> None:
        self.delays = delays
        self.hub = hub
        self.hands: list[GreenletHand] = []
        self.closed = False
        self.threads = _threads()
        carriers.greenlets_are_here(hub.breathe, getcurrent)

    # -- actors -----------------------------------------------------------------------------

    def hire(self, name: str) -> GreenletHand:
        hand = GreenletHand(self)
        self.hands.append(hand)
        self.hub.breathe()  # it is in its greenlet from now on
        return hand

    def hire_main(self) -> GreenletHand:
        raise ScenarioError("the main greenlet is the scenario itself, and no actor")

    def cancel(self, actor: Actor, message: str) -> None:
        self.hub.kill(_hand(actor).greenlet, message)

    @property
    def cancelled(self) -> type[BaseException]:
        return self.hub.cancelled

    def offers(self, subject: Subject) -> Subject:
        """The implementation as actors can use it: as it is."""
        return subject

    def close(self) -> None:
        self.closed = True
        for hand in self.hands:
            self.hub.kill(hand.greenlet, "")
        self._settle(FAREWELL)
        _abandoned.extend(h.greenlet for h in self.hands if not h.greenlet.dead)
        carriers.greenlets_are_here(None, None)
        self.hub.close()

    # -- waiting ----------------------------------------------------------------------------

    def wait(self, ready: Callable[[], bool], busy: Sequence[Actor], seconds: float) -> bool:
        end = perf_counter() + seconds
        hopeless = end if self._has_helpers() else perf_counter() + self.delays.settle
        self._settle(end - perf_counter(), ready)
        while not ready():
            pause = self.hub.pause()
            now = perf_counter()
            if now >= (hopeless if pause is None else end):
                return False
            self.hub.rest(min(SLICE if pause is None else pause, SLICE, end - now))
            self._settle(end - perf_counter(), ready)
        self._settle(self.delays.settle)  # what it has left to the others to do is done as well
        return True

    def elapse(self, seconds: float) -> None:
        """Their clock is that of the scenario."""

    def nudge(self) -> None:
        """Whoever waits here looks by itself."""

    def quiesce(self, busy: Sequence[Actor]) -> None:
        """Nothing is left to run; what only sleeps for a moment, and looks again, may do so."""
        end = perf_counter() + self.delays.settle
        self._settle(self.delays.settle)
        while any(a.busy for a in busy):
            pause = self.hub.pause()
            if pause is None or perf_counter() + pause > end:
                return
            self.hub.rest(pause)
            self._settle(end - perf_counter())

    def _settle(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Let the hub run until it has nothing to run, but no longer than that."""
        end = perf_counter() + seconds
        quiet = 0
        while quiet < QUIET_TURNS and not enough():
            self.hub.turn()
            quiet = quiet + 1 if self.hub.is_idle() else 0
            if not quiet and perf_counter() >= end:
                return

    def _has_helpers(self) -> bool:
        """Whether the implementation has started threads, which may wake an actor some day."""
        return _threads() > self.threads


def _hand(actor: Actor) -> GreenletHand:
    if not isinstance(actor.hand, GreenletHand):
        raise TypeError(f"{actor} is no greenlet")
    return actor.hand


def _threads() -> int:
    """How many real threads there are: a patched threading counts greenlets."""
    return len(sys._current_frames())
