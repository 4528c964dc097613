"""Every call that may have to wait lets other tasks run first."""

import asyncio
from collections import deque
from contextlib import suppress


class Lock:
    def __init__(self):
        self._held = False
        self._queue = deque()

    async def acquire(self):
        await asyncio.sleep(0)
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

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._free = value
        self._queue = deque()

    async def acquire(self):
        await asyncio.sleep(0)
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
        await asyncio.sleep(0)
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

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class Event:
    def __init__(self):
        self._flag = False
        self._waiters = {}

    def is_set(self):
        return self._flag

    def set(self):
        self._flag = True
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def clear(self):
        self._flag = False

    async def wait(self):
        await asyncio.sleep(0)
        if self._flag:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        try:
            await waiter
        finally:
            self._waiters.pop(waiter, None)
        return True
