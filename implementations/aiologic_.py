"""aiologic's primitives under threading's names: for threads, for tasks and for greenlets.

For threads they are held to the documentation of threading, which their blocking API follows; for
the others to their own.
"""

import dataclasses

from syncproof.vocabulary import PRIMITIVES, Deviation, Implementation

SOURCE = "https://github.com/x42005e1f/aiologic/blob/main/src/aiologic"
CHANGELOG = "https://aiologic.readthedocs.io/latest/changelog.html"


def limit(timeout):
    """No limit is None there, and never -1."""
    return None if timeout == -1 else timeout


def load():
    import aiologic

    class Blocking:
        """acquire() and release() for the calling thread; they are called green_ there."""

        def acquire(self, blocking=True, timeout=None):
            return self.green_acquire(blocking=blocking, timeout=limit(timeout))

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


def load_async():
    """The same through the async API: what waits is a coroutine."""
    import aiologic

    class Waiting:
        """acquire() and release() for the running task; they are called async_ there."""

        async def acquire(self, blocking=True, timeout=None):
            return await self.async_acquire(blocking=blocking, timeout=limit(timeout))

        def release(self):
            self.async_release()

    class Lock(Waiting, aiologic.Lock):
        pass

    class RLock(Waiting, aiologic.RLock):
        pass

    class Semaphore(Waiting, aiologic.Semaphore):
        def __new__(cls, value=1):
            return super().__new__(cls, value)

        def release(self, n=1):
            self.async_release(n)

    class BoundedSemaphore(Waiting, aiologic.BoundedSemaphore):
        def __new__(cls, value=1):
            return super().__new__(cls, value)

    class Event(aiologic.REvent):
        async def wait(self, timeout=None):
            return await self.with_(timeout)

    class Condition(aiologic.Condition):
        """Its lock is an attribute there, not part of it."""

        def __new__(cls, lock=None):
            return super().__new__(cls, RLock() if lock is None else lock)

        async def acquire(self, *args, **kwargs):
            return await self.lock.acquire(*args, **kwargs)

        def release(self):
            self.lock.release()

        def locked(self):
            return self.lock.locked()

        async def wait(self, timeout=None):
            return await self.with_(timeout)

        async def wait_for(self, predicate, timeout=None):
            return await self.for_(predicate, timeout=timeout)

        def notify(self, n=1):
            super().notify(n)

    class Barrier(aiologic.RBarrier):
        n_waiting = property(lambda self: self.waiting)

        async def wait(self, timeout=None):
            return await self.with_(timeout)

    return {
        "lock": Lock,
        "rlock": RLock,
        "semaphore": Semaphore,
        "bounded_semaphore": BoundedSemaphore,
        "event": Event,
        "condition": Condition,
        "barrier": Barrier,
        "BrokenBarrierError": aiologic.BrokenBarrierError,
    }


def load_both():
    """Both APIs of each: the blocking one, and ``async_`` before the names for tasks."""
    blocking = load()

    class Waiting:
        async def async_acquire(self, blocking=True, timeout=None):
            return await super().async_acquire(blocking=blocking, timeout=limit(timeout))

    class Lock(Waiting, blocking["lock"]):
        pass

    class RLock(Waiting, blocking["rlock"]):
        pass

    class Semaphore(Waiting, blocking["semaphore"]):
        def async_release(self, n=1):
            super().async_release(n)

    class BoundedSemaphore(Waiting, blocking["bounded_semaphore"]):
        def async_release(self):
            super().async_release()

    class Event(blocking["event"]):
        async def async_wait(self, timeout=None):
            return await self.with_(timeout)

    class Condition(blocking["condition"]):
        def __new__(cls, lock=None):
            return super().__new__(cls, RLock() if lock is None else lock)

        async def async_acquire(self, *args, **kwargs):
            return await self.lock.async_acquire(*args, **kwargs)

        def async_release(self):
            self.lock.async_release()

        async def async_wait(self, timeout=None):
            return await self.with_(timeout)

        async def async_wait_for(self, predicate, timeout=None):
            return await self.for_(predicate, timeout=timeout)

    class Barrier(blocking["barrier"]):
        async def async_wait(self, timeout=None):
            return await self.with_(timeout)

    return {
        "lock": Lock,
        "rlock": RLock,
        "semaphore": Semaphore,
        "bounded_semaphore": BoundedSemaphore,
        "event": Event,
        "condition": Condition,
        "barrier": Barrier,
        "BrokenBarrierError": blocking["BrokenBarrierError"],
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


ONE_PERMIT = {"bounded_semaphore.release.n": "its release() is for one permit at a time"}
threads = Implementation(
    name="aiologic",
    primitives=PRIMITIVES,
    load=load,
    about="locks for threads and tasks alike; here for threads",
    requires=("aiologic",),
    distribution="aiologic",
    extra="aiologic",
    lacks={
        **ONE_PERMIT,
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


def elsewhere(name, model, load, about, *requires):
    return dataclasses.replace(
        threads,
        name=f"aiologic-{name}",
        load=load,
        model=model,
        family="aiologic",
        twin_of="" if name == "asyncio" else "aiologic-asyncio",
        about=about,
        requires=("aiologic", *requires),
        lacks=ONE_PERMIT,
        deviations=(),
    )


implementations = [
    threads,
    elsewhere("asyncio", "asyncio", load_async, "the same objects, for tasks of asyncio"),
    elsewhere("trio", "trio", load_async, "the same objects, for tasks of trio", "trio"),
    elsewhere("gevent", "gevent", load, "the same objects, for greenlets of gevent", "gevent"),
    elsewhere(
        "eventlet", "eventlet", load, "the same objects, for greenlets of eventlet", "eventlet"
    ),
    elsewhere("mixed", "mixed", load_both, "one object between threads and tasks of asyncio"),
    elsewhere(
        "mixed-tasks-first",
        "mixed-tasks-first",
        load_both,
        "one object between tasks of asyncio and threads",
    ),
    elsewhere("loops", "loops", load_both, "one object between tasks of two loops in two threads"),
]
