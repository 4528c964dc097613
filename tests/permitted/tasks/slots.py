"""Primitives with nothing but what they need."""

import asyncio
from collections import deque
from contextlib import suppress


class Lock:
    __slots__ = ("_held", "_queue")

    def __init__(self):
        self._held = False
        self._queue = deque()

    async def acquire(self):
        if not self._held:
            self._held = True
            return True
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            else:
                self._leave(turn)
            raise
        return True

    def _leave(self, turn):
        with suppress(ValueError):
            self._queue.remove(turn)

    def release(self):
        if not self._held:
            raise RuntimeError("the lock is not held")
        self._pass_on()

    def _pass_on(self):
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._held = False

    def locked(self):
        return self._held

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class Semaphore:
    __slots__ = ("_free", "_queue")

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._free = value
        self._queue = deque()

    async def acquire(self):
        if self._free > 0:
            self._free -= 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._give()
            else:
                self._leave(turn)
            raise
        return True

    def _leave(self, turn):
        with suppress(ValueError):
            self._queue.remove(turn)

    def release(self):
        self._give()

    def _give(self):
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def locked(self):
        return self._free == 0

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class BoundedSemaphore:
    __slots__ = ("_bound", "_free", "_queue")

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("the initial value must not be negative")
        self._bound = value
        self._free = value
        self._queue = deque()

    async def acquire(self):
        if self._free > 0:
            self._free -= 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._give()
            else:
                self._leave(turn)
            raise
        return True

    def _leave(self, turn):
        with suppress(ValueError):
            self._queue.remove(turn)

    def release(self):
        if self._free >= self._bound:
            raise ValueError("released more often than acquired")
        self._give()

    def _give(self):
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def locked(self):
        return self._free == 0

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class Event:
    __slots__ = ("_flag", "_waiters")

    def __init__(self):
        self._flag = False
        self._waiters = {}

    def is_set(self):
        return self._flag

    def set(self):
        self._flag = True
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def clear(self):
        self._flag = False

    async def wait(self):
        if self._flag:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = None
        try:
            await waiter
        finally:
            self._waiters.pop(waiter, None)
        return True


class Condition:
    __slots__ = ("_lock", "_queue")

    def __init__(self, lock=None):
        self._lock = Lock() if lock is None else lock
        self._queue = deque()

    async def acquire(self):
        return await self._lock.acquire()

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()

    async def wait(self):
        self._demand_lock()
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._lock.release()
        error = await self._sleep(turn)
        error = await self._relock() or error
        if error is not None:
            if not turn.cancelled():
                self._wake(1)
            raise error
        return True

    async def _sleep(self, turn):
        try:
            await turn
        except asyncio.CancelledError as error:
            with suppress(ValueError):
                self._queue.remove(turn)
            return error
        return None

    async def _relock(self):
        error = None
        while True:
            try:
                await self._lock.acquire()
                return error
            except asyncio.CancelledError as another:
                error = another

    async def wait_for(self, predicate):
        value = predicate()
        while not value:
            await self.wait()
            value = predicate()
        return value

    def notify(self, n=1):
        self._demand_lock()
        self._wake(n)

    def notify_all(self):
        self._demand_lock()
        self._wake(len(self._queue))

    def _wake(self, n):
        while n > 0 and self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                n -= 1

    def _demand_lock(self):
        if not self._lock.locked():
            raise RuntimeError("the lock of the condition is not held")


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset while the task waited."""


class Barrier:
    __slots__ = ("_broken", "_parties", "_waiting")

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
            turn.set_result(index)

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
