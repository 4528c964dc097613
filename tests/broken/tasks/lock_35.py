"""trio's lock, with a method that tries."""

import trio


class Lock:
    def __init__(self):
        self._lock = trio.Lock()

    def acquire_nowait(self):
        if self._lock.locked():
            return False
        self._lock.acquire_nowait()
        return True

    async def acquire(self):
        await self._lock.acquire()

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
