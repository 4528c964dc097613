"""Greenlets of one thread: many that wait and are woken at once, and some that give up.

What one greenlet costs alone, what two cost that take turns and what several cost that contend is
told by the scenarios of threads, whose code is the same. A herd is not: who is parked is known
here by the hub, which has nothing else left to run.
"""

from time import perf_counter

from syncproof.bench.herd import GROWTH, WAITERS

from syncproof.timing.scenarios import GREEN, IncorrectError, scenario


@scenario(
    "green.notify_all",
    core=True,
    primitives=("condition",),
    models=GREEN,
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
        condition, now = setting.make(), [0]

        def wait(generation, parking):
            with condition:
                parking()
                while now[0] <= generation:
                    condition.wait()

        def wake(generation):
            with condition:
                now[0] = generation + 1
                condition.notify_all()

        return _herded(setting, loops, wait, wake)

    return generations


@scenario(
    "green.set_parked",
    primitives=("event",),
    models=GREEN,
    kind="blocking",
    operation="set() until the last of the parked waiters has returned from wait()",
    reading=f"what a broadcast costs; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def set_parked(setting):
    def generations(loops):
        events = [setting.make() for _ in range(loops)]

        def wait(generation, parking):
            parking()
            events[generation].wait()

        def wake(generation):
            events[generation].set()

        return _herded(setting, loops, wait, wake)

    return generations


@scenario(
    "green.release_parked",
    primitives=("semaphore",),
    models=GREEN,
    kind="blocking",
    needs=("acquire",),
    operation="as many release() as there are parked waiters, until the last one has returned",
    reading=f"what it costs to let many in at once; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def release_parked(setting):
    def generations(loops):
        # one for each generation: who is back early would take what was meant for another
        semaphores = [setting.make(0) for _ in range(loops)]

        def wait(generation, parking):
            parking()
            semaphores[generation].acquire()

        def wake(generation):
            for _ in range(setting["waiters"]):
                semaphores[generation].release()

        return _herded(setting, loops, wait, wake)

    return generations


@scenario(
    "green.open_parked",
    primitives=("barrier",),
    models=GREEN,
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

        def wait(generation, parking):
            parking()
            barrier.wait()

        def wake(generation):
            barrier.wait()

        return _herded(setting, loops, wait, wake)

    return generations


def _herded(setting, loops, wait, wake):
    """Seconds from waking to the return of the last waiter, over so many generations of them."""
    size, switch = setting["waiters"], setting.crew.switch
    parked, backs = [0] * loops, [[] for _ in range(loops)]
    found = []

    def waiter():
        for generation in range(loops):

            def parking(generation=generation):
                parked[generation] += 1

            wait(generation, parking)
            backs[generation].append(perf_counter())

    def waker():
        for generation in range(loops):
            while parked[generation] < size:
                switch()
            switch()  # the last one gets as far as it can
            if backs[generation]:
                raise IncorrectError("a waiter returned before anybody woke it")
            start = perf_counter()
            wake(generation)
            while len(backs[generation]) < size:
                switch()
            found.append(max(backs[generation]) - start)

    setting.crew.together(waker, *[waiter] * size)
    return sum(found)


@scenario(
    "green.kill",
    primitives=("lock", "rlock", "semaphore"),
    models=GREEN,
    kind="blocking",
    needs=("acquire",),
    operation="kill the one in the middle of so many greenlets that wait, until it has ended",
    reading="what it costs to give up; where waiters are searched for, it grows with their number",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def kill(setting):
    def times(loops):
        return sum(_killed(setting) for _ in range(loops))

    return times


def _killed(setting):
    size, crew, thing = setting["waiters"], setting.crew, setting.make()
    parked, let_in = [], []
    thing.acquire()

    def wait(number):
        parked.append(number)
        thing.acquire()
        let_in.append(number)
        thing.release()

    waiters = [crew.start(lambda number=number: wait(number)) for number in range(size)]
    while len(parked) < size:
        crew.switch()
    crew.switch()
    victim = waiters[parked[size // 2]]
    start = perf_counter()
    victim.cancel()
    victim.ended()
    seconds = perf_counter() - start
    thing.release()
    for one in waiters:
        one.ended()
    if len(let_in) != size - 1:  # nothing was lost with the one that gave up
        raise IncorrectError(f"{len(let_in)} of {size - 1} waiters got it")
    return seconds
