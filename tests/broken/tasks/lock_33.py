"""A lock for tasks: who is woken takes it; who comes later waits behind those who wait."""

import asyncio


class Lock:
    def __init__(self):
        self._locked = False
        self._waiters = []

    async def acquire(self):
        if self._locked or self._waiters:
            await self._wait()
        self._locked = True
        return True

    async def _wait(self):
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except BaseException:
            if not waiter.cancelled():
                self._waiters.remove(waiter)
            if not self._locked:
                self._wake_first()
            raise
        self._waiters.remove(waiter)

    def release(self):
        if not self._locked:
            raise RuntimeError("release of a lock that is free")
        self._locked = False
        self._wake_first()

    def _wake_first(self):
        for waiter in self._waiters:
            if not waiter.cancelled():
                if not waiter.done():
                    waiter.set_result(None)
                return

    def locked(self):
        return self._locked

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
