"""An event for tasks: those who wait for the same set() share a future."""

import asyncio
from contextlib import suppress


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
        signal = self._signal
        while not signal.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(signal)
        return True
