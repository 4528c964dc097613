"""A lock for threads and tasks alike: it belongs to who took it."""

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

class Lock:
    """It belongs to the thread or task that took it."""

    reentrant = False

    def __init__(self):
        self._mutex = threading.Lock()
        self._owner = None
        self._depth = 0
        self._queue = deque()

    def locked(self):
        return self._owner is not None

    def _take(self, kind, blocking, timeout):
        """The lock (None), a refusal (False), or a ticket in the queue."""
        me = self._who()
        with self._mutex:
            if self._owner == me:
                if not self.reentrant:
                    raise RuntimeError("the lock is held by who wants it")
                self._depth += 1
                return None
            if self._owner is None:
                self._owner, self._depth = me, 1
                return None
            if not blocking or (timeout is not None and timeout <= 0):
                return False
            ticket = kind()
            ticket.owner = me
            self._queue.append(ticket)
            return ticket

    def _leave(self, ticket):
        """Whether it was still in the queue: it has no lock then."""
        with self._mutex:
            if ticket in self._queue:
                self._queue.remove(ticket)
                return True
            return False

    @staticmethod
    def _who():
        try:
            return asyncio.current_task()
        except RuntimeError:
            return threading.get_ident()

    def acquire(self, blocking=True, timeout=None):
        timeout = None if timeout == -1 else timeout
        ticket = self._take(InThread, blocking, timeout)
        if not ticket:
            return ticket is None
        return ticket.woken.wait(timeout) or not self._leave(ticket)

    async def async_acquire(self, blocking=True, timeout=None):
        timeout = None if timeout == -1 else timeout
        ticket = self._take(InTask, blocking, timeout)
        if not ticket:
            return ticket is None
        try:
            await asyncio.wait_for(ticket.future, timeout)
        except asyncio.TimeoutError:
            return not self._leave(ticket)
        return True

    def release(self):
        if self._owner != self._who():
            raise RuntimeError("the lock is not held by who releases it")
        with self._mutex:
            self._depth -= 1
            if self._depth:
                return
            self._owner = None
            kind = InThread if isinstance(self._who(), int) else InTask
            ticket = next((t for t in self._queue if isinstance(t, kind)), None)
            if ticket is not None:
                self._queue.remove(ticket)
                self._owner, self._depth = ticket.owner, 1
                ticket.wake()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()

    async def __aenter__(self):
        return await self.async_acquire()

    async def __aexit__(self, exc_type, exc_value, traceback):
        self.release()
