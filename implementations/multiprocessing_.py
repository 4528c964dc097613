"""multiprocessing's primitives, used by the threads of one process."""

from syncproof.vocabulary import PRIMITIVES, Implementation


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


implementation = Implementation(
    name="multiprocessing",
    primitives=PRIMITIVES,
    load=load,
    about="the standard library's locks for processes, between threads here",
)
