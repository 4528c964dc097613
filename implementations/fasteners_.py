"""The writer's side of fasteners' ReaderWriterLock: it is re-entrant, so an RLock."""

from syncproof.vocabulary import Implementation

NO_ARGUMENTS = "acquire_write_lock() takes no arguments, as documented"


def load():
    from fasteners import ReaderWriterLock

    class RLock(ReaderWriterLock):
        """acquire() and release() are called acquire_write_lock() and release_write_lock()."""

        def acquire(self):
            self.acquire_write_lock()
            return True

        def release(self):
            self.release_write_lock()

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *exc_info):
            self.release()

    return {"rlock": RLock}


implementation = Implementation(
    name="fasteners",
    primitives=("rlock",),
    load=load,
    about="a readers-writer lock for threads; its writer alone",
    requires=("fasteners",),
    distribution="fasteners",
    extra="fasteners",
    lacks={"rlock.acquire.blocking": NO_ARGUMENTS, "rlock.acquire.timeout": NO_ARGUMENTS},
)
