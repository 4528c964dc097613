"""A bounded semaphore for tasks: a permit is handed to the first in the queue."""

import asyncio
from collections import deque
from contextlib import suppress


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
        asyncio.get_running_loop().call_soon(self._give)

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
