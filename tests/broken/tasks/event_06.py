"""An event for tasks: those who wait for the same set() share a future."""

import asyncio


class Event:
    def __init__(self):
        self._is_set = False
        self._signal = None

    def is_set(self):
        return self._is_set

    def set(self):
        self._is_set = True
        if self._signal is not None:
            self._signal.set_result(True)
            self._signal = None

    def clear(self):
        self._is_set = False

    async def wait(self):
        if self._is_set:
            return True
        if self._signal is None:
            self._signal = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.shield(self._signal)
        except asyncio.CancelledError:
            self._signal = None
            raise
