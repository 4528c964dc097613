"""multiprocessing's primitives: used by the threads of one process, and by processes."""

import sys

from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Deviation, Implementation

DOCUMENTATION = "https://docs.python.org/3/library/multiprocessing.html"
SOURCE = "https://github.com/python/cpython/blob/main/Lib/multiprocessing/synchronize.py"

NO_LOCKED = {"lock.locked": "locked() came with Python 3.14"} if sys.version_info < (3, 14) else {}


def load():
    import multiprocessing
    from multiprocessing import synchronize

    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")

    class Blocking:
        """acquire(blocking, timeout): the first is called block there, and -1 is no limit."""

        def __init__(self, *args):
            super().__init__(*args, ctx=context)
            del self.acquire  # it is set on the instance, and would hide the one below

        def acquire(self, blocking=True, timeout=None):
            unlimited = timeout is None or timeout == -1
            return self._semlock.acquire(blocking, None if unlimited else timeout)

    class Lock(Blocking, synchronize.Lock):
        pass

    class RLock(Blocking, synchronize.RLock):
        pass

    class Semaphore(Blocking, synchronize.Semaphore):
        def __init__(self, value=1):
            super().__init__(value)

    class BoundedSemaphore(Blocking, synchronize.BoundedSemaphore):
        def __init__(self, value=1):
            super().__init__(value)

    class Event(synchronize.Event):
        def __init__(self):
            super().__init__(ctx=context)

    class Condition(synchronize.Condition):
        def __init__(self, lock=None):
            super().__init__(RLock() if lock is None else lock, ctx=context)

    class Barrier(synchronize.Barrier):
        def __init__(self, parties, action=None, timeout=None):
            super().__init__(parties, action, timeout, ctx=context)

    return {
        "lock": Lock,
        "rlock": RLock,
        "semaphore": Semaphore,
        "bounded_semaphore": BoundedSemaphore,
        "event": Event,
        "condition": Condition,
        "barrier": Barrier,
    }


def no_longest_timeout(*clauses):
    """TIMEOUT_MAX is threading's: on POSIX a semaphore of the system waits however long."""
    return tuple(
        Deviation(
            clause=f"mod.timeout-max.overflow.{clause}",
            does="a timeout above threading.TIMEOUT_MAX is a timeout like any other",
            why="no longest timeout is promised, and the system's semaphores know none",
            link=f"{DOCUMENTATION}#multiprocessing.Lock.acquire",
            when='sys_platform != "win32"',
        )
        for clause in clauses
    )


def asserted(*clauses):
    """A method of Condition that finds the lock not held by its caller."""
    return tuple(
        Deviation(
            clause=f"cond.{clause}",
            does="raises AssertionError in RuntimeError's place",
            why="the ownership of the lock is checked by an assert statement",
            link=SOURCE,
        )
        for clause in clauses
    )


#: Documented: there a BoundedSemaphore cannot be told from a Semaphore.
MACOS = tuple(
    Deviation(
        clause=clause,
        does="counts any number of releases",
        why="sem_getvalue() is not there to look at the value",
        link=f"{DOCUMENTATION}#multiprocessing.BoundedSemaphore",
        when='sys_platform == "darwin"',
    )
    for clause in ("bsem.release.over-bound-raises", "bsem.release.failed-leaves-value")
)


def by(method):
    """Between processes that are started by this method, as its context makes them."""

    def load():
        import multiprocessing

        context = multiprocessing.get_context(method)
        return {primitive: getattr(context, name) for primitive, name in CLASS_NAMES.items()}

    return Implementation(
        name=f"multiprocessing-{method}",
        primitives=PRIMITIVES,
        load=load,
        model="process",
        family="multiprocessing",
        start_method=method,
        twin_of="" if method == METHODS[0] else f"multiprocessing-{METHODS[0]}",
        about=f"the standard library's locks for processes, between processes by {method}",
        deviations=MACOS,
    )


METHODS = ("spawn",) if sys.platform == "win32" else ("fork", "forkserver", "spawn")

between_threads = Implementation(
    name="multiprocessing",
    primitives=PRIMITIVES,
    load=load,
    about="the standard library's locks for processes, between threads here",
    lacks={
        **NO_LOCKED,
        "semaphore.release.n": "release() takes no argument, as documented",
        "bounded_semaphore.release.n": "release() takes no argument, as documented",
        "event.aliases": "isSet() was a name of old when multiprocessing came, and is deprecated",
        "condition.aliases": "notifyAll() was a name of old when multiprocessing came,"
        " and is deprecated",
    },
    deviations=(
        Deviation(
            clause="lock.acquire.nonblocking-timeout-forbidden",
            does="takes the lock, whatever the timeout",
            why="the documentation says that without blocking the timeout is ignored",
            link=f"{DOCUMENTATION}#multiprocessing.Lock.acquire",
        ),
        Deviation(
            clause="lock.release.free-raises",
            does="raises ValueError",
            why="the documentation says so",
            link=f"{DOCUMENTATION}#multiprocessing.Lock.release",
        ),
        Deviation(
            clause="rlock.release.unacquired-raises",
            does="raises AssertionError",
            why="the documentation says so",
            link=f"{DOCUMENTATION}#multiprocessing.RLock.release",
        ),
        *(
            Deviation(
                clause=f"{kind}.init.negative-raises",
                does="raises the OSError of the system's call, Invalid argument",
                why="the value is handed to the system unchecked",
                link=SOURCE,
                when='sys_platform != "win32"',
            )
            for kind in ("sem", "bsem")
        ),
        Deviation(
            clause="event.wait.true-despite-clear",
            does="a wait() that set() has ended returns False when clear() comes in between",
            why="a thread that wakes reads the flag once more, after it has got the lock again",
            link=SOURCE,
            by_chance=True,  # clear() has to get that lock first
        ),
        *asserted(
            "methods.need-lock",
            "wait.unowned-raises",
            "wait.other-holder-raises",
            "wait_for.lock-held-on-call",
            "wait_for.other-holder-raises",
            "notify.unowned-raises",
            "notify.other-holder-raises",
            "notify_all.unowned-raises",
            "notify_all.other-holder-raises",
        ),
        Deviation(
            clause="cond.wait_for.unowned-true-raises",
            does="wait_for() with a predicate that is true returns, whoever holds the lock",
            why="only wait() looks whether the lock is held, and it is not called",
            link=SOURCE,
        ),
        *no_longest_timeout(
            "lock",
            "rlock",
            "condition",
            "others",
            "others.wait",
            "others.wait_for",
        ),
    ),
)

implementations = (between_threads, *map(by, METHODS))
