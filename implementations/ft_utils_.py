"""ft_utils' IntervalLock, which lets others in at intervals when its holder cedes."""

from syncproof.vocabulary import Implementation


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
)
