"""An event as of tornado: wait() with a timeout is to raise TimeoutError."""

import asyncio

from syncproof.vocabulary import Implementation


class Event:
    def __init__(self):
        self._event = asyncio.Event()
        self.is_set, self.set, self.clear = self._event.is_set, self._event.set, self._event.clear

    async def wait(self, timeout=None):
        try:
            await asyncio.wait_for(self._event.wait(), timeout)
        except asyncio.TimeoutError:
            return


implementation = Implementation(
    name="candidate",
    primitives=("event",),
    load=lambda: {"event": Event},
    model="asyncio",
    family="tornado",
)
