"""tornado's primitives, for tasks of asyncio.

A number of seconds as a timeout is a moment there, and a timedelta is how long. Its Condition is
left out: it has no lock.
"""

from syncproof.vocabulary import Implementation


def load():
    from datetime import timedelta

    from tornado import gen, locks

    class Timed:
        """acquire() and wait() with a timeout in seconds from now."""

        def acquire(self, timeout=None):
            return super().acquire(None if timeout is None else timedelta(seconds=timeout))

        def wait(self, timeout=None):
            return super().wait(None if timeout is None else timedelta(seconds=timeout))

    class Lock(Timed, locks.Lock):
        pass

    class Semaphore(Timed, locks.Semaphore):
        pass

    class BoundedSemaphore(Timed, locks.BoundedSemaphore):
        pass

    class Event(Timed, locks.Event):
        pass

    return {
        "lock": Lock,
        "semaphore": Semaphore,
        "bounded_semaphore": BoundedSemaphore,
        "event": Event,
        # its own before 6.6, where it became the builtin one
        "TimeoutError": (gen.TimeoutError, TimeoutError),
    }


implementation = Implementation(
    name="tornado",
    primitives=("lock", "semaphore", "bounded_semaphore", "event"),
    load=load,
    model="asyncio",
    family="tornado",
    about="tornado.locks, for tasks of asyncio",
    requires=("tornado",),
    distribution="tornado",
    extra="tornado",
)
