"""The standard library's threading: the reference."""

from syncproof.vocabulary import PRIMITIVES, Deviation, Implementation

DOCUMENTATION = "https://docs.python.org/3/library/threading.html"


def load():
    import threading

    return {
        "lock": threading.Lock,
        "rlock": threading.RLock,
        "semaphore": threading.Semaphore,
        "bounded_semaphore": threading.BoundedSemaphore,
        "event": threading.Event,
        "condition": threading.Condition,
        "barrier": threading.Barrier,
    }


#: What every condition of the standard library does, whatever the lock under it is made of.
CONDITION = (
    Deviation(
        clause="cond.wait_for.unowned-true-raises",
        does="wait_for() with a predicate that is true returns, whoever holds the lock",
        why="only wait() looks whether the lock is held, and it is not called",
        link=f"{DOCUMENTATION}#threading.Condition.wait_for",
    ),
)

#: What the lock of PyPy does, whoever hands it out.
LOCK = (
    Deviation(
        clause="mod.atomic.methods",
        does="acquire(False) of a free lock fails now and then while another thread asks locked()",
        why="locked() takes the lock for a moment, and acquire() tries without holding the GIL",
        link=f"{DOCUMENTATION}#lock-objects",
        primitives=("lock",),
        when='platform_python_implementation == "PyPy"',
        by_chance=True,
    ),
)

implementation = Implementation(
    name="threading",
    primitives=PRIMITIVES,
    load=load,
    about="the standard library",
    deviations=(*CONDITION, *LOCK),
)
