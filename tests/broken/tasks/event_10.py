"""An event for tasks: every waiter has a future of its own."""

import asyncio


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
        if self._flag:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        try:
            return await waiter
        finally:
            self._waiters.pop(waiter, None)
