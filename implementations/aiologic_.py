"""aiologic's primitives through their blocking API, under threading's names."""

from syncproof.vocabulary import PRIMITIVES, Deviation, Implementation

SOURCE = "https://github.com/x42005e1f/aiologic/blob/main/src/aiologic"
CHANGELOG = "https://aiologic.readthedocs.io/latest/changelog.html"


def load():
    import aiologic

    class Blocking:
        """acquire() and release() for the calling thread; they are called green_ there."""

        def acquire(self, blocking=True, timeout=None):
            unlimited = timeout is None or timeout == -1
            return self.green_acquire(blocking=blocking, timeout=None if unlimited else timeout)

        def release(self):
            self.green_release()

    class Lock(Blocking, aiologic.Lock):
        pass

    class RLock(Blocking, aiologic.RLock):
        pass

    class Semaphore(Blocking, aiologic.Semaphore):
        def __new__(cls, value=1):
            return super().__new__(cls, value)

        def release(self, n=1):
            self.green_release(n)

    class BoundedSemaphore(Blocking, aiologic.BoundedSemaphore):
        def __new__(cls, value=1):
            return super().__new__(cls, value)

    class Condition(aiologic.Condition):
        """Its lock is an attribute there, not part of it."""

        def __new__(cls, lock=None):
            return super().__new__(cls, RLock() if lock is None else lock)

        def acquire(self, *args, **kwargs):
            return self.lock.acquire(*args, **kwargs)

        def release(self):
            self.lock.release()

        def locked(self):
            return self.lock.locked()

        def notify(self, n=1):
            super().notify(n)

    class Barrier(aiologic.RBarrier):
        n_waiting = property(lambda self: self.waiting)

    return {
        "lock": Lock,
        "rlock": RLock,
        "semaphore": Semaphore,
        "bounded_semaphore": BoundedSemaphore,
        "event": aiologic.REvent,
        "condition": Condition,
        "barrier": Barrier,
        "BrokenBarrierError": aiologic.BrokenBarrierError,
    }


def owned(clause, does):
    """A Lock belongs to the thread or task that took it."""
    return Deviation(
        clause=f"lock.{clause}",
        does=does,
        why="a Lock belongs to who took it, and its code checks that",
        link=f"{SOURCE}/_locks.py",
    )


def any_timeout(clause):
    return Deviation(
        clause=f"mod.timeout-max.overflow.{clause}",
        does="a timeout above TIMEOUT_MAX is a timeout like any other",
        why="since 0.15 timeouts may be any number, infinity included",
        link=CHANGELOG,
    )


implementation = Implementation(
    name="aiologic",
    primitives=PRIMITIVES,
    load=load,
    about="locks for threads and tasks alike; here for threads",
    requires=("aiologic",),
    distribution="aiologic",
    extra="aiologic",
    lacks={
        "bounded_semaphore.release.n": "its release() is for one permit at a time",
        "event.aliases": "isSet() is a deprecated name that it never had",
        "condition.aliases": "notifyAll() is a deprecated name that it never had",
        "barrier.action": "its barriers take no action",
        "barrier.timeout-argument": "its barriers take a timeout in wait() only",
    },
    deviations=(
        owned("acquire.same-thread-blocks", "raises RuntimeError in the thread that holds it"),
        owned("owner.none", "a try by the thread that holds it raises RuntimeError"),
        owned("release.any-thread", "release() by another thread raises RuntimeError"),
        Deviation(
            clause="lock.acquire.nonblocking-timeout-forbidden",
            does="takes the lock, whatever the timeout",
            why="without blocking the timeout is not looked at",
            link=f"{SOURCE}/_locks.py",
        ),
        Deviation(
            clause="bsem.release.over-bound-raises",
            does="raises RuntimeError",
            why="that is the error of all its locks and semaphores that are released too often",
            link=f"{SOURCE}/_semaphores.py",
        ),
        Deviation(
            clause="cond.wait_for.predicate-under-lock",
            does="notify() calls the predicate of a waiter, in the thread that notifies",
            why="so that nobody is woken in vain; the predicate itself cannot notify then",
            link=CHANGELOG,
        ),
        Deviation(
            clause="mod.classes.since-3.3",
            primitives=("semaphore", "bounded_semaphore", "condition"),
            does="a subclass whose __init__ takes arguments has to define __new__ as well",
            why="the arguments are taken by __new__ there",
            link=f"{SOURCE}/_semaphores.py",
        ),
        *map(
            any_timeout,
            (
                "lock",
                "rlock",
                "condition",
                "others",
                "others.wait",
                "others.wait_for",
            ),
        ),
    ),
)
