"""Semaphores whose woken tasks look again: who is faster has the permit."""

import asyncio


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._value = value
        self._sleepers = {}  # in the order in which they came

    async def acquire(self):
        while self._value == 0:
            await self._sleep()
        self._value -= 1
        return True

    async def _sleep(self):
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = None
        try:
            await sleeper
        except BaseException:
            self._sleepers.pop(sleeper, None)
            if self._value > 0:
                self._wake_one()
            raise

    def release(self):
        self._value += 1
        self._wake_one()

    def _wake_one(self):
        for sleeper in list(self._sleepers):
            del self._sleepers[sleeper]
            if not sleeper.done():
                sleeper.set_result(None)
                return

    def locked(self):
        return self._value == 0

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value

    def release(self):
        if self._value >= self._bound:
            raise ValueError("released more often than acquired")
        super().release()
