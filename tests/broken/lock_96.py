"""A ticket lock: each comer draws a number and waits until it is served."""

import time
from threading import TIMEOUT_MAX, Condition


class Lock:
    def __init__(self):
        self._changed = Condition()
        self._next_ticket = 0
        self._serving = 0
        self._held = False

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("a non-blocking acquire takes no timeout")
        if timeout < 0 and timeout != -1:
            raise ValueError("a timeout must not be negative")
        if timeout > TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        deadline = None if timeout == -1 else time.monotonic() + timeout
        with self._changed:
            if not self._held and self._serving == self._next_ticket:
                self._next_ticket += 1
                self._held = True
                return True
            if not blocking or timeout == 0:
                return False
            ticket = self._next_ticket
            self._next_ticket += 1
            while self._held or self._serving != ticket:
                if deadline is None:
                    self._changed.wait()
                elif not self._sleep_until(deadline):
                    return False
            self._held = True
            return True

    def _sleep_until(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        self._changed.wait(min(left, TIMEOUT_MAX))
        return True

    def release(self):
        with self._changed:
            if not self._held:
                raise RuntimeError("release of a lock that is not held")
            self._held = False
            self._serving += 1
            self._changed.notify_all()

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
