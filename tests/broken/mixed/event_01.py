"""An event for threads and tasks alike: one queue for both."""

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
            for ticket in [t for t in self._queue if isinstance(t, InThread)]:
                self._queue.remove(ticket)
                ticket.wake()
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            return
        with self._mutex:
            for ticket in [t for t in self._queue if t.loop is here]:
                self._queue.remove(ticket)
                ticket.wake()

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
