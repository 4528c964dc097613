"""A bounded semaphore for tasks, which counts the permits that are out."""

import asyncio


class BoundedSemaphore:
    def __init__(self, value=2):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._all = value
        self._out = 0
        self._waiting = {}  # in the order in which they came

    async def acquire(self):
        if self._out < self._all:
            self._out += 1
            return True
        gate = asyncio.get_running_loop().create_future()
        self._waiting[gate] = None
        try:
            return await gate
        except BaseException:
            if gate not in self._waiting and not gate.cancelled():
                self._put_back()
            self._waiting.pop(gate, None)
            raise

    def release(self):
        if self._out == 0:
            raise ValueError("there is no permit out")
        self._put_back()

    def _put_back(self):
        for gate in list(self._waiting):
            del self._waiting[gate]
            if not gate.cancelled():
                gate.set_result(True)
                return
        self._out -= 1

    def locked(self):
        return self._out == self._all

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
