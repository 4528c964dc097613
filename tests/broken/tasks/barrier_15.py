"""A barrier for tasks: the last to come gives the others their index."""

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
        self._leaving = 0

    async def wait(self):
        if self._broken:
            raise BrokenBarrierError("the barrier is broken")
        if self._leaving:
            return self._parties - 1
        if self.n_waiting + 1 == self._parties:
            self._pass()
            return self._parties - 1
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            index = await turn
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled() and turn.result() is not None:
                self._leaving -= 1
        if index is None:
            raise BrokenBarrierError("the barrier was broken or reset")
        return index

    def _pass(self):
        for index, turn in enumerate(self._empty()):
            turn.set_result(index)
            self._leaving += 1

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
