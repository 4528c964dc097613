"""A lock as a chain: each task waits for the one before it."""

import asyncio


class Lock:
    def __init__(self):
        self._last = None  # done when the task that came last has left
        self._holder = None

    async def acquire(self):
        before = self._last
        mine = self._last = asyncio.get_running_loop().create_future()
        if before is not None and not before.done():
            try:
                await asyncio.shield(before)
            except BaseException:
                # The next in the chain waits for the one before this.
                before.add_done_callback(lambda _: mine.set_result(None))
                raise
        self._holder = mine
        return True

    def release(self):
        if self._holder is None:
            raise RuntimeError("release of a lock that is free")
        holder, self._holder = self._holder, None
        holder.set_result(None)

    def locked(self):
        return self._holder is not None

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
