"""An event that sends a message to each of its waiters."""

from queue import Empty, SimpleQueue
from threading import TIMEOUT_MAX, RLock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event:
    def __init__(self):
        self._guard = RLock()
        self._signalled = False
        self._inboxes = {}
        self._number = 0

    def is_set(self):
        with self._guard:
            return self._signalled

    isSet = is_set

    def set(self):
        with self._guard:
            self._signalled = True
            for inbox in self._inboxes.values():
                inbox.put(self._number)
            self._inboxes.clear()

    def clear(self):
        with self._guard:
            self._signalled = False

    def wait(self, timeout=None):
        seconds = _seconds(timeout)
        if seconds is not None and seconds < 0:
            seconds = 0.0
        with self._guard:
            if self._signalled:
                return True
            inbox = SimpleQueue()
            self._number += 1
            ticket = self._number
            self._inboxes[ticket] = inbox
        try:
            return inbox.get(timeout=seconds)
        except Empty:
            with self._guard:
                return self._inboxes.pop(ticket, None) is None
        except BaseException:
            with self._guard:
                self._inboxes.pop(ticket, None)
            raise
