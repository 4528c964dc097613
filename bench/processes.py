"""Processes that contend, take turns and wake each other over one primitive that all of them have.

What one process does alone costs what it costs one thread: that is in the scenarios of threads,
which run here too. The members of a crew are started for each slice, and what that takes is in no
figure. They count in shared memory, which nothing but the primitive protects; the clock of a
process is the clock of the machine, so that what one stamps another can subtract.
"""

import time
from functools import partial
from time import perf_counter

from syncproof.bench.contended import INNER, SECTION, TRIALS, verify
from syncproof.bench.handoff import two_gates
from syncproof.bench.herd import GROWTH

from syncproof.timing.floor import python_call
from syncproof.timing.scenarios import IncorrectError, batches, scenario, unrolled

MODELS = ("process",)

#: A waiter that is about to wait has done so after this time, in seconds.
SETTLED = 0.002


def shared(setting, kind, size):
    """Numbers in memory that all processes have: integers ("q") or times ("d")."""
    return setting.crew.context.RawArray(kind, size)


@scenario(
    "process.throughput",
    core=True,
    primitives=("lock", "rlock", "semaphore"),
    models=MODELS,
    kind="window",
    needs=("acquire",),
    operation="acquire(), count one up around a call of a function, release(); by any process",
    reading="window length over operations of all processes: no GIL is between them, so what is"
    " above processes=1 is the lock's own",
    inner=INNER,
    floor=False,
    processes=(1, 2, 4),
)
def throughput(setting):
    def window(seconds):
        total, tried = shared(setting, "q", 1), shared(setting, "q", 1)
        body, processes = partial(_contend, setting.make(), total, tried), setting["processes"]
        found, done = setting.crew.contend([body] * processes, INNER, seconds)
        verify(total, done)
        verify(tried, TRIALS * processes)
        return found

    return window


def _contend(thing, total, tried, stopped, stamp):
    calls = {"acquire": thing.acquire, "release": thing.release}
    body = batches(SECTION, INNER, **calls, total=total, work=python_call)
    # sections in the middle of which each gives way, before the clock of this one runs
    unrolled(SECTION, TRIALS, **calls, total=tried, work=lambda: time.sleep(0.001))(1)
    body(_AfterSome(), stamp)
    body(stopped, stamp)


class _AfterSome:
    """True after a few batches: however slow it is, there is something to be seen of it."""

    left = 3

    def __bool__(self):
        self.left -= 1
        return self.left < 0


# -- two that take turns ------------------------------------------------------------------

READING = "two hand-offs between processes; set it against floor.pipe, which needs no lock"


@scenario(
    "process.pingpong",
    core=True,
    primitives=("lock", "semaphore", "bounded_semaphore"),
    models=MODELS,
    kind="blocking",
    needs=("acquire",),
    relies_on=("lock.release.any-thread",),
    operation="one round trip between two processes over two of them, each released by the other",
    reading=READING,
    floor=False,
)
def pingpong(setting):
    def round_trips(loops):
        return _take_turns(setting, _turns_by_gates, loops, *two_gates(setting))

    return round_trips


def _turns_by_gates(turn, mine, loops, *gates):
    wait, hand_over = gates[mine].acquire, gates[1 - mine].release
    for _ in range(loops):
        wait()
        _take(turn, mine)
        hand_over()


@scenario(
    "process.pingpong",
    core=True,
    primitives=("event",),
    models=MODELS,
    kind="blocking",
    needs=("clear",),
    operation="one round trip between two processes over two events, each cleared by its waiter",
    reading=READING,
    floor=False,
)
def pingpong_event(setting):
    def round_trips(loops):
        events = [setting.make(), setting.make()]
        events[0].set()
        return _take_turns(setting, _turns_by_events, loops, *events)

    return round_trips


def _turns_by_events(turn, mine, loops, *events):
    for _ in range(loops):
        events[mine].wait()
        events[mine].clear()
        _take(turn, mine)
        events[1 - mine].set()


@scenario(
    "process.pingpong",
    core=True,
    primitives=("condition",),
    models=MODELS,
    kind="blocking",
    needs=("with", "notify"),
    operation="one round trip between two processes that wait for their turn on one condition",
    reading=READING,
    floor=False,
)
def pingpong_condition(setting):
    def round_trips(loops):
        return _take_turns(setting, _turns_by_condition, loops, setting.make())

    return round_trips


def _turns_by_condition(turn, mine, loops, condition):
    for _ in range(loops):
        with condition:
            while turn[0] != mine:
                condition.wait()
            _take(turn, mine)
            condition.notify()


def _take_turns(setting, body, loops, *things):
    turn = shared(setting, "q", 1)
    bodies = [partial(body, turn, mine, loops, *things) for mine in (0, 1)]
    return setting.crew.together(*bodies).wall


def _take(turn, mine):
    if turn[0] != mine:
        raise IncorrectError(f"process {mine} was let in when it was the other one's turn")
    turn[0] = 1 - mine


@scenario(
    "process.phase",
    core=True,
    primitives=("barrier",),
    models=MODELS,
    kind="blocking",
    operation="one phase: every party calls wait() and has returned",
    reading="what a step costs in a program whose processes proceed in step",
    floor=False,
    parties=(2, 4),
)
def phase(setting):
    def phases(loops):
        parties = setting["parties"]
        barrier, reached = setting.make(parties), shared(setting, "q", parties)
        bodies = [partial(_step, barrier, reached, mine, loops) for mine in range(parties)]
        return setting.crew.together(*bodies).wall

    return phases


def _step(barrier, reached, mine, loops):
    for number in range(1, loops + 1):
        reached[mine] = number
        barrier.wait()
        if min(reached) < number:
            raise IncorrectError("a party passed before all had come")


# -- who is asleep, and is woken ----------------------------------------------------------


@scenario(
    "process.wake",
    core=True,
    primitives=("lock", "semaphore", "bounded_semaphore", "event"),
    models=MODELS,
    kind="latency",
    needs=("acquire",),
    relies_on=("lock.release.any-thread",),
    operation="from the call that wakes a process, asleep for a millisecond, until it is back",
    reading="read the percentiles: the median is the machine's, the 99th what users feel",
    floor=False,
    until=("back",),
)
def wake(setting):
    def events(loops):
        thing, ready = setting.make(), shared(setting, "q", 1)
        woken, backs = shared(setting, "d", loops), shared(setting, "d", loops)
        if setting.primitive == "event":
            names = ("wait", "set", "clear")
        else:
            names = ("acquire", "release", "")
            thing.acquire()
        setting.crew.together(
            partial(_sleep, thing, names, ready, backs, loops),
            partial(_wake, thing, names, ready, woken, backs, loops),
        )
        found = [back - start for back, start in zip(backs, woken)]
        if min(found) < 0:
            raise IncorrectError("it returned before anybody woke it")
        return found

    return events


def _sleep(thing, names, ready, backs, loops):
    sleep, _, reset = names
    for number in range(loops):
        ready[0] = number + 1
        getattr(thing, sleep)()
        back = perf_counter()
        if reset:
            getattr(thing, reset)()
        backs[number] = back


def _wake(thing, names, ready, woken, backs, loops):
    call = getattr(thing, names[1])
    for number in range(loops):
        while ready[0] <= number:
            time.sleep(0.0002)
        time.sleep(SETTLED)
        woken[number] = perf_counter()
        call()
        while not backs[number]:
            time.sleep(0.0002)


WAITERS = (1, 4, 16)


@scenario(
    "process.notify_all",
    core=True,
    primitives=("condition",),
    models=MODELS,
    kind="blocking",
    needs=("with", "notify_all"),
    operation="notify_all() until the last of the parked waiters has returned from wait()",
    reading=f"they return one by one, each with the lock held; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def notify_all(setting):
    def generations(loops):
        return _herded(setting, loops, _wait_on_condition, _notify_all)

    return generations


def _wait_on_condition(condition, now, parked, mine, generation):
    with condition:
        parked[mine] = generation + 1
        while now[0] <= generation:
            condition.wait()


def _notify_all(condition, now, generation):
    with condition:  # whoever said that it parks has let go of the lock: it is parked
        now[0] = generation + 1
        start = perf_counter()
        condition.notify_all()
    return start


@scenario(
    "process.set_parked",
    primitives=("event",),
    models=MODELS,
    kind="blocking",
    needs=("clear",),
    operation="set() until the last of the parked waiters has returned from wait()",
    reading=f"what a broadcast costs; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def set_parked(setting):
    def generations(loops):
        return _herded(setting, loops, _wait_for_event, _set)

    return generations


def _wait_for_event(event, now, parked, mine, generation):
    parked[mine] = generation + 1
    event.wait()


def _set(event, now, generation):
    time.sleep(SETTLED)
    now[0] = generation + 1
    start = perf_counter()
    event.set()
    return start


def _herded(setting, loops, wait, wake):
    """Seconds from waking to the return of the last waiter, over so many generations of them."""
    size, thing = setting["waiters"], setting.make()
    now, parked = shared(setting, "q", 1), shared(setting, "q", size)
    backs, seconds = shared(setting, "d", size), shared(setting, "d", 1)
    waiters = [
        partial(_waiter, wait, thing, now, parked, backs, mine, loops) for mine in range(size)
    ]
    waker = partial(_waker, wake, thing, now, parked, backs, seconds, loops)
    setting.crew.together(waker, *waiters)
    return seconds[0]


def _waiter(wait, thing, now, parked, backs, mine, loops):
    for generation in range(loops):
        wait(thing, now, parked, mine, generation)
        if now[0] <= generation:
            raise IncorrectError("a waiter returned before anybody woke it")
        backs[mine] = perf_counter()
        while backs[mine]:  # until the waker has seen it
            time.sleep(0.0002)


def _waker(wake, thing, now, parked, backs, seconds, loops):
    for generation in range(loops):
        while min(parked) <= generation:
            time.sleep(0.0002)
        start = wake(thing, now, generation)
        while not min(backs):
            time.sleep(0.0002)
        seconds[0] += max(backs) - start
        if hasattr(thing, "clear"):
            thing.clear()
        for mine in range(len(backs)):
            backs[mine] = 0.0
