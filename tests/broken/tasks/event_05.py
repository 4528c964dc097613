"""An event for tasks: every waiter has a future of its own."""

import asyncio


class Event:
    def __init__(self):
        self._flag = False
        self._waiters = {}
        self._count = 0

    def is_set(self):
        return self._flag

    def set(self):
        self._flag = True
        for waiter in list(self._waiters)[: self._count]:
            if not waiter.done():
                waiter.set_result(None)

    def clear(self):
        self._flag = False

    async def wait(self):
        if self._flag:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        self._count += 1
        try:
            await waiter
        except asyncio.CancelledError:
            self._count -= 1
            raise
        finally:
            self._waiters.pop(waiter, None)
            self._count -= 1
        return True
