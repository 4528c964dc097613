"""A barrier that counts down."""

import asyncio


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the task waited."""


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
            return 0
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            index = await turn
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
        if index is None:
            raise BrokenBarrierError("the barrier was broken or reset")
        return index

    def _pass(self):
        for index, turn in enumerate(self._empty()):
            turn.set_result(self._parties - 1 - index)

    def _fail(self):
        for turn in self._empty():
            turn.set_result(None)

    def _empty(self):
        turns, self._waiting = self._waiting, []
        return [turn for turn in turns if not turn.done()]

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
        return sum(not turn.done() for turn in self._waiting)

    @property
    def broken(self):
        return self._broken
