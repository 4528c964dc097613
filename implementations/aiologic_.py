"""aiologic's primitives through their blocking API, under threading's names."""

from syncproof.vocabulary import Implementation


def load():
    import aiologic

    class Blocking:
        """acquire() and release() for the calling thread; they are called green_ there."""

        def acquire(self, blocking=True, timeout=None):
            unlimited = timeout is None or timeout == -1
            return self.green_acquire(blocking=blocking, timeout=None if unlimited else timeout)

        def release(self, *args, **kwargs):
            return self.green_release(*args, **kwargs)

    class Lock(Blocking, aiologic.Lock):
        pass

    class RLock(Blocking, aiologic.RLock):
        pass

    class Semaphore(Blocking, aiologic.Semaphore):
        pass

    class BoundedSemaphore(Blocking, aiologic.BoundedSemaphore):
        pass

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


implementation = Implementation(
    name="aiologic",
    primitives=(
        "lock",
        "rlock",
        "semaphore",
        "bounded_semaphore",
        "event",
        "condition",
        "barrier",
    ),
    load=load,
    about="locks for threads and tasks alike; here for threads",
    requires=("aiologic",),
    distribution="aiologic",
    extra="aiologic",
)
