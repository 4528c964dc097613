"""The standard library's threading: the reference."""

from syncproof.vocabulary import PRIMITIVES, Deviation, Implementation


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


implementation = Implementation(
    name="threading",
    primitives=PRIMITIVES,
    load=load,
    about="the standard library",
    deviations=(
        Deviation(
            clause="mod.timeout-max.overflow.unneeded.wait",
            does="returns as if the timeout were a legal one",
            why="a timeout is looked at only when there is something to wait for",
        ),
    ),
)
