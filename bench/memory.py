"""What one object takes: by the interpreter's own count, and by what the process has grown."""

import gc
import os
import time

from syncproof.timing.scenarios import SYNC, TASKS, UnavailableError, scenario
from syncproof.vocabulary import PRIMITIVES

#: Objects that are kept for one figure, by the interpreter's own count, which is exact.
COUNTED = 200

#: A process grows by pages: bytes of growth before anything is believed, and in which objects are
#: counted. There is an end to both: by number, and by time in seconds.
FILLED, GROWN = 4 << 20, 1 << 20
MOST, PATIENCE = 200_000, 0.2
#: Objects from one look to the next.
STRIDE = 50

#: ``used`` ones have been acquired and released, or set and waited for, and passed.
STATES = ("new", "used")


@scenario(
    "memory",
    core=True,
    primitives=PRIMITIVES,
    models=SYNC,
    kind="memory",
    operation="one more object, by the interpreter's own count (tracemalloc)",
    reading="bytes of Python's memory, what it refers to included; what a C library takes past"
    " Python is not in it: see resident",
    state=STATES,
)
def memory(setting):
    def grown():
        use = _use_of(setting) if setting["state"] == "used" else None
        return counted(_maker(setting), use)

    return grown


@scenario(
    "task.memory",
    core=True,
    primitives=PRIMITIVES,
    models=TASKS,
    kind="memory",
    operation="one more object, by the interpreter's own count (tracemalloc)",
    reading="bytes of Python's memory, what it refers to included",
)
def task_memory(setting):
    return lambda: counted(_maker(setting), None)


@scenario(
    "resident",
    primitives=PRIMITIVES,
    models=("thread",),
    kind="memory",
    operation="one more object, by the pages that the process has more in memory",
    reading="bytes, whoever has taken them: above memory, a C library has; below a hundred, noise",
)
def resident(setting):
    def grown():
        make, keep = _maker(setting), [None] * MOST
        first, _ = _fill(make, keep, 0, FILLED)  # what was free before is used up
        last, bytes_ = _fill(make, keep, first, GROWN)
        if not bytes_:  # slow, or what is made fits into what was taken in advance
            raise UnavailableError("the process did not grow in the time that there is")
        return bytes_ / (last - first)

    return grown


def _fill(make, keep, start, enough):
    """Make objects until the process has grown by enough bytes; how many there are, and bytes."""
    gc.collect()
    before, end = _resident(), time.perf_counter() + PATIENCE
    place, grown = start, 0
    while place < len(keep) - STRIDE and grown < enough and time.perf_counter() < end:
        keep[place : place + STRIDE] = [make() for _ in range(STRIDE)]
        place += STRIDE
        grown = _resident() - before
    return place, grown


def counted(make, use):
    """Bytes an object, of so many that are kept."""
    try:
        import tracemalloc
    except ImportError:  # PyPy has none
        raise UnavailableError("this interpreter does not count what its objects take") from None
    keep = [None] * COUNTED
    make()  # what only the first one makes is no part of it
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for place in range(COUNTED):
            keep[place] = make()
        if use is not None:
            for one in keep:
                use(one)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / COUNTED


def _maker(setting):
    if setting.primitive in ("barrier", "semaphore", "bounded_semaphore"):
        return lambda: setting.make(1)
    return setting.make


def _use_of(setting):
    """What is done once with each object."""

    def event(one):
        one.set()
        one.wait()

    def condition(one):
        with one:
            pass

    def lock(one):
        one.acquire()
        one.release()

    if setting.primitive == "barrier":
        return lambda one: one.wait()
    return {"event": event, "condition": condition}.get(setting.primitive, lock)


def _resident():
    """Bytes of this process that are in memory now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        raise UnavailableError("this system does not say what a process has in memory") from None
