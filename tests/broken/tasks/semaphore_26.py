"""A semaphore as of tornado: acquire() with a timeout is to raise TimeoutError."""

import asyncio
from collections import deque

from syncproof.vocabulary import Implementation


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore starts with 0 permits or more")
        self._value = value
        self._queue = deque()

    async def acquire(self, timeout=None):
        if self._value and not self._queue:
            self._value -= 1
            return self
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        done, _ = await asyncio.wait([turn], timeout=timeout)
        if not done:
            raise TimeoutError
        return self

    def release(self):
        self._value += 1
        while self._value and self._queue:
            self._value -= 1
            self._queue.popleft().set_result(None)

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


implementation = Implementation(
    name="candidate",
    primitives=("semaphore",),
    load=lambda: {"semaphore": Semaphore},
    model="asyncio",
    family="tornado",
)
