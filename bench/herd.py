"""Many waiters, woken all at once: the time until the last one is back."""

from time import perf_counter

from syncproof.timing.crew import Herd, IncorrectError
from syncproof.timing.scenarios import scenario

WAITERS = (1, 8, 64)
#: How the figure is to be read over the numbers of waiters.
GROWTH = "an exponent of 1 is a price each; above it, waking many costs more than one by one"


@scenario(
    "notify_all",
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
    def generations(loops):
        condition = setting.make()
        now = [0]

        def wait(generation, herd):
            with condition:
                herd.parking(generation)
                while now[0] <= generation:
                    condition.wait()

        herd = Herd(setting["waiters"], loops, wait)
        seconds = 0.0
        for generation in range(loops):
            herd.all_parking()
            # whoever is parking holds the lock until it is parked: so now all of them are
            with condition:
                now[0] = generation + 1
                woken = perf_counter()
                condition.notify_all()
            seconds += herd.back(generation, woken)
        herd.join()
        return seconds

    return generations


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
    def generations(loops):
        events = [setting.make() for _ in range(loops)]

        def wait(generation, herd):
            herd.parking(generation)
            if events[generation].wait() is False:
                raise IncorrectError("wait() without a timeout returned False")

        herd = Herd(setting["waiters"], loops, wait)
        seconds = 0.0
        for generation in range(loops):
            herd.all_parking()
            herd.asleep()
            woken = perf_counter()
            events[generation].set()
            seconds += herd.back(generation, woken)
        herd.join()
        return seconds

    return generations


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

        herd = Herd(waiters, loops, wait)
        seconds = 0.0
        for generation in range(loops):
            herd.all_parking()
            herd.asleep()
            woken = perf_counter()
            semaphores[generation].release(waiters)
            seconds += herd.back(generation, woken)
        herd.join()
        return seconds

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
        waiters = setting["waiters"]
        barrier = setting.make(waiters + 1)

        def wait(generation, herd):
            herd.parking(generation)
            barrier.wait()

        herd = Herd(waiters, loops, wait)
        seconds = 0.0
        for generation in range(loops):
            herd.all_parking()
            herd.asleep()
            woken = perf_counter()
            barrier.wait()
            seconds += herd.back(generation, woken)
        herd.join()
        return seconds

    return generations
