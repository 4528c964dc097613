"""A ticket lock: everybody draws a number and waits until it is called."""

import threading


class Lock:
    def __init__(self):
        self._desk = threading.Lock()
        self._next = 0  # the number that is drawn next
        self._serving = 0  # the number whose turn it is; nobody's when not yet drawn
        self._waiting = {}
        self._left = set()

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            if not blocking:
                raise ValueError("a non-blocking call takes no timeout")
            if timeout < 0:
                raise ValueError("the timeout must not be negative")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("the timeout is too large")
        if not blocking or timeout == 0:
            return self._try()
        ticket = self._draw()
        with self._desk:
            if ticket == self._serving:
                return True
            bell = threading.Lock()
            bell.acquire()
            self._waiting[ticket] = bell
        try:
            called = bell.acquire(True, float(timeout))
        except BaseException:
            if not self._leave(ticket):
                self.release()
            raise
        return called or not self._leave(ticket)

    def _try(self):
        with self._desk:
            if self._serving != self._next:
                return False
            self._next += 1
            return True

    def _draw(self):
        ticket = self._next
        self._next = ticket + 1
        return ticket

    def _leave(self, ticket):
        with self._desk:
            if self._waiting.pop(ticket, None) is None:
                return False
            self._left.add(ticket)
            return True

    def release(self):
        with self._desk:
            if self._serving == self._next:
                raise RuntimeError("release unlocked lock")
            self._serving += 1
            while self._serving in self._left:
                self._left.remove(self._serving)
                self._serving += 1
            bell = self._waiting.pop(self._serving, None)
            if bell is not None:
                bell.release()

    def locked(self):
        return self._serving != self._next

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
