"""Many tasks that are parked, and woken all at once: how long until the last one is back."""

from time import perf_counter

from syncproof.bench.herd import GROWTH, WAITERS

from syncproof.timing.scenarios import TASKS, IncorrectError, scenario


@scenario(
    "task.notify_all",
    core=True,
    primitives=("condition",),
    models=TASKS,
    kind="blocking",
    needs=("with", "notify_all"),
    operation="notify_all() until the last of the parked waiters has returned from wait()",
    reading=f"they return one by one, each with the lock held; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def notify_all(setting):
    async def generations(loops):
        condition, now = setting.make(), [0]

        async def wait(generation, parking):
            async with condition:
                parking()
                while now[0] <= generation:
                    await condition.wait()

        async def wake(generation):
            async with condition:
                now[0] = generation + 1
                condition.notify_all()

        return await herded(setting, loops, wait, wake)

    return generations


@scenario(
    "task.set_parked",
    primitives=("event",),
    models=TASKS,
    kind="blocking",
    operation="set() until the last of the parked waiters has returned from wait()",
    reading=f"what a broadcast costs; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def set_parked(setting):
    async def generations(loops):
        events = [setting.make() for _ in range(loops)]

        async def wait(generation, parking):
            parking()
            await events[generation].wait()

        async def wake(generation):
            events[generation].set()

        return await herded(setting, loops, wait, wake)

    return generations


@scenario(
    "task.release_parked",
    primitives=("semaphore",),
    models=TASKS,
    kind="blocking",
    needs=("acquire",),
    operation="as many release() as there are parked waiters, until the last one has returned",
    reading=f"what it costs to let many in at once; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def release_parked(setting):
    async def generations(loops):
        # one for each generation: who is back early would take what was meant for another
        semaphores = [setting.make(0) for _ in range(loops)]

        async def wait(generation, parking):
            parking()
            await semaphores[generation].acquire()

        async def wake(generation):
            for _ in range(setting["waiters"]):
                semaphores[generation].release()

        return await herded(setting, loops, wait, wake)

    return generations


@scenario(
    "task.open_parked",
    primitives=("barrier",),
    models=TASKS,
    kind="blocking",
    operation="the last party's wait() until the last of the parked ones has returned from its own",
    reading=f"what a phase costs whose parties have all come but one; {GROWTH}",
    floor=False,
    growth="waiters",
    waiters=WAITERS,
)
def open_parked(setting):
    async def generations(loops):
        barrier = setting.make(setting["waiters"] + 1)

        async def wait(generation, parking):
            parking()
            await barrier.wait()

        async def wake(generation):
            await barrier.wait()

        return await herded(setting, loops, wait, wake)

    return generations


async def herded(setting, loops, wait, wake):
    """Seconds from waking to the return of the last waiter, over so many generations of them."""
    size, switch = setting["waiters"], setting.crew.switch
    parked, backs = [0] * loops, [[] for _ in range(loops)]
    found = []

    async def waiter():
        for generation in range(loops):

            def parking(generation=generation):
                parked[generation] += 1

            await wait(generation, parking)
            backs[generation].append(perf_counter())

    async def waker():
        for generation in range(loops):
            while parked[generation] < size:
                await switch()
            await switch()  # the last one gets as far as it can
            if backs[generation]:
                raise IncorrectError("a waiter returned before anybody woke it")
            start = perf_counter()
            await wake(generation)
            while len(backs[generation]) < size:
                await switch()
            found.append(max(backs[generation]) - start)

    await setting.crew.together(waker, *[waiter] * size)
    return sum(found)
