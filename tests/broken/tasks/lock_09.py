"""A lock for tasks: release() hands it to the first in the queue."""

import asyncio
from collections import deque


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
        if turn in self._queue:
            last = self._queue.pop()
            if last is not turn:
                self._queue[self._queue.index(turn)] = last

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
