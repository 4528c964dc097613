"""The standard library's threading: the reference."""

from syncproof.vocabulary import PRIMITIVES, Deviation, Implementation

DOCUMENTATION = "https://docs.python.org/3/library/threading.html"
BLIND = (
    "a plain Lock has no owner: Condition takes it that the caller holds the lock when anybody does"
)


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


def over_a_lock(method, does):
    """A method of Condition that is called while another thread holds the plain Lock under it."""
    return Deviation(
        clause=f"cond.{method}.other-holder-raises",
        does=does,
        why=BLIND,
        link=f"{DOCUMENTATION}#threading.Condition.{method}",
        variant="over-lock",
    )


#: What every condition of the standard library does, whatever the lock under it is made of.
CONDITION = (
    over_a_lock("wait", "over a Lock that another thread holds it releases that and waits"),
    over_a_lock("wait_for", "over a Lock that another thread holds it releases that and waits"),
    over_a_lock("notify", "over a Lock that another thread holds it notifies"),
    over_a_lock("notify_all", "over a Lock that another thread holds it notifies"),
    Deviation(
        clause="cond.wait_for.unowned-true-raises",
        does="wait_for() with a predicate that is true returns, whoever holds the lock",
        why="only wait() looks whether the lock is held, and it is not called",
        link=f"{DOCUMENTATION}#threading.Condition.wait_for",
    ),
    Deviation(
        clause="mod.timeout-max.overflow.unneeded.wait_for",
        does="wait_for() with a predicate that is true returns, however long its timeout",
        why="only a wait() that has to wait looks at the timeout",
        link=f"{DOCUMENTATION}#threading.TIMEOUT_MAX",
    ),
)

implementation = Implementation(
    name="threading",
    primitives=PRIMITIVES,
    load=load,
    about="the standard library",
    deviations=(
        Deviation(
            clause="mod.timeout-max.overflow.unneeded",
            primitives=("semaphore", "bounded_semaphore"),
            does="takes a permit as if the timeout were a legal one",
            why="a timeout is looked at only when there is something to wait for",
            link=f"{DOCUMENTATION}#threading.TIMEOUT_MAX",
        ),
        Deviation(
            clause="mod.timeout-max.overflow.unneeded.wait",
            does="returns as if the timeout were a legal one",
            why="a timeout is looked at only when there is something to wait for",
            link=f"{DOCUMENTATION}#threading.TIMEOUT_MAX",
        ),
        *CONDITION,
    ),
)
