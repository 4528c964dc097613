"""Nobody is woken: those who wait look again every 5 ms."""

import asyncio

PAUSE = 0.005  # seconds


class Lock:
    def __init__(self):
        self._held = False
        self._queue = []

    async def acquire(self):
        if self._held or self._queue:
            await self._wait(object())
        self._held = True
        return True

    async def _wait(self, ticket):
        self._queue.append(ticket)
        try:
            while self._held or self._queue[0] is not ticket:
                await asyncio.sleep(PAUSE)
        finally:
            self._queue.remove(ticket)

    def release(self):
        if not self._held:
            raise RuntimeError("release of a lock that is free")
        self._held = False

    def locked(self):
        return self._held

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._value = value

    async def acquire(self):
        while self._value == 0:
            await asyncio.sleep(PAUSE)
        self._value -= 1
        return True

    def release(self):
        self._value += 1

    def locked(self):
        return self._value == 0

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


class Event:
    def __init__(self):
        self._flag = False
        self._times = 0

    def is_set(self):
        return self._flag

    def set(self):
        self._flag = True
        self._times += 1

    def clear(self):
        self._flag = False

    async def wait(self):
        times = self._times
        while not self._flag and self._times == times:
            await asyncio.sleep(PAUSE)
        return True


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the task waited."""


class _Round:
    def __init__(self):
        self.members = []
        self.outcome = None


class Barrier:
    def __init__(self, parties):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._round = _Round()
        self._broken = False

    async def wait(self):
        if self._broken:
            raise BrokenBarrierError("the barrier is broken")
        mine, me = self._round, object()
        mine.members.append(me)
        if len(mine.members) == self._parties:
            self._end("passed")
        try:
            while mine.outcome is None:
                await asyncio.sleep(PAUSE)
        except BaseException:
            if mine.outcome is None:
                mine.members.remove(me)
            raise
        if mine.outcome == "failed":
            raise BrokenBarrierError("the barrier was broken or reset")
        return mine.members.index(me)

    def _end(self, outcome):
        self._round.outcome = outcome
        self._round = _Round()

    async def reset(self):
        self._broken = False
        self._end("failed")

    async def abort(self):
        self._broken = True
        self._end("failed")

    async def __aenter__(self):
        return await self.wait()

    async def __aexit__(self, *exc_info):
        pass

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return len(self._round.members)

    @property
    def broken(self):
        return self._broken
