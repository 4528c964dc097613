"""trio's condition, which looks at the lock that it is given."""

import trio

OWN = object()


class Lock:
    def __new__(cls):
        return trio.Lock()


class Condition:
    def __init__(self, lock=OWN):
        if lock is not OWN and not isinstance(lock, trio.Lock):
            raise TypeError("lock must be a trio.Lock")
        self._condition = trio.Condition() if lock is OWN else trio.Condition(lock)

    async def acquire(self):
        await self._condition.acquire()

    def release(self):
        self._condition.release()

    def locked(self):
        return self._condition.locked()

    async def wait(self):
        await self._condition.wait()

    def notify(self, n=1):
        self._condition.notify(n)

    def notify_all(self):
        self._condition.notify_all()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
