"""trio's semaphore, with a try of its own."""

import trio


class Semaphore:
    def __init__(self, initial_value):
        self._semaphore = trio.Semaphore(initial_value)

    @property
    def value(self):
        return self._semaphore.value

    def acquire_nowait(self):
        if self._semaphore.value == 0:
            raise IndexError("there is no permit")
        self._semaphore.acquire_nowait()

    async def acquire(self):
        await self._semaphore.acquire()

    def release(self):
        self._semaphore.release()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
