"""A barrier for tasks: who comes takes the lowest index that is free in this round."""

import asyncio


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the task waited."""


class Barrier:
    def __init__(self, parties):
        if parties < 1:
            raise ValueError("the number of parties must be positive")
        self._parties = parties
        self._seats = {}  # index: the future of who has taken it
        self._state = "open"
        self._passed = False

    async def wait(self):
        if self._state == "broken":
            raise BrokenBarrierError("wait() at a broken barrier")
        seats = self._seats
        index = min(i for i in range(self._parties) if i not in seats or seats[i].cancelled())
        seat = seats[index] = asyncio.get_running_loop().create_future()
        if self.n_waiting == self._parties or self._passed:
            self._passed = True
            self._end(True)
        try:
            passed = await seat
        finally:
            if seats.get(index) is seat:
                del seats[index]
        if not passed:
            raise BrokenBarrierError("broken or reset while a task waited")
        return index

    def _end(self, passed):
        seats, self._seats = self._seats, {}
        for seat in list(seats.values()):
            if not seat.cancelled():
                seat.set_result(passed)

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return sum(not seat.cancelled() for seat in self._seats.values())

    @property
    def broken(self):
        return self._state == "broken"

    async def reset(self):
        self._end(False)
        self._state = "open"

    async def abort(self):
        self._end(False)
        self._state = "broken"

    async def __aenter__(self):
        return await self.wait()

    async def __aexit__(self, exc_type, exc_value, traceback):
        return None
