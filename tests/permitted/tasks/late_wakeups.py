"""Those who wait are chosen at once, and woken by the loop a turn later."""

import asyncio
from collections import deque


class _Place:
    __slots__ = ("future", "given")

    def __init__(self):
        self.future = asyncio.get_running_loop().create_future()
        self.given = False

    def give(self):
        """Choose it; its task goes on later. False if the task has been cancelled."""
        if self.future.done():
            return False
        self.given = True
        asyncio.get_running_loop().call_soon(self._wake)
        return True

    def _wake(self):
        if not self.future.done():
            self.future.set_result(None)


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self._free = value
        self._places = deque()

    async def acquire(self):
        if self._free > 0:
            self._free -= 1
            return True
        place = _Place()
        self._places.append(place)
        try:
            await place.future
        except BaseException:
            if place.given:
                self._give()
            elif place in self._places:
                self._places.remove(place)
            raise
        return True

    def release(self):
        self._give()

    def _give(self):
        while self._places:
            if self._places.popleft().give():
                return
        self._free += 1

    def locked(self):
        return self._free == 0

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


class Lock(Semaphore):
    def __init__(self):
        super().__init__(1)

    def release(self):
        if self._free:
            raise RuntimeError("release of a lock that is free")
        super().release()


class Event:
    def __init__(self):
        self._flag = False
        self._places = {}

    def is_set(self):
        return self._flag

    def set(self):
        self._flag = True
        places, self._places = self._places, {}
        for place in places:
            place.give()

    def clear(self):
        self._flag = False

    async def wait(self):
        if not self._flag:
            place = _Place()
            self._places[place] = None
            try:
                await place.future
            finally:
                self._places.pop(place, None)
        return True


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the task waited."""


class _Turn(_Place):
    __slots__ = ("index",)

    def __init__(self):
        super().__init__()
        self.index = None


class Barrier:
    def __init__(self, parties):
        if parties < 1:
            raise ValueError("a barrier needs one party or more")
        self._parties = parties
        self._waiting = []
        self._broken = False

    async def wait(self):
        if self._broken:
            raise BrokenBarrierError("the barrier is broken")
        if self.n_waiting + 1 == self._parties:
            self._pass()
            return self._parties - 1
        turn = _Turn()
        self._waiting.append(turn)
        try:
            await turn.future
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
        if turn.index is None:
            raise BrokenBarrierError("the barrier was broken or reset")
        return turn.index

    def _pass(self):
        for index, turn in enumerate(self._empty()):
            turn.index = index
            turn.give()

    def _fail(self):
        for turn in self._empty():
            turn.give()

    def _empty(self):
        turns, self._waiting = self._waiting, []
        return [turn for turn in turns if not turn.future.done()]

    async def __aenter__(self):
        return await self.wait()

    async def __aexit__(self, *exc_info):
        pass

    async def reset(self):
        self._broken = False
        self._fail()

    async def abort(self):
        self._broken = True
        self._fail()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return sum(not turn.future.done() for turn in self._waiting)

    @property
    def broken(self):
        return self._broken
