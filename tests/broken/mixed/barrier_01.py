"""A barrier for threads and tasks alike."""

import asyncio
import threading


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

class Barrier:
    def __init__(self, parties):
        self.parties = parties
        self._mutex = threading.Lock()
        self._queue = []

    @property
    def n_waiting(self):
        return len(self._queue)

    def _join(self, kind):
        """The index, and the ticket to wait with; None for the last."""
        with self._mutex:
            index = len(self._queue)
            if index + 1 < self.parties:
                ticket = kind()
                self._queue.append(ticket)
                return index, ticket
            gone, self._queue = self._queue, []
        for ticket in gone:
            if isinstance(ticket, InThread):
                ticket.wake()
        return index, None

    def wait(self):
        index, ticket = self._join(InThread)
        if ticket is not None:
            ticket.woken.wait()
        return index

    async def async_wait(self):
        index, ticket = self._join(InTask)
        if ticket is not None:
            await ticket.future
        return index
