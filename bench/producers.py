"""Some actors make things and others use them up."""

from collections import deque

from syncproof.timing.scenarios import GREEN, IncorrectError, scenario

#: Producers and consumers, from one of each to a crowd that waits for a few.
RATIOS = ("1:1", "1:4", "4:1", "16:16", "8:100")
READING = (
    "time an item: consumers that outnumber the producers are asleep and have to be woken for each"
    " one, producers that outnumber them leave a store"
)


@scenario(
    "produce",
    primitives=("semaphore",),
    models=("thread", *GREEN),
    kind="blocking",
    needs=("acquire",),
    operation="one item put into a deque and announced by release(), acquired and taken out",
    reading=READING,
    floor=False,
    ratio=RATIOS,
)
def produce(setting):
    def items(loops):
        available, store = setting.make(0), deque()

        def put(item):
            store.append(item)
            available.release()

        def take():
            available.acquire()
            return store.popleft()

        return exchanged(setting, loops, put, take)

    return items


@scenario(
    "produce",
    primitives=("condition",),
    models=("thread", *GREEN),
    kind="blocking",
    needs=("with", "notify"),
    operation="one item put into a deque under the lock and notified, waited for and taken out",
    reading=READING,
    floor=False,
    ratio=RATIOS,
)
def produce_notified(setting):
    def items(loops):
        condition, store = setting.make(), deque()

        def put(item):
            with condition:
                store.append(item)
                condition.notify()

        def take():
            with condition:
                while not store:
                    condition.wait()
                return store.popleft()

        return exchanged(setting, loops, put, take)

    return items


def exchanged(setting, loops, put, take):
    """Seconds for so many items, from any producer to any consumer."""
    producers, consumers = map(int, setting["ratio"].split(":"))
    taken = [0] * consumers

    def produce():
        for item in range(loops * consumers):
            put(item)

    def consume(number):
        try:
            for _ in range(loops * producers):
                taken[number] += take()
        except IndexError:
            raise IncorrectError("it was let in, and there was nothing to take") from None

    # those who wait come first, so that there is something to wait for
    bodies = [lambda number=number: consume(number) for number in range(consumers)]
    bodies += [produce] * producers
    wall = setting.crew.together(*bodies).wall
    expected = producers * sum(range(loops * consumers))
    if sum(taken) != expected:
        raise IncorrectError(f"items taken add up to {sum(taken)}, not {expected}")
    return wall / (producers * consumers)
