"""One thread, nobody else: what each primitive costs when it is free."""

from syncproof.timing.scenarios import scenario, unrolled
from syncproof.vocabulary import PRIMITIVES

LOCKS = ("lock", "rlock", "semaphore", "bounded_semaphore", "condition")


@scenario(
    "create",
    primitives=PRIMITIVES,
    operation="make one and drop it",
    reading="matters where objects are many and short-lived; the floor makes an empty object",
    inner=10,
)
def create(setting):
    statement = "make(2)" if setting.primitive == "barrier" else "make()"
    return unrolled(statement, make=setting.make)


@scenario(
    "pair",
    primitives=LOCKS,
    needs=("acquire",),
    operation="acquire() and release() of a free one, both bound beforehand",
    reading="what a critical section costs when nobody else wants it",
    inner=10,
)
def pair(setting):
    thing = setting.make()
    return unrolled("acquire(); release()", acquire=thing.acquire, release=thing.release)


@scenario(
    "with",
    primitives=LOCKS,
    needs=("with",),
    operation="enter and leave a with block over a free one",
    reading="as pair, the way it is usually written; set it against pair",
    inner=10,
)
def with_block(setting):
    return unrolled("with thing: pass", thing=setting.make())


@scenario(
    "reentry",
    primitives=("rlock",),
    needs=("acquire",),
    operation="acquire() and release() by the thread that holds it already",
    reading="what recursion costs a level; set it against pair",
    inner=10,
    depth=(5,),
)
def reentry(setting):
    depth = setting["depth"]
    thing = setting.make()
    thing.acquire()
    levels = "; ".join(["acquire()"] * depth + ["release()"] * depth)
    return unrolled(
        levels, times=10 // depth, acquire=thing.acquire, release=thing.release
    )


@scenario(
    "set",
    primitives=("event",),
    operation="set() of one that is set, with nobody waiting",
    reading="what it costs to announce what is known already",
    inner=10,
)
def event_set(setting):
    thing = setting.make()
    thing.set()
    return unrolled("set()", set=thing.set)


@scenario(
    "wait",
    primitives=("event",),
    operation="wait() on one that is set",
    reading="what it costs to ask for what has happened already",
    inner=10,
)
def event_wait(setting):
    thing = setting.make()
    thing.set()
    return unrolled("wait()", wait=thing.wait)


@scenario(
    "cycle",
    primitives=("event",),
    needs=("clear",),
    operation="set(), wait(), clear(), with nobody waiting",
    reading="one use of an event from beginning to end",
    inner=10,
)
def event_cycle(setting):
    thing = setting.make()
    return unrolled("set(); wait(); clear()", set=thing.set, wait=thing.wait, clear=thing.clear)


@scenario(
    "is_set",
    primitives=("event",),
    needs=("is_set",),
    operation="is_set()",
    reading="what a loop pays that looks at a stop flag each time round",
    inner=10,
)
def event_is_set(setting):
    return unrolled("is_set()", is_set=setting.make().is_set)
