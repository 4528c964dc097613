"""One actor, nobody else: what each primitive costs when it is free.

Nobody waits here, so the code is the same for threads, greenlets and processes.
"""

from functools import partial

from syncproof.timing.scenarios import SYNC, IncorrectError, scenario, unrolled
from syncproof.vocabulary import PRIMITIVES

LOCKS = ("lock", "rlock", "semaphore", "bounded_semaphore", "condition")
#: What can be tried, and acquired with a timeout: a condition does that by its lock's methods.
TAKEN = ("lock", "rlock", "semaphore", "bounded_semaphore")


@scenario(
    "create",
    primitives=PRIMITIVES,
    models=SYNC,
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
    models=SYNC,
    needs=("acquire",),
    operation="acquire() and release() of a free one, both bound beforehand",
    reading="what a critical section costs when nobody else wants it",
    inner=10,
)
def pair(setting):
    thing = setting.make()
    return unrolled("acquire(); release()", acquire=thing.acquire, release=thing.release)


@scenario(
    "attribute",
    primitives=LOCKS,
    models=SYNC,
    needs=("acquire",),
    operation="thing.acquire() and thing.release() of a free one, looked up each time",
    reading="as pair, the way it is written by hand; which is quicker differs between interpreters",
    inner=10,
)
def attribute(setting):
    return unrolled("thing.acquire(); thing.release()", thing=setting.make())


@scenario(
    "with",
    primitives=LOCKS,
    models=SYNC,
    needs=("with",),
    operation="enter and leave a with block over a free one",
    reading="as pair, the way it is usually written; set it against pair",
    inner=10,
)
def with_block(setting):
    return unrolled("with thing: pass", thing=setting.make())


@scenario(
    "try",
    primitives=TAKEN,
    models=SYNC,
    needs=("acquire", "acquire.blocking"),
    operation="acquire(False) of a free one, and release()",
    reading="what it costs to ask without waiting; set it against pair",
    inner=10,
    floor=False,
)
def try_free(setting):
    thing = setting.make()
    if not thing.acquire(False):
        raise IncorrectError("a try of a free one failed")
    thing.release()
    return unrolled("acquire(False); release()", acquire=thing.acquire, release=thing.release)


@scenario(
    "try_held",
    primitives=TAKEN,
    models=SYNC,
    needs=("acquire", "acquire.blocking"),
    operation="acquire(False) of one that another actor holds",
    reading="what a poll costs that comes too early: a loop of tries pays it each time round",
    inner=10,
    floor=False,
)
def try_held(setting):
    thing = held_by_another(setting)
    if thing.acquire(False):
        raise IncorrectError("a try of one that is held succeeded")
    return unrolled("acquire(False)", acquire=thing.acquire)


def held_by_another(setting):
    """One that another actor has acquired, and keeps."""
    thing = setting.make()
    setting.crew.together(partial(_take, thing))
    return thing


def _take(thing):
    thing.acquire()


@scenario(
    "timeout_free",
    primitives=TAKEN,
    models=SYNC,
    needs=("acquire", "acquire.timeout"),
    operation="acquire(True, 1) of a free one, and release()",
    reading="what it costs to be ready to give up, when there is no need to: set it against pair",
    inner=10,
    floor=False,
)
def timeout_free(setting):
    thing = setting.make()
    if not thing.acquire(True, 1):
        raise IncorrectError("acquire(True, 1) of a free one failed")
    thing.release()
    return unrolled("acquire(True, 1); release()", acquire=thing.acquire, release=thing.release)


@scenario(
    "reentry",
    primitives=("rlock",),
    models=SYNC,
    needs=("acquire",),
    operation="acquire() and release() by its holder, so many levels deep and out again",
    reading="what recursion costs a level; set it against pair, and the depths against each other",
    inner=10,
    depth=(1, 5, 10),
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
    "reentry_mixed",
    primitives=("rlock",),
    models=SYNC,
    needs=("acquire",),
    operation="five acquire() and release() of a free one, entered up to three levels deep",
    reading="as a class whose locked methods call each other: between pair and reentry",
    inner=10,
)
def reentry_mixed(setting):
    thing = setting.make()
    return unrolled(
        "acquire(); acquire(); release(); acquire(); acquire(); release(); release(); release();"
        " acquire(); release()",
        times=2,
        acquire=thing.acquire,
        release=thing.release,
    )


@scenario(
    "locked",
    primitives=("lock", "rlock", "condition"),
    models=SYNC,
    needs=("locked",),
    operation="locked() of a free one",
    reading="what a look costs that changes nothing",
    inner=10,
)
def locked(setting):
    thing = setting.make()
    if setting.exact and thing.locked():
        raise IncorrectError("locked() of a free one is true")
    return unrolled("locked()", locked=thing.locked)


@scenario(
    "n_waiting",
    primitives=("barrier",),
    models=SYNC,
    needs=("n_waiting",),
    operation="the attribute n_waiting, with nobody waiting",
    reading="what a look costs that changes nothing",
    inner=10,
    floor=False,
)
def n_waiting(setting):
    barrier = setting.make(2)
    if barrier.n_waiting != 0:
        raise IncorrectError(f"n_waiting of a new barrier is {barrier.n_waiting}")
    return unrolled("barrier.n_waiting", barrier=barrier)


@scenario(
    "pass_alone",
    primitives=("barrier",),
    models=SYNC,
    operation="wait() at a barrier of one party, which opens at once",
    reading="what a phase costs before anybody has to be waited for",
    inner=10,
)
def pass_alone(setting):
    return unrolled("wait()", wait=setting.make(1).wait)


@scenario(
    "set",
    primitives=("event",),
    models=SYNC,
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
    models=SYNC,
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
    models=SYNC,
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
    models=SYNC,
    needs=("is_set",),
    operation="is_set()",
    reading="what a loop pays that looks at a stop flag each time round",
    inner=10,
)
def event_is_set(setting):
    return unrolled("is_set()", is_set=setting.make().is_set)


@scenario(
    "notify_none",
    primitives=("condition",),
    models=SYNC,
    needs=("with", "notify"),
    operation="a with block with notify() in it, and nobody waiting",
    reading="what a producer pays whose consumers are busy; set it against with",
    inner=10,
)
def notify_none(setting):
    thing = setting.make()
    return unrolled("with thing: notify()", thing=thing, notify=thing.notify)


@scenario(
    "notify_all_none",
    primitives=("condition",),
    models=SYNC,
    needs=("with", "notify_all"),
    operation="a with block with notify_all() in it, and nobody waiting",
    reading="as notify_none; threading does the one by the other",
    inner=10,
)
def notify_all_none(setting):
    thing = setting.make()
    return unrolled("with thing: notify_all()", thing=thing, notify_all=thing.notify_all)


@scenario(
    "break_and_reset",
    primitives=("barrier",),
    models=SYNC,
    needs=("abort", "reset"),
    operation="abort() and reset(), with nobody waiting",
    reading="what it costs to give a phase up and begin anew",
    inner=10,
)
def break_and_reset(setting):
    barrier = setting.make(2)
    return unrolled("abort(); reset()", abort=barrier.abort, reset=barrier.reset)
