"""A lock, a semaphore and an event for threads and tasks alike: one queue for both.

Whoever waits leaves a ticket in the queue, which knows how to wake a thread or a task.
"""

import asyncio
import threading
from collections import deque


class InThread:
    """The ticket of a thread."""

    def __init__(self):
        self.woken = threading.Event()

    def wake(self):
        self.woken.set()


class InTask:
    """The ticket of a task."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.future = self.loop.create_future()

    def wake(self):
        self.loop.call_soon_threadsafe(self._done)

    def _done(self):
        if not self.future.done():
            self.future.set_result(None)


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore starts with 0 permits or more")
        self._mutex = threading.Lock()
        self._value = value
        self._queue = deque()

    def _take(self, kind, blocking, timeout):
        """A permit (None), a refusal (False), or a ticket in the queue."""
        if not blocking and timeout is not None:
            raise ValueError("a timeout makes no sense where one does not wait")
        with self._mutex:
            if self._value and not self._queue:
                self._value -= 1
                return None
            if not blocking or (timeout is not None and timeout <= 0):
                return False
            ticket = kind()
            self._queue.append(ticket)
            return ticket

    def _leave(self, ticket):
        """Whether it was still in the queue: it has no permit then."""
        with self._mutex:
            if ticket in self._queue:
                self._queue.remove(ticket)
                return True
            return False

    def acquire(self, blocking=True, timeout=None):
        ticket = self._take(InThread, blocking, timeout)
        if not ticket:
            return ticket is None
        return ticket.woken.wait(timeout) or not self._leave(ticket)

    async def async_acquire(self, blocking=True, timeout=None):
        ticket = self._take(InTask, blocking, timeout)
        if not ticket:
            return ticket is None
        try:
            await asyncio.wait_for(ticket.future, timeout)
        except asyncio.TimeoutError:
            return not self._leave(ticket)
        except BaseException:
            if not self._leave(ticket):
                self.release()
            raise
        return True

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be 1 or more")
        with self._mutex:
            self._value += n
            while self._value and self._queue:
                self._value -= 1
                self._queue.popleft().wake()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()

    async def __aenter__(self):
        return await self.async_acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()


class Event:
    def __init__(self):
        self._mutex = threading.Lock()
        self._set = False
        self._queue = deque()

    def is_set(self):
        return self._set

    def set(self):
        with self._mutex:
            self._set = True
            while self._queue:
                self._queue.popleft().wake()

    def clear(self):
        with self._mutex:
            self._set = False

    def _join(self, kind):
        with self._mutex:
            if self._set:
                return None
            ticket = kind()
            self._queue.append(ticket)
            return ticket

    def wait(self, timeout=None):
        ticket = self._join(InThread)
        return ticket is None or ticket.woken.wait(timeout)

    async def async_wait(self, timeout=None):
        ticket = self._join(InTask)
        if ticket is None:
            return True
        try:
            await asyncio.wait_for(ticket.future, timeout)
        except asyncio.TimeoutError:
            return False
        return True
