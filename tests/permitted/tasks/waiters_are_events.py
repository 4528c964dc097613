"""Every waiter sleeps on an event; a cancelled one that was served serves the next."""

import asyncio


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._free = value
        self._events = []

    async def acquire(self):
        if self._free > 0:
            self._free -= 1
            return True
        event = asyncio.Event()
        self._events.append(event)
        try:
            return await event.wait()
        except BaseException:
            if event.is_set():
                self._give()
            else:
                self._events.remove(event)
            raise

    def release(self):
        self._give()

    def _give(self):
        if self._events:
            self._events.pop(0).set()
        else:
            self._free += 1

    def locked(self):
        return self._free == 0

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


class Lock(Semaphore):
    def __init__(self):
        super().__init__(1)

    def release(self):
        if self._free:
            raise RuntimeError("release of a lock that is free")
        self._give()


class Condition:
    def __init__(self, lock=None):
        self._lock = Lock() if lock is None else lock
        self._queue = []

    async def acquire(self):
        return await self._lock.acquire()

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()

    async def wait(self):
        self._demand_lock()
        turn = asyncio.Event()
        self._queue.append(turn)
        self._lock.release()
        error = await self._sleep(turn)
        error = await self._relock() or error
        if error is not None:
            if turn.is_set():
                self._wake(1)
            raise error
        return True

    async def _sleep(self, turn):
        try:
            await turn.wait()
        except asyncio.CancelledError as error:
            if not turn.is_set():
                self._queue.remove(turn)
            return error
        return None

    async def _relock(self):
        error = None
        while True:
            try:
                await self._lock.acquire()
                return error
            except asyncio.CancelledError as another:
                error = another

    async def wait_for(self, predicate):
        value = predicate()
        while not value:
            await self.wait()
            value = predicate()
        return value

    def notify(self, n=1):
        self._demand_lock()
        self._wake(n)

    def notify_all(self):
        self._demand_lock()
        self._wake(len(self._queue))

    def _wake(self, n):
        for turn in self._queue[:n]:
            turn.set()
        del self._queue[:n]

    def _demand_lock(self):
        if not self._lock.locked():
            raise RuntimeError("the lock of the condition is not held")
