"""Who gets it, and how long it takes to get it, when several threads want the same one.

How operations were shared out is known of every window: Jain's index, the most over the least, and
the longest time that one thread had to do without. The scenarios here are those that are read for
that. Their sections are longer than a call, and each operation is stamped.
"""

from dataclasses import replace
from time import perf_counter

from syncproof.bench.contended import try_out, verify

from syncproof.timing.crew import contend
from syncproof.timing.scenarios import scenario

#: What each turn does: units of work as in the contention grid, and a count that has to come out.
INSIDE, OUTSIDE, HEAVY = 50, 50, 2000


@scenario(
    "fair",
    core=True,
    primitives=("lock", "rlock", "semaphore", "condition"),
    kind="window",
    needs=("acquire",),
    operation="acquire(), 50 units of work, release(), 50 units outside; by any thread",
    reading="read Jain's index (1 when all get the same, 1/threads when one gets all) and the"
    " longest gap; the latencies are those of acquire(), which a mean hides",
    floor=False,
    threads=(4,),
)
def fair(setting):
    def window(seconds):
        threads = setting["threads"]
        return _stamped(setting, seconds, [INSIDE] * threads, range(threads))

    return window


@scenario(
    "convoy",
    primitives=("lock", "rlock"),
    kind="window",
    needs=("acquire",),
    operation="acquire() and release() by one of three light threads, beside one that holds it for"
    " 2,000 units of work each time",
    reading="read the latencies, which are those of the light threads: do they queue behind the"
    " heavy one each time, or slip in between",
    floor=False,
    threads=(4,),
)
def convoy(setting):
    def window(seconds):
        light = [INSIDE] * (setting["threads"] - 1)
        return _stamped(setting, seconds, [HEAVY, *light], range(1, len(light) + 1))

    return window


def _stamped(setting, seconds, loads, watched):
    """A window in which each acquire() of the watched threads is timed."""
    thing = setting.make()
    try_out(setting, thing, len(loads))
    total = [0]
    waits = [[] for _ in loads]
    bodies = [
        _body(thing, total, range(load), own.append) for load, own in zip(loads, waits)
    ]
    found, done = contend(bodies, 1, seconds)
    verify(total, done)
    latencies = [latency for number in watched for latency in waits[number]]
    return replace(found, latencies=latencies)


def _body(thing, total, inside, waited):
    acquire, release, clock = thing.acquire, thing.release, perf_counter
    outside = range(OUTSIDE)

    def body(stopped, stamp):
        unit = 0
        while not stopped:
            start = clock()
            acquire()
            waited(clock() - start)
            seen = total[0]
            for _ in inside:
                unit += 1
            total[0] = seen + 1
            release()
            for _ in outside:
                unit += 1
            stamp(clock())

    return body
