"""Many waiters, woken all at once: the time until the last one is back."""

from time import perf_counter

from syncproof.timing.crew import Herd, IncorrectError
from syncproof.timing.scenarios import scenario

WAITERS = (8, 64)


@scenario(
    "notify_all",
    primitives=("condition",),
    kind="blocking",
    needs=("with", "notify_all"),
    operation="notify_all() until the last of the parked waiters has returned from wait()",
    reading="they return one by one, each with the lock held: set 64 waiters against 8",
    floor=False,
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
    reading="what a broadcast costs: set 64 waiters against 8",
    floor=False,
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
