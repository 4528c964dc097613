"""An event for tasks: those who wait for the same set() share a future."""

import asyncio


class Event:
    def __init__(self):
        self._is_set = 0
        self._signal = None

    def is_set(self):
        return self._is_set > 0

    def set(self):
        self._is_set += 1
        if self._signal is not None:
            self._signal.set_result(True)
            self._signal = None

    def clear(self):
        self._is_set = max(self._is_set - 1, 0)

    async def wait(self):
        if self._is_set:
            return True
        if self._signal is None:
            self._signal = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._signal)
