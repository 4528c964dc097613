"""trio's semaphore; how many permits there are is counted here."""

import trio


class Semaphore:
    def __init__(self, initial_value):
        self._semaphore = trio.Semaphore(initial_value)
        self.value = initial_value

    def acquire_nowait(self):
        self._semaphore.acquire_nowait()
        self.value -= 1

    async def acquire(self):
        self.value -= 1
        await self._semaphore.acquire()

    def release(self):
        self._semaphore.release()
        self.value += 1

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
