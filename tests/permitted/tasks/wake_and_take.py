"""Who is woken helps itself; who comes later waits behind it."""

import asyncio


class Lock:
    def __init__(self):
        self._locked = False
        self._waiters = []

    async def acquire(self):
        if self._locked or any(not w.cancelled() for w in self._waiters):
            await self._wait()
        self._locked = True
        return True

    async def _wait(self):
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except BaseException:
            self._waiters.remove(waiter)
            if not self._locked:
                self._wake_first()
            raise
        self._waiters.remove(waiter)

    def release(self):
        if not self._locked:
            raise RuntimeError("release of a lock that is free")
        self._locked = False
        self._wake_first()

    def _wake_first(self):
        for waiter in self._waiters:
            if not waiter.cancelled():
                if not waiter.done():
                    waiter.set_result(None)
                return

    def locked(self):
        return self._locked

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()


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
        return await asyncio.shield(self._signal)


class Condition:
    def __init__(self, lock=None):
        self._lock = lock if lock is not None else Lock()
        self._bells = {}  # in the order in which their owners came

    def locked(self):
        return self._lock.locked()

    async def acquire(self):
        return await self._lock.acquire()

    def release(self):
        self._lock.release()

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, *exc_info):
        self.release()

    def _check(self):
        if not self._lock.locked():
            raise RuntimeError("a condition is used with its lock held")

    async def wait(self):
        self._check()
        bell = asyncio.get_running_loop().create_future()
        self._bells[bell] = None
        self._lock.release()
        cancelled = None
        try:
            await bell
        except asyncio.CancelledError as error:
            cancelled = error
        self._bells.pop(bell, None)
        cancelled = await self._get_back(cancelled)
        if cancelled is None:
            return True
        if not bell.cancelled():
            self._ring(1)
        raise cancelled

    async def _get_back(self, cancelled):
        while True:
            getting = asyncio.ensure_future(self._lock.acquire())
            while not getting.done():
                try:
                    await asyncio.wait({getting})
                except asyncio.CancelledError as error:
                    cancelled = cancelled or error
            if not getting.cancelled():
                return cancelled

    async def wait_for(self, predicate):
        while True:
            result = predicate()
            if result:
                return result
            await self.wait()

    def notify(self, n=1):
        self._check()
        self._ring(n)

    def notify_all(self):
        self._check()
        self._ring(len(self._bells))

    def _ring(self, n):
        for bell in [b for b in self._bells if not b.done()][:n]:
            del self._bells[bell]
            bell.set_result(None)


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the task waited."""


class Barrier:
    def __init__(self, parties):
        if parties < 1:
            raise ValueError("the number of parties must be positive")
        self._parties = parties
        self._seats = {}  # index: the future of who has taken it
        self._state = "open"

    async def wait(self):
        if self._state == "broken":
            raise BrokenBarrierError("wait() at a broken barrier")
        seats = self._seats
        index = min(i for i in range(self._parties) if i not in seats or seats[i].cancelled())
        seat = seats[index] = asyncio.get_running_loop().create_future()
        if self.n_waiting == self._parties:
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
