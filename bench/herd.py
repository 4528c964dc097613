"""Many threads that are parked, and woken all at once: how long until they are back."""

from statistics import median
from time import perf_counter

from syncproof.timing.crew import Herd
from syncproof.timing.scenarios import IncorrectError, scenario

WAITERS = (1, 8, 64)
#: How the figure is to be read over the numbers of waiters.
GROWTH = "an exponent of 1 is a price each; above it, waking many costs more than one by one"

#: What is timed of one waking, from the call on: the call itself, or who is back.
UNTIL = ("call", "first", "median")
SPREAD = (
    "until=call: the caller's own part; first, median: who is back by then. Set them against the"
    " last one"
)


@scenario(
    "notify_all",
    core=True,
    primitives=("condition",),
    kind="blocking",
    needs=("with", "notify_all"),
    operation="notify_all() until the last of the parked waiters has returned from wait()",
    reading=f"they return one by one, each with the lock held; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def notify_all(setting):
    return lambda loops: _notified(setting, loops)


@scenario(
    "notify_all_spread",
    primitives=("condition",),
    kind="blocking",
    needs=("with", "notify_all"),
    operation="notify_all() until it returns, or until the first or half of the waiters are back",
    reading=f"{SPREAD}, which is notify_all.waiters=64",
    floor=False,
    waiters=(64,),
    until=UNTIL,
)
def notify_all_spread(setting):
    return lambda loops: _notified(setting, loops)


def _notified(setting, loops):
    condition = setting.make()
    now = [0]

    def wait(generation, herd):
        with condition:
            herd.parking(generation)
            while now[0] <= generation:
                condition.wait()

    def wake(generation):
        # whoever is parking holds the lock until it is parked: so now all of them are
        with condition:
            now[0] = generation + 1
            called = perf_counter()
            condition.notify_all()
            return called, perf_counter()

    return _woken(setting, loops, wait, wake, known=True)


@scenario(
    "set_parked",
    primitives=("event",),
    kind="blocking",
    operation="set() until the last of the parked waiters has returned from wait()",
    reading=f"what a broadcast costs; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def event_set_parked(setting):
    return lambda loops: _set(setting, loops)


@scenario(
    "set_spread",
    primitives=("event",),
    kind="blocking",
    operation="set() until it returns, or until the first or half of the waiters are back",
    reading=f"{SPREAD}, which is set_parked.waiters=64",
    floor=False,
    waiters=(64,),
    until=UNTIL,
)
def event_set_spread(setting):
    return lambda loops: _set(setting, loops)


def _set(setting, loops):
    events = [setting.make() for _ in range(loops)]

    def wait(generation, herd):
        herd.parking(generation)
        if events[generation].wait() is False:
            raise IncorrectError("wait() without a timeout returned False")

    return _woken(setting, loops, wait, lambda generation: _timed(events[generation].set))


@scenario(
    "release_parked",
    primitives=("semaphore",),
    kind="blocking",
    needs=("acquire", "release.n"),
    operation="release(n) until the last of the n parked waiters has returned from acquire()",
    reading=f"what it costs to let many in at once; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def release_parked(setting):
    def generations(loops):
        waiters = setting["waiters"]
        semaphores = [setting.make(0) for _ in range(loops)]

        def wait(generation, herd):
            herd.parking(generation)
            semaphores[generation].acquire()

        def wake(generation):
            return _timed(lambda: semaphores[generation].release(waiters))

        return _woken(setting, loops, wait, wake)

    return generations


@scenario(
    "open_parked",
    primitives=("barrier",),
    kind="blocking",
    operation="the last party's wait() until the last of the parked ones has returned from its own",
    reading=f"what a phase costs whose parties have all come but one; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def open_parked(setting):
    def generations(loops):
        barrier = setting.make(setting["waiters"] + 1)

        def wait(generation, herd):
            herd.parking(generation)
            barrier.wait()

        return _woken(setting, loops, wait, lambda generation: _timed(barrier.wait))

    return generations


def _timed(call):
    """When a call began and ended."""
    began = perf_counter()
    call()
    return began, perf_counter()


def _woken(setting, loops, wait, wake, known=False):
    """Seconds from the waking call to the last waiter's return, or to what ``until`` says.

    ``wait(generation, herd)`` parks a waiter, ``wake(generation)`` says when its call began and
    ended; both for so many generations. That all are parked is ``known``, or has to be looked at.
    """
    until = setting.parameters.get("until", "last")
    herd = Herd(setting["waiters"], loops, wait)
    seconds = 0.0
    for generation in range(loops):
        herd.all_parking()
        if not known:
            herd.asleep()
        began, ended = wake(generation)
        last = herd.back(generation, began)
        if until == "call":
            seconds += ended - began
        elif until == "last":
            seconds += last
        else:
            pick = {"first": min, "median": median}[until]
            seconds += pick(herd.backs[generation]) - began
    herd.join()
    return seconds
