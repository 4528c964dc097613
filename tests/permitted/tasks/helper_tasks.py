"""Those who wait are woken by a helper."""

import asyncio


async def _wake(waiters):
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


class Event:
    def __init__(self):
        self._flag = False
        self._waiters = {}
        self._helpers = set()

    def is_set(self):
        return self._flag

    def set(self):
        self._flag = True
        waiters, self._waiters = self._waiters, {}
        self._help(_wake(waiters))

    def _help(self, work):
        helper = asyncio.ensure_future(work)
        self._helpers.add(helper)
        helper.add_done_callback(self._helpers.discard)

    def clear(self):
        self._flag = False

    async def wait(self):
        if self._flag:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        try:
            await waiter
        finally:
            self._waiters.pop(waiter, None)
        return True


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._value = value
        self._sleepers = {}  # in the order in which they came
        self._helpers = set()

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
        helper = asyncio.ensure_future(self._help())
        self._helpers.add(helper)
        helper.add_done_callback(self._helpers.discard)

    async def _help(self):
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
