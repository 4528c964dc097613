"""filelock's FileLock on a file of its own, between the threads of one process.

It is re-entrant, and each thread has a hold of its own: so it is checked as an RLock.
"""

from syncproof.vocabulary import Implementation

#: FileLock asks for the file again and again, every so many seconds.
POLL_INTERVAL = 0.05


def load():
    import os
    import tempfile
    import weakref

    import filelock

    def remove(path):
        if os.path.exists(path):
            os.unlink(path)

    class RLock:
        """acquire() says True or False; there it returns a proxy, or raises Timeout."""

        def __init__(self):
            handle, path = tempfile.mkstemp(suffix=".lock")
            os.close(handle)
            self.file = filelock.FileLock(path, poll_interval=POLL_INTERVAL)
            weakref.finalize(self, remove, path)

        def acquire(self, blocking=True, timeout=-1):
            try:
                self.file.acquire(timeout, blocking=blocking)
            except filelock.Timeout:
                return False
            return True

        def release(self):
            self.file.release()

        def __enter__(self):
            self.file.__enter__()
            return True

        def __exit__(self, *exc_info):
            self.file.__exit__(*exc_info)

    return {"rlock": RLock}


implementation = Implementation(
    name="filelock",
    primitives=("rlock",),
    load=load,
    about="a lock on a file, between threads here",
    requires=("filelock",),
    distribution="filelock",
    extra="filelock",
    poll_interval=POLL_INTERVAL,
)
