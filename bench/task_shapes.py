"""Tasks that make things and tasks that use them up: by a semaphore, and through a bounded queue.

The queues are those of ``shapes``, written for tasks. Whoever makes something gives way after it,
since in a program the next one would take a while.
"""

from collections import deque

from syncproof.timing.scenarios import TASKS, IncorrectError, scenario


@scenario(
    "task.produce",
    primitives=("semaphore",),
    models=TASKS,
    kind="blocking",
    needs=("acquire",),
    operation="one item put into a deque and announced by release(), acquired and taken out",
    reading="time an item, one switch of a producer included",
    floor=False,
    ratio=("1:1", "1:4", "4:1"),
)
def produce(setting):
    async def items(loops):
        available, store = setting.make(0), deque()

        async def put(item):
            store.append(item)
            available.release()

        async def take():
            await available.acquire()
            return store.popleft()

        return await _exchanged(setting, loops, put, take)

    return items


@scenario(
    "task.queue",
    primitives=("condition",),
    models=TASKS,
    kind="blocking",
    needs=("with", "notify_all"),
    operation="one item through a queue of so many places, whose condition is notified whenever it"
    " is no longer empty or full",
    reading="time an item, one switch of a producer included; with one place each is a hand-off",
    floor=False,
    places=(1, 64),
    ratio=("1:1", "4:4"),
)
def queue_on_condition(setting):
    async def items(loops):
        condition, places, store = setting.make(), setting["places"], deque()

        async def put(item):
            async with condition:
                while len(store) >= places:
                    await condition.wait()
                store.append(item)
                if len(store) == 1:
                    condition.notify_all()

        async def take():
            async with condition:
                while not store:
                    await condition.wait()
                item = store.popleft()
                if len(store) == places - 1:
                    condition.notify_all()
                return item

        return await _exchanged(setting, loops, put, take)

    return items


@scenario(
    "task.queue",
    primitives=("semaphore",),
    models=TASKS,
    kind="blocking",
    needs=("acquire",),
    operation="one item through a queue of so many places, counted by two semaphores",
    reading="time an item, one switch of a producer included; with one place each is a hand-off",
    floor=False,
    places=(1, 64),
    ratio=("1:1", "4:4"),
)
def queue_on_semaphores(setting):
    async def items(loops):
        places = setting["places"]
        free, filled, store = setting.make(places), setting.make(0), deque()

        async def put(item):
            await free.acquire()
            store.append(item)
            if len(store) > places:
                raise IncorrectError(f"{len(store)} items in {places} places")
            filled.release()

        async def take():
            await filled.acquire()
            item = store.popleft()
            free.release()
            return item

        return await _exchanged(setting, loops, put, take)

    return items


async def _exchanged(setting, loops, put, take):
    """Seconds for so many items, from any producer to any consumer."""
    producers, consumers = map(int, setting["ratio"].split(":"))
    taken = [0] * consumers

    async def produce():
        for item in range(loops * consumers):
            await put(item)
            await setting.crew.switch()

    async def consume(number):
        try:
            for _ in range(loops * producers):
                taken[number] += await take()
        except IndexError:
            raise IncorrectError("it was let in, and there was nothing to take") from None

    # those who wait come first, so that there is something to wait for
    bodies = [lambda number=number: consume(number) for number in range(consumers)]
    wall = (await setting.crew.together(*bodies, *[produce] * producers)).wall
    if sum(taken) != producers * sum(range(loops * consumers)):
        raise IncorrectError("items were lost, or taken twice")
    return wall / (producers * consumers)
