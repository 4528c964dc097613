"""Tasks of one event loop: what asyncio's, trio's, anyio's and other awaited primitives cost.

Tasks switch only where they await something that has to wait, so nothing here is a race: what is
timed is the loop's work and the primitive's own. A semaphore is made with its value, since some
have no default.
"""

from syncproof.bench.contended import verify

from syncproof.timing.scenarios import TASKS, IncorrectError, batches, scenario, unrolled
from syncproof.vocabulary import PRIMITIVES

LOCKS = ("lock", "rlock", "semaphore", "bounded_semaphore", "condition")
EXCLUSIVE = ("lock", "rlock", "semaphore", "bounded_semaphore")
INNER = 10


def made(setting):
    """One that is free, or as new."""
    return setting.make(1) if "semaphore" in setting.primitive else setting.make()


def in_task(hot):
    """A loop that awaits nothing, run by a task all the same: some calls ask who makes them."""

    async def inside(loops):
        return hot(loops)

    return inside


# -- one task, nobody else ----------------------------------------------------------------


@scenario(
    "task.create",
    primitives=PRIMITIVES,
    models=TASKS,
    operation="make one and drop it",
    reading="matters where objects are many and short-lived; the floor makes an empty object",
    inner=INNER,
)
def create(setting):
    if setting.primitive == "barrier":
        return unrolled("make(2)", make=setting.make)
    statement = "make(1)" if "semaphore" in setting.primitive else "make()"
    return unrolled(statement, make=setting.make)


@scenario(
    "task.pair",
    primitives=LOCKS,
    models=TASKS,
    needs=("acquire",),
    operation="await acquire() of a free one, and release()",
    reading="what a critical section costs when no other task wants it; trio's lets the loop turn",
    inner=INNER,
)
def pair(setting):
    thing = made(setting)
    return unrolled("await acquire(); release()", acquire=thing.acquire, release=thing.release)


@scenario(
    "task.with",
    primitives=LOCKS,
    models=TASKS,
    needs=("with",),
    operation="enter and leave an async with block over a free one",
    reading="as task.pair, the way it is usually written; set it against that",
    inner=INNER,
)
def with_block(setting):
    return unrolled("async with thing: pass", thing=made(setting))


@scenario(
    "task.try",
    primitives=EXCLUSIVE,
    models=TASKS,
    needs=("acquire_nowait",),
    operation="acquire_nowait() of a free one, and release()",
    reading="what it costs to ask without waiting: nothing is awaited, and the loop does not turn",
    inner=INNER,
    floor=False,
)
def try_free(setting):
    thing = made(setting)
    return in_task(
        unrolled("take(); release()", take=thing.acquire_nowait, release=thing.release)
    )


@scenario(
    "task.locked",
    primitives=("lock",),
    models=TASKS,
    needs=("locked",),
    operation="locked() of a free one",
    reading="what a look costs that changes nothing",
    inner=INNER,
)
def locked(setting):
    return unrolled("locked()", locked=made(setting).locked)


@scenario(
    "task.value",
    primitives=("semaphore", "bounded_semaphore"),
    models=TASKS,
    needs=("value",),
    operation="the attribute value of a free one",
    reading="what a look costs that changes nothing",
    inner=INNER,
    floor=False,
)
def value(setting):
    return unrolled("semaphore.value", semaphore=made(setting))


@scenario(
    "task.set",
    primitives=("event",),
    models=TASKS,
    operation="set() of one that is set, with nobody waiting",
    reading="what it costs to announce what is known already",
    inner=INNER,
)
def event_set(setting):
    thing = setting.make()
    thing.set()
    return in_task(unrolled("set()", set=thing.set))


@scenario(
    "task.wait",
    primitives=("event",),
    models=TASKS,
    operation="await wait() on one that is set",
    reading="what it costs to ask for what has happened already",
    inner=INNER,
)
def event_wait(setting):
    thing = setting.make()
    thing.set()
    return unrolled("await wait()", wait=thing.wait)


@scenario(
    "task.cycle",
    primitives=("event",),
    models=TASKS,
    needs=("clear",),
    operation="set(), await wait(), clear(), with nobody waiting",
    reading="one use of an event from beginning to end",
    inner=INNER,
)
def event_cycle(setting):
    thing = setting.make()
    return unrolled(
        "set(); await wait(); clear()", set=thing.set, wait=thing.wait, clear=thing.clear
    )


@scenario(
    "task.is_set",
    primitives=("event",),
    models=TASKS,
    needs=("is_set",),
    operation="is_set()",
    reading="what a loop pays that looks at a stop flag each time round",
    inner=INNER,
)
def event_is_set(setting):
    return unrolled("is_set()", is_set=setting.make().is_set)


@scenario(
    "task.notify_none",
    primitives=("condition",),
    models=TASKS,
    needs=("with", "notify"),
    operation="an async with block with notify() in it, and nobody waiting",
    reading="what a producer pays whose consumers are busy; set it against task.with",
    inner=INNER,
)
def notify_none(setting):
    thing = setting.make()
    return unrolled("async with thing: notify()", thing=thing, notify=thing.notify)


@scenario(
    "task.pass_alone",
    primitives=("barrier",),
    models=TASKS,
    operation="await wait() at a barrier of one party, which opens at once",
    reading="what a phase costs before anybody has to be waited for",
    inner=INNER,
)
def pass_alone(setting):
    return unrolled("await wait()", wait=setting.make(1).wait)


# -- tasks that contend -------------------------------------------------------------------

#: The switch outside is for those who wait: some locks are taken again before they have a chance.
SECTION = """\
await acquire(); seen = total[0]; await switch(); total[0] = seen + 1; release()
await switch()"""


@scenario(
    "task.throughput",
    core=True,
    primitives=("lock", "rlock", "semaphore"),
    models=TASKS,
    kind="window",
    needs=("acquire",),
    operation="acquire(), count one up around a bare switch, release(), another; by any task",
    reading="window length over operations of all tasks: with one there is nobody to hand it to,"
    " with more they wait in line",
    inner=INNER,
    floor=False,
    tasks=(1, 2, 8),
)
def throughput(setting):
    async def window(seconds):
        thing, total = made(setting), [0]
        bodies = [
            batches(
                SECTION, INNER, acquire=thing.acquire, release=thing.release, total=total,
                switch=setting.crew.switch,
            )
            for _ in range(setting["tasks"])
        ]
        found, done = await setting.crew.contend(bodies, INNER, seconds)
        verify(total, done)
        return found

    return window


POOLED = """\
await acquire(); enter(None)
if len(inside) > permits: crowds.append(len(inside))
await switch(); leave(); release()
await switch()"""


@scenario(
    "task.permits",
    primitives=("semaphore", "bounded_semaphore"),
    models=TASKS,
    kind="window",
    needs=("acquire",),
    operation="acquire() one of so many permits, a bare switch, release(), another; by any task",
    reading="window length over operations of all tasks: few wait where permits abound",
    inner=INNER,
    floor=False,
    tasks=(8,),
    permits=(2, 8),
)
def permits(setting):
    async def window(seconds):
        count = setting["permits"]
        semaphore, inside, crowds = setting.make(count), [], []
        bodies = [
            batches(
                POOLED, INNER, acquire=semaphore.acquire, release=semaphore.release,
                inside=inside, enter=inside.append, leave=inside.pop, crowds=crowds,
                permits=count, switch=setting.crew.switch, len=len,
            )
            for _ in range(setting["tasks"])
        ]
        found, _ = await setting.crew.contend(bodies, INNER, seconds)
        if crowds:
            raise IncorrectError(f"{max(crowds)} were inside with {count} permits")
        return found

    return window
