"""A bounded semaphore as at a counter: draw a ticket, sit down, go when it is called."""

import itertools
import threading


class BoundedSemaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must not be negative")
        self._room = threading.Condition(threading.Lock())
        self._value = value
        self._ceiling = value
        self._tickets = itertools.count()
        self._line = []
        self._called = set()

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if not blocking:
                raise ValueError("timeout without blocking")
            if timeout > threading.TIMEOUT_MAX:
                raise ValueError("timeout is too large")
            timeout = float(timeout)
        with self._room:
            if self._value > 0:
                self._value -= 1
                return True
            if not blocking or (timeout is not None and timeout <= 0):
                return False
            ticket = next(self._tickets)
            self._line.append(ticket)
            try:
                self._room.wait_for(lambda: ticket in self._called, timeout)
            except BaseException:
                if not self._give_up(ticket):
                    self._call(1)
                raise
            return not self._give_up(ticket)

    def _give_up(self, ticket):
        """Whether the ticket was still waiting to be called."""
        if ticket in self._called:
            self._called.remove(ticket)
            return False
        self._line.remove(ticket)
        return True

    def _call(self, n):
        called = self._line[:n]
        del self._line[:n]
        self._called.update(called)
        self._value += n - len(called)
        self._room.notify_all()

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be 1 or more")
        with self._room:
            if self._value + n > self._ceiling:
                raise ValueError("too many releases")
            self._call(n)

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, exc_type, exc, tb):
        self.release()
