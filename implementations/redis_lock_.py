"""python-redis-lock's Lock: each thread has one of the same name, since one is for one holder."""

import threading

from syncproof.implementations.redis_ import client, new_name

from syncproof.vocabulary import Deviation, Implementation

SOURCE = "https://github.com/ionelmc/python-redis-lock/blob/master/src/redis_lock/__init__.py"


def load():
    import redis_lock

    class Lock:
        """Hands everything to the calling thread's own."""

        def __init__(self):
            self.name = new_name()
            self.local = threading.local()

        @property
        def own(self):
            if not hasattr(self.local, "lock"):
                self.local.lock = redis_lock.Lock(client(), self.name)
            return self.local.lock

        def acquire(self, blocking=True):
            return self.own.acquire(blocking)

        def release(self):
            return self.own.release()

        def locked(self):
            return self.own.locked()

        def __enter__(self):
            return self.own.__enter__()

        def __exit__(self, *exc_info):
            return self.own.__exit__(*exc_info)

    return {"lock": Lock}


def held(clause, does):
    return Deviation(
        clause=f"lock.{clause}",
        does=does,
        why="a Lock has an id, and what another id has acquired is not its own",
        link=SOURCE,
    )


implementation = Implementation(
    name="redis-lock",
    primitives=("lock",),
    load=load,
    about="python-redis-lock, one Lock of a name in each thread, on a server of its own",
    requires=("redis_lock",),
    programs=("redis-server",),
    distribution="python-redis-lock",
    extra="redis-lock",
    lacks={"lock.acquire.timeout": "its timeouts are whole seconds, as documented"},
    deviations=(
        held("release.any-thread", "raises NotAcquired in a thread that does not hold it"),
        held("acquire.same-thread-blocks", "raises AlreadyAcquired in the thread that holds it"),
        held("owner.none", "a try by the thread that holds it raises AlreadyAcquired"),
    ),
    # it waits for an answer from another process, which takes its time
    poll_interval=0.02,
)
