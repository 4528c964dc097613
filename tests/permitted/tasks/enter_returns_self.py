"""Entering a block gives the object that was entered."""

import asyncio
from collections import deque
from contextlib import suppress


class Lock:
    def __init__(self):
        self._held = False
        self._queue = deque()

    async def acquire(self):
        if not self._held:
            self._held = True
            return True
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            else:
                self._leave(turn)
            raise
        return True

    def _leave(self, turn):
        with suppress(ValueError):
            self._queue.remove(turn)

    def release(self):
        if not self._held:
            raise RuntimeError("the lock is not held")
        self._pass_on()

    def _pass_on(self):
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._held = False

    def locked(self):
        return self._held

    async def __aenter__(self):
        await self.acquire()
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._free = value
        self._queue = deque()

    async def acquire(self):
        if self._free > 0:
            self._free -= 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._give()
            else:
                self._leave(turn)
            raise
        return True

    def _leave(self, turn):
        with suppress(ValueError):
            self._queue.remove(turn)

    def release(self):
        self._give()

    def _give(self):
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def locked(self):
        return self._free == 0

    async def __aenter__(self):
        await self.acquire()
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._bound = value
        self._free = value
        self._queue = deque()

    async def acquire(self):
        if self._free > 0:
            self._free -= 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._give()
            else:
                self._leave(turn)
            raise
        return True

    def _leave(self, turn):
        with suppress(ValueError):
            self._queue.remove(turn)

    def release(self):
        if self._free >= self._bound:
            raise ValueError("released more often than acquired")
        self._give()

    def _give(self):
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def locked(self):
        return self._free == 0

    async def __aenter__(self):
        await self.acquire()
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class Condition:
    def __init__(self, lock=None):
        self._lock = Lock() if lock is None else lock
        self._queue = deque()

    async def acquire(self):
        return await self._lock.acquire()

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    async def __aenter__(self):
        await self.acquire()
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()

    async def wait(self):
        self._demand_lock()
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._lock.release()
        error = await self._sleep(turn)
        error = await self._relock() or error
        if error is not None:
            if not turn.cancelled():
                self._wake(1)
            raise error
        return True

    async def _sleep(self, turn):
        try:
            await turn
        except asyncio.CancelledError as error:
            with suppress(ValueError):
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
        while n > 0 and self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                n -= 1

    def _demand_lock(self):
        if not self._lock.locked():
            raise RuntimeError("the lock of the condition is not held")
