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

implementation = Implementation(
    name="threading",
    primitives=PRIMITIVES,
    load=load,
    about="the standard library",
    deviations=CONDITION,
)
