"""ft_utils' IntervalLock, which lets others in at intervals when its holder cedes."""

from syncproof.vocabulary import Deviation, Implementation

REPOSITORY = "https://github.com/facebookincubator/ft_utils/blob/main"
DOCUMENTATION = f"{REPOSITORY}/docs/synchronization_api.md"
NO_ARGUMENTS = "lock() takes no arguments, as documented"


def load():
    from ft_utils.synchronization import IntervalLock

    class Lock:
        """acquire() and release() are called lock() and unlock() there; it has no subclasses."""

        def __init__(self):
            self.inner = IntervalLock()
            self.locked = self.inner.locked
            self.release = self.inner.unlock

        def acquire(self):
            self.inner.lock()
            return True

        def __enter__(self):
            self.inner.__enter__()
            return True

        def __exit__(self, *exc_info):
            self.inner.__exit__(*exc_info)

    return {"lock": Lock}


implementation = Implementation(
    name="ft_utils",
    primitives=("lock",),
    load=load,
    about="locks for free-threaded Python",
    requires=("ft_utils",),
    distribution="ft_utils",
    extra="ft-utils",
    lacks={"lock.acquire.blocking": NO_ARGUMENTS, "lock.acquire.timeout": NO_ARGUMENTS},
    deviations=(
        Deviation(
            clause="lock.acquire.same-thread-blocks",
            does="raises RuntimeError, Locking from owner would deadlock",
            why="it is designed to prevent deadlocks",
            link=DOCUMENTATION,
        ),
        Deviation(
            clause="lock.release.any-thread",
            does="raises RuntimeError in a thread that does not own it",
            why="it belongs to the thread that took it, and its code checks that",
            link=f"{REPOSITORY}/native/src/synchronization.c",
        ),
    ),
)
