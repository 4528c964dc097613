"""A lock for tasks: a flag, which nobody can change between two awaits."""


class Lock:
    def __init__(self):
        self._locked = False

    async def acquire(self):
        if self._locked:
            return False
        self._locked = True
        return True

    def release(self):
        if not self._locked:
            raise RuntimeError("release of a lock that is free")
        self._locked = False

    def locked(self):
        return self._locked

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()
