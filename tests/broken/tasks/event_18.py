"""An event for tasks: those who wait for the same set() share a future."""

import asyncio


class Event:
    def __init__(self):
        self._is_set = False
        self._cleared = False
        self._signal = None

    def is_set(self):
        return self._is_set

    def set(self):
        self._is_set = True
        self._cleared = False
        if self._signal is not None:
            self._signal.set_result(True)
            self._signal = None

    def clear(self):
        self._cleared = True

    async def wait(self):
        if self._cleared:
            self._is_set = self._cleared = False
        if self._is_set:
            return True
        if self._signal is None:
            self._signal = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._signal)
