"""Several actors that all want the same one, or one of a few, for as long as the window lasts.

One unit of work is one turn of a loop that adds one to a local variable: ``floor.work`` times it,
beside every figure, so that units can be read as nanoseconds. Every section counts, and what was
counted has to come out right.
"""

import random
import threading
from time import sleep

from syncproof.interpreters import processors
from syncproof.timing.crew import contend
from syncproof.timing.floor import python_call
from syncproof.timing.scenarios import GREEN, IncorrectError, batches, scenario, unrolled

#: The call in the middle is where an interpreter may switch threads: without one, a lock that
#: excludes nobody would come out right under the GIL.
SECTION = "acquire(); seen = total[0]; work(); total[0] = seen + 1; release()"
#: Greenlets give way outside as well: some locks are taken again before a waiter is.
GREEN_SECTION = f"{SECTION}; work()"
#: The same with units of work inside and outside.
UNITS = """\
acquire(); seen = total[0]
for _ in inside: unit += 1
total[0] = seen + 1; release()
for _ in outside: unit += 1"""

#: So many times each actor gives way in the middle of a section before the clock runs, for so many
#: seconds: a switch that comes by itself seldom falls there.
TRIALS, GIVES_WAY = 3, 1e-4

INNER = 10
EXCLUSIVE = ("lock", "rlock", "semaphore", "bounded_semaphore")
SEMAPHORES = ("semaphore", "bounded_semaphore")
WHOLE = "window length over operations of all threads"


@scenario(
    "floor.work",
    primitives=(),
    operation="one unit of work: a turn of a loop that adds one to a local variable",
    reading="what inside=50 or outside=50 comes to: multiply",
    inner=50,
)
def work_unit(setting):
    return unrolled("for _ in units: unit += 1", times=1, units=range(50), unit=0)


@scenario(
    "throughput",
    core=True,
    primitives=EXCLUSIVE,
    kind="window",
    needs=("acquire",),
    operation="acquire(), count one up around a call of a function, release(); by any thread",
    reading=f"{WHOLE}: below threads=1 they help each other, above they are in each other's way",
    inner=INNER,
    floor=False,
    threads=(1, 2, 4, 8),
)
def throughput(setting):
    def window(seconds):
        return contended(setting, seconds, SECTION, setting["threads"], work=python_call)

    return window


@scenario(
    "green.throughput",
    core=True,
    primitives=("lock", "rlock", "semaphore"),
    models=GREEN,
    kind="window",
    needs=("acquire",),
    operation="acquire(), count one up around a bare switch, release(), another; by any greenlet",
    reading="window length over operations of all: with one there is nobody to hand it to,"
    " with more they wait in line",
    inner=INNER,
    floor=False,
    greenlets=(1, 2, 8),
)
def green_throughput(setting):
    def window(seconds):
        switch = setting.crew.switch
        return contended(setting, seconds, GREEN_SECTION, setting["greenlets"], work=switch)

    return window


@scenario(
    "grid",
    primitives=("lock", "semaphore"),
    kind="window",
    needs=("acquire",),
    operation="acquire(), so many units of work inside, release(), so many outside; by any thread",
    reading=f"{WHOLE}: take off the work; what is left grows where threads are in each other's way",
    inner=INNER,
    floor=False,
    threads=(2, 4),
    inside=(0, 50),
    outside=(0, 50),
)
def grid(setting):
    def window(seconds):
        return contended(
            setting, seconds, UNITS, setting["threads"], unit=0,
            inside=range(setting["inside"]), outside=range(setting["outside"]),
        )

    return window


@scenario(
    "fixed",
    primitives=EXCLUSIVE,
    kind="blocking",
    needs=("acquire",),
    operation="as throughput; each of four threads has thousands to do, until the slowest is done",
    reading="time from the first start to the last end over operations of all: set it against"
    " throughput, which waits for nobody who is left behind",
    inner=1000,
    floor=False,
    threads=(4,),
)
def fixed(setting):
    def operations(loops):
        threads, thing, total = setting["threads"], setting.make(), [0]
        try_out(setting, thing, threads)
        body = unrolled(
            SECTION, INNER, acquire=thing.acquire, release=thing.release, total=total,
            work=python_call,
        )
        rounds = loops * 1000 // INNER
        wall = setting.crew.together(*[lambda: body(rounds)] * threads).wall
        verify(total, rounds * INNER * threads)
        return wall / threads

    return operations


@scenario(
    "hold",
    primitives=("lock", "rlock"),
    kind="window",
    needs=("acquire",),
    operation="acquire(), sleep for 50 microseconds, count one up, release(); by any thread",
    reading=f"{WHOLE}: the sleep and its wake-up are the least; what is above it is the hand-off",
    inner=1,
    floor=False,
    threads=(4,),
)
def hold(setting):
    def window(seconds):
        return contended(
            setting, seconds, SECTION, setting["threads"], 1, work=lambda: sleep(5e-5)
        )

    return window


@scenario(
    "crowded",
    primitives=("lock", "semaphore"),
    kind="window",
    needs=("acquire",),
    operation="as throughput, with so many threads for each processor",
    reading=f"{WHOLE}: set it against throughput.threads=4; what is above it is the crowd's",
    inner=INNER,
    floor=False,
    threads_per_cpu=(4, 16),
)
def crowded(setting):
    def window(seconds):
        threads = setting["threads_per_cpu"] * processors()
        return contended(setting, seconds, SECTION, threads, work=python_call)

    return window


@scenario(
    "beside_a_hog",
    primitives=("lock",),
    kind="window",
    needs=("acquire",),
    operation="as throughput, while another thread, which wants no lock, computes all the time",
    reading=f"{WHOLE}: set it against throughput; under the GIL the hog takes every switch it gets",
    inner=INNER,
    floor=False,
    threads=(2,),
)
def beside_a_hog(setting):
    def window(seconds):
        enough = []
        hog = threading.Thread(target=_compute, args=(enough,), daemon=True)
        hog.start()
        try:
            return contended(setting, seconds, SECTION, setting["threads"], work=python_call)
        finally:
            enough.append(True)
            hog.join()

    return window


def _compute(enough):
    while not enough:
        for _ in range(100):
            pass


# -- several locks ------------------------------------------------------------------------


@scenario(
    "many",
    primitives=("lock",),
    kind="window",
    needs=("acquire",),
    operation="acquire() the next of so many, count one up, release() it; by any thread",
    reading=f"{WHOLE}: order=own shares nothing: what is more is the price of sharing",
    inner=INNER,
    floor=False,
    threads=(4,),
    locks=(8,),
    order=("turns", "random", "own"),
)
def many(setting):
    def window(seconds):
        return scattered(setting, seconds, setting["locks"], setting["order"], 1, 0, 0)

    return window


#: What others have set their locks against, in units of ours: threads, locks, acquisitions a turn,
#: work inside and outside. Two are of CPython's lockbench; the third is the case in which a change
#: for these two made a program slower: a few threads and one lock that is held for a moment.
PRESETS = {"low": (24, 3, 5, 50), "high": (24, 3, 5, 5), "dict": (1, 1, 1, 3)}


@scenario(
    "preset",
    primitives=("lock",),
    kind="window",
    needs=("acquire",),
    operation="acquire() and release() of a lock: 24 random ones with much or little work outside,"
    " or a single one with next to none",
    reading=f"{WHOLE}: contention as mutexes were tuned by; each is one case of many",
    inner=INNER,
    floor=False,
    threads=(4,),
    which=tuple(PRESETS),
)
def preset(setting):
    def window(seconds):
        locks, acquisitions, inside, outside = PRESETS[setting["which"]]
        return scattered(setting, seconds, locks, "random", acquisitions, inside, outside)

    return window


def scattered(setting, seconds, locks, order, acquisitions, inside, outside):
    """A window of threads each of which takes one of several locks after another.

    ``order`` is in turns, at random, or each thread its own; between two pieces of work outside lie
    so many acquisitions.
    """
    things = [setting.make() for _ in range(locks)]
    totals = [[0] for _ in things]
    turn = "".join(
        "acquire, release, total = following(); acquire(); seen = total[0]\n"
        "for _ in inside: unit += 1\n"
        "total[0] = seen + 1; release()\n"
        for _ in range(acquisitions)
    )
    turn += "for _ in outside: unit += 1"
    ways = [(one.acquire, one.release, total) for one, total in zip(things, totals)]
    bodies = [
        batches(
            turn, INNER, unit=0, inside=range(inside), outside=range(outside),
            # Not next(): without a GIL all would count references to that one function.
            following=_endless(_ordered(ways, order, number)).__next__,
        )
        for number in range(setting["threads"])
    ]
    try_out(setting, things[0], setting["threads"])
    found, done = contend(bodies, INNER * acquisitions, seconds)
    verify([sum(total[0] for total in totals)], done)
    return found


def _ordered(ways, order, number):
    """The locks as one thread goes through them, round and round."""
    if order == "own":
        return [ways[number % len(ways)]]
    if order == "turns":
        return ways[number % len(ways) :] + ways[: number % len(ways)]
    return random.Random(number).choices(ways, k=997)


def _endless(ways):
    while True:
        yield from ways


# -- semaphores with several permits ------------------------------------------------------

#: Nobody may find more inside than there are permits.
POOLED = """\
acquire(); enter(None)
if len(inside) > permits: crowds.append(len(inside))
work(); leave(); release()"""


@scenario(
    "permits",
    primitives=SEMAPHORES,
    kind="window",
    needs=("acquire",),
    operation="acquire() one of so many permits, call a function, release() it; by any thread",
    reading=f"{WHOLE}: set it against permits=1; few wait where permits abound",
    inner=INNER,
    floor=False,
    threads=(4,),
    permits=(1, 2, 4),
)
def permits(setting):
    def window(seconds):
        semaphore = setting.make(setting["permits"])
        inside, crowds = [], []
        names = {
            "acquire": semaphore.acquire, "release": semaphore.release, "inside": inside,
            "enter": inside.append, "leave": inside.pop, "crowds": crowds,
            "permits": setting["permits"],
        }
        threads = setting["threads"]
        giving_way(setting, POOLED, threads, **names)
        bodies = [batches(POOLED, INNER, **names, work=python_call) for _ in range(threads)]
        found, _ = contend(bodies, INNER, seconds)
        if crowds:
            raise IncorrectError(f"{max(crowds)} were inside with {setting['permits']} permits")
        return found

    return window


# -- what they share ----------------------------------------------------------------------


def contended(setting, seconds, section, actors, inner=INNER, **names):
    """A window of actors that run one section over one lock; what they counted is verified."""
    thing = setting.make()
    if setting.exact:
        try_out(setting, thing, actors)
    total = [0]
    bodies = [
        batches(
            section, inner, acquire=thing.acquire, release=thing.release, total=total, **names
        )
        for _ in range(actors)
    ]
    found, done = setting.crew.contend(bodies, inner, seconds)
    if setting.exact:
        verify(total, done)
    return found


def try_out(setting, thing, actors):
    """Some sections in the middle of which each actor gives way: nobody else may come in."""
    total = [0]
    names = {"acquire": thing.acquire, "release": thing.release, "total": total}
    giving_way(setting, SECTION, actors, **names)
    verify(total, TRIALS * actors)


def giving_way(setting, section, actors, **names):
    """Each actor runs a section a few times, and gives way where it calls ``work``."""
    body = unrolled(section, 1, **names, work=lambda: setting.crew.sleep(GIVES_WAY))
    setting.crew.together(*[lambda: body(TRIALS)] * actors)


def verify(total, done):
    """What was counted without any other protection has to be what was done."""
    if total[0] != done:
        raise IncorrectError(f"{done} operations counted {total[0]}: two held it at once")
