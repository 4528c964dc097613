"""A condition for tasks, and its lock: who waits has a bell, and gets the lock by a helper."""

import asyncio


class Lock:
    def __init__(self):
        self._locked = False
        self._waiters = []

    async def acquire(self):
        if self._locked or any(not w.cancelled() for w in self._waiters):
            await self._wait()
        self._locked = True
        return True

    async def _wait(self):
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except BaseException:
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


class Condition:
    def __init__(self, lock=None):
        self._lock = lock if lock is not None else Lock()
        self._bells = {}  # in the order in which their owners came

    def locked(self):
        return self._lock.locked()

    async def acquire(self):
        return await self._lock.acquire()

    def release(self):
        self._lock.release()

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()

    def _check(self):
        if not self._lock.locked():
            raise RuntimeError("a condition is used with its lock held")

    async def wait(self):
        self._check()
        bell = asyncio.get_running_loop().create_future()
        self._bells[bell] = None
        self._lock.release()
        cancelled = None
        try:
            await bell
        except asyncio.CancelledError as error:
            cancelled = error
        self._bells.pop(bell, None)
        cancelled = await self._get_back(cancelled)
        if cancelled is None:
            return True
        if not bell.cancelled():
            self._ring(1)
        raise cancelled

    async def _get_back(self, cancelled):
        while True:
            getting = asyncio.ensure_future(self._lock.acquire())
            while not getting.done():
                try:
                    await asyncio.wait({getting})
                except asyncio.CancelledError:
                    cancelled = cancelled or asyncio.CancelledError("wait() was cancelled")
            if not getting.cancelled():
                return cancelled

    async def wait_for(self, predicate):
        while True:
            result = predicate()
            if result:
                return result
            await self.wait()

    def notify(self, n=1):
        self._check()
        self._ring(n)

    def notify_all(self):
        self._check()
        self._ring(len(self._bells))

    def _ring(self, n):
        for bell in [b for b in self._bells if not b.done()][:n]:
            del self._bells[bell]
            bell.set_result(None)
