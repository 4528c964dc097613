"""filelock's FileLock on a file of its own, between the threads of one process.

It is re-entrant, and each thread has a hold of its own: so it is checked as an RLock.
"""

from syncproof.vocabulary import Deviation, Implementation

#: FileLock asks for the file again and again, every so many seconds.
POLL_INTERVAL = 0.05
DOCUMENTATION = "https://py-filelock.readthedocs.io/en/latest/api.html"


def load():
    import os
    import tempfile
    import weakref
    from pathlib import Path

    import filelock

    def remove(path):
        if path.exists():
            path.unlink()

    class RLock:
        """acquire() says True or False; there it returns a proxy, or raises Timeout."""

        def __init__(self):
            handle, path = tempfile.mkstemp(suffix=".lock")
            os.close(handle)
            self.file = filelock.FileLock(path, poll_interval=POLL_INTERVAL)
            weakref.finalize(self, remove, Path(path))

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


def ignored(clause):
    return Deviation(
        clause=f"rlock.{clause}",
        does="release() by a thread that does not hold it does nothing",
        why="its code returns at once where the thread holds nothing; the lock stays as it is",
        link=f"{DOCUMENTATION}#filelock.BaseFileLock.release",
    )


def any_timeout(clause):
    return Deviation(
        clause=f"mod.timeout-max.overflow.{clause}",
        does="a timeout above TIMEOUT_MAX is a timeout like any other",
        why="it waits by asking again and again, for which no timeout is too long",
        link=f"{DOCUMENTATION}#filelock.BaseFileLock.acquire",
    )


implementation = Implementation(
    name="filelock",
    primitives=("rlock",),
    load=load,
    about="a lock on a file, between threads here",
    requires=("filelock",),
    distribution="filelock",
    extra="filelock",
    poll_interval=POLL_INTERVAL,
    deviations=(
        ignored("init.unowned"),
        ignored("owner.single"),
        ignored("release.decrements"),
        ignored("release.unacquired-raises"),
        ignored("release.owner-only"),
        any_timeout("rlock"),
    ),
)
