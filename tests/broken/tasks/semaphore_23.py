"""A semaphore for tasks: a permit is handed to the first in the queue."""

import asyncio
from collections import deque
from contextlib import suppress


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._free = value
        self._queue = deque()
        self._takers = []

    async def acquire(self):
        await self._take()
        self._takers.append(asyncio.current_task())
        return True

    async def _take(self):
        if self._free > 0:
            self._free -= 1
            return
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

    def _leave(self, turn):
        with suppress(ValueError):
            self._queue.remove(turn)

    def release(self):
        me = asyncio.current_task()
        if self._takers and me not in self._takers:
            raise RuntimeError("this task has no permit")
        if self._takers:
            self._takers.remove(me)
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
