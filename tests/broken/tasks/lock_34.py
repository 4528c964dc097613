"""A lock for tasks of trio: a flag, and those who wait in a parking lot."""

import trio


class Lock:
    def __init__(self):
        self._held = False
        self._lot = trio.lowlevel.ParkingLot()

    def acquire_nowait(self):
        if self._held:
            raise trio.WouldBlock
        self._held = True

    async def acquire(self):
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._held:
            await self._lot.park()
        else:
            self._held = True
            await trio.lowlevel.cancel_shielded_checkpoint()

    def release(self):
        if not self._held:
            raise RuntimeError("the lock is free")
        if self._lot:
            self._lot.unpark()
        else:
            self._held = False

    def locked(self):
        return self._held

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
