"""Actors that are threads, and how to tell that a thread is blocked without sleeping.

A thread is *certainly* blocked when the kernel says that it is asleep in a lock wait without a
timeout, it has had no turn between three looks, and no thread of the implementation's own is
about to wake it. Where that cannot be had (waits that poll, spin or sleep in slices, or no kernel's
view) it is *settled*: no result for a settle window of the actor's own time, that is, not counting
the time in which it was ready to run and the machine was busy with others.
"""

from __future__ import annotations

import _thread
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from time import perf_counter

from syncproof.actors import kernel
from syncproof.actors.delays import Delays
from syncproof.actors.language import Actor, Call
from syncproof.actors.verdicts import ScenarioError
from syncproof.news import Empty, News
from syncproof.subject import Subject

#: Between two looks at the actors; also gives the interpreter away.
LOOK_INTERVAL = 0.0001
#: So many equal looks in a row make a verdict.
EQUAL_LOOKS = 3
#: So many looks at least make a settle window.
SETTLE_LOOKS = 30


class Hand:
    """A thread, as the driver sees it."""

    ident: int
    tid: int

    def __init__(self) -> None:
        self.view: kernel.View | None = None

    def look(self) -> kernel.Glance | None:
        """The kernel's view of the thread now; None where there is none."""
        if self.view is None:
            return None
        try:
            return self.view.glance()
        except OSError:
            return None

    def stack(self) -> str:
        """Where the thread is, without the driver's own frames."""
        frame = sys._current_frames().get(self.ident)
        if frame is None:
            return "  (gone)"
        lines = traceback.format_stack(frame)
        own = 0
        for number, (above, _) in enumerate(traceback.walk_stack(frame)):
            if above.f_code.co_filename == __file__:
                own = len(lines) - number
                break
        return "".join(lines[own:]).rstrip() or "  (in C code)"


class ThreadHand(Hand):
    """A thread of the driver's own that performs one operation after another."""

    def __init__(self, driver: Threads, name: str) -> None:
        super().__init__()
        self.driver = driver
        self.name = name
        # SimpleQueue: an untaken _thread.lock is slow on a loaded free-threaded build
        self.mailbox: SimpleQueue[Call | None] = SimpleQueue()
        hello: SimpleQueue[tuple[int, int]] = SimpleQueue()
        _thread.start_new_thread(self._work, (hello,))
        self.ident, self.tid = hello.get()
        self.view = kernel.View(self.tid) if driver.kernel else None

    def send(self, call: Call) -> None:
        self.mailbox.put(call)

    def _work(self, hello: SimpleQueue[tuple[int, int]]) -> None:
        hello.put((threading.get_ident(), threading.get_native_id()))
        while True:
            call = self.mailbox.get()
            if call is None:
                return
            perform(call, self._took)
            self.driver.nudge()

    def _took(self, call: Call) -> tuple[float, float] | None:
        """When the operation began and ended, if anybody knows it better than this thread."""
        return None


class MainHand(Hand):
    """The main thread, which the scenario itself runs in: it performs what it is told at once."""

    name = "main"

    def __init__(self, driver: Threads) -> None:
        super().__init__()
        self.driver = driver
        self.ident, self.tid = threading.get_ident(), threading.get_native_id()
        self.view = kernel.View(self.tid) if driver.kernel else None

    def send(self, call: Call) -> None:
        self.driver.nudge()
        perform(call)
        self.driver.nudge()


def perform(
    call: Call, took: Callable[[Call], tuple[float, float] | None] = lambda call: None
) -> None:
    """Do an operation in this thread, and write down what became of it."""
    error = value = None
    call.entered = True
    call.began = perf_counter()
    try:
        value = call.function(*call.args, **call.kwargs)
    except BaseException as caught:
        error = caught
    call.ended = perf_counter()
    call.began, call.ended = took(call) or (call.began, call.ended)
    call.value, call.error = value, error
    call.done = True


class Threads:
    """The driver of the thread model."""

    exact = False

    def __init__(self, delays: Delays, use_kernel: bool = True) -> None:
        self.delays = delays
        self.kernel = use_kernel and kernel.available()
        self.news: News[None] = News()
        self.hands: list[Hand] = []
        #: Threads that were there before the scene, and how many turns each had had.
        self.bystanders = kernel.turns() if self.kernel else {}
        self.helpers = kernel.Helpers()

    def hire(self, name: str) -> ThreadHand:
        hand = ThreadHand(self, name)
        self.hands.append(hand)
        return hand

    def cancel(self, actor: Actor, message: str) -> None:
        raise ScenarioError("nobody can cancel a thread")

    @property
    def cancelled(self) -> type[BaseException]:
        raise ScenarioError("nobody can cancel a thread")

    def hire_main(self) -> MainHand:
        """The main thread as an actor; ScenarioError where the scenario runs in another."""
        if threading.current_thread() is not threading.main_thread():
            raise ScenarioError("this scenario must run in the main thread")
        hand = MainHand(self)
        self.hands.append(hand)
        return hand

    def offers(self, subject: Subject) -> Subject:
        """The implementation as actors can use it: as it is."""
        return subject

    def close(self) -> None:
        for hand in self.hands:
            if isinstance(hand, ThreadHand):
                hand.mailbox.put(None)
            if hand.view is not None:
                hand.view.close()

    # -- waiting for an end ---------------------------------------------------------------

    def wait(self, ready: Callable[[], bool], busy: Sequence[Actor], seconds: float) -> bool:
        start = perf_counter()
        delay = {a: self._run_delay(a) for a in busy}
        while not ready():
            waited = max((self._run_delay(a) - delay[a] for a in busy), default=0.0)
            left = seconds - (perf_counter() - start - waited)
            if left <= 0:
                return ready()
            with suppress(Empty):
                self.news.get(timeout=min(left, 0.5))
        return True

    def elapse(self, seconds: float) -> None:
        """Their clock is that of the scenario."""

    def nudge(self) -> None:
        self.news.put(None)

    # -- waiting for quiet ----------------------------------------------------------------

    def quiesce(self, busy: Sequence[Actor]) -> None:
        window = self.delays.settle
        watches = [_Watch(a, self._hand(a), self.helpers, window) for a in busy]
        while not self._quiet(watches):
            time.sleep(LOOK_INTERVAL)

    def _quiet(self, watches: list[_Watch]) -> bool:
        if self.kernel:
            self.helpers.look({h.tid for h in self.hands}.union(self.bystanders))
        for watch in watches:
            watch.look()
        open_ = [w for w in watches if w.actor.busy]
        if all(w.settled(self.delays.settle) for w in open_):
            return True
        if not all(w.certain for w in open_) or not self._helpers_are_quiet():
            return False
        if not self._idle_hands_are_quiet([w.hand for w in open_]):
            return False
        # a helper may have let an actor go just before it fell asleep itself: look once more
        return all(w.still_certain() for w in open_)

    def _helpers_are_quiet(self) -> bool:
        """Whether no thread of the implementation's own can be about to wake an actor."""
        return kernel.others_are_quiet({h.tid for h in self.hands}, self.bystanders)

    def _idle_hands_are_quiet(self, busy: Sequence[Hand]) -> bool:
        """Whether no actor that has finished is still on its way back to its mailbox.

        It may be the one that the others wait for: on PyPy all but one of the threads that want
        the interpreter sleep without a timeout, and that looks like a wait for a lock.
        """
        me = threading.get_native_id()
        for hand in self.hands:
            if hand in busy or hand.tid == me:
                continue
            glance = hand.look()
            if glance is not None and not glance.waits_untimed:
                return False
        return True

    def _hand(self, actor: Actor) -> Hand:
        hand = actor.hand
        if not isinstance(hand, Hand):
            raise TypeError(f"{actor} is no thread")
        return hand

    def _run_delay(self, actor: Actor) -> float:
        glance = self._hand(actor).look()
        return glance.run_delay if glance else 0.0


class _Watch:
    """What has been seen of one busy actor since the scenario began to wait for quiet."""

    def __init__(
        self, actor: Actor, hand: Hand, helpers: kernel.Helpers, window: float
    ) -> None:
        self.actor = actor
        self.hand = hand
        self.helpers = helpers
        self.most_per_look = window / SETTLE_LOOKS
        self.turns = b""
        self.equal = 0
        self.last: tuple[float, float] | None = None
        self.ready = b""
        #: Looks since the last one that was counted.
        self.looks = 0
        self.own_time = 0.0

    def look(self) -> None:
        if not self.actor.call.entered:
            return  # it has not even begun: nothing it has not done says anything
        glance = self.hand.look()
        self._count(glance, perf_counter())
        if glance is None or not glance.waits_untimed:
            self.equal = 0
        elif glance.turns == self.turns:
            self.equal += 1
        else:
            self.turns, self.equal = glance.turns, 1

    def _count(self, glance: kernel.Glance | None, now: float) -> None:
        """Add the actor's own time since the look that was counted last."""
        self.looks += 1
        ready = glance.ready if glance else b""
        if self.helpers.held_up or (ready and ready == self.ready):
            return  # no processor was free, or it will show how much of one was used
        delay = self.helpers.run_delay + (glance.run_delay if glance else 0.0)
        if self.last is not None:
            # one look counts for little: a driver that was itself held up, perhaps with the
            # interpreter's lock in its hand, has seen nothing meanwhile
            own = (now - self.last[0]) - (delay - self.last[1])
            self.own_time += max(0.0, min(own, self.looks * self.most_per_look))
        self.last, self.ready, self.looks = (now, delay), ready, 0

    @property
    def certain(self) -> bool:
        return self.equal >= EQUAL_LOOKS

    def settled(self, window: float) -> bool:
        return self.own_time >= window

    def still_certain(self) -> bool:
        self.look()
        return not self.actor.busy or self.certain
