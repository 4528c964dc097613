"""A barrier with a queue for each waiter and a timeout for all."""

from queue import Empty, SimpleQueue
from threading import TIMEOUT_MAX, RLock


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class BrokenBarrierError(RuntimeError):
    """The barrier is broken, or was reset."""


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        if parties < 1:
            raise ValueError("parties must be 1 or more")
        self._parties = parties
        self._action = action
        self._default = timeout
        self._guard = RLock()
        self._inboxes = []
        self._broken = False

    def wait(self, timeout=None):
        limit = _seconds(self._default if timeout is None else timeout)
        with self._guard:
            if self._broken:
                raise BrokenBarrierError("barrier is broken")
            if len(self._inboxes) == self._parties - 1:
                return self._complete()
            inbox = SimpleQueue()
            self._inboxes.append(inbox)
        answer = self._receive(inbox, limit)
        if answer is None:
            raise BrokenBarrierError("barrier was broken or reset while waiting")
        return answer

    def _receive(self, inbox, limit):
        try:
            return inbox.get(timeout=None if limit is None else max(limit, 0))
        except Empty:
            with self._guard:
                if inbox in self._inboxes:
                    self._inboxes.remove(inbox)
                    self._broken = True
                    return None
            return inbox.get()
        except BaseException:
            with self._guard:
                if inbox in self._inboxes:
                    self.abort()
            raise

    def _complete(self):
        if self._action is not None:
            try:
                self._action()
            except BaseException:
                self.abort()
                raise
        inboxes, self._inboxes = self._inboxes, []
        for index, inbox in enumerate(inboxes, 1):
            inbox.put(index)
        return 0

    def _dismiss(self):
        while self._inboxes:
            self._inboxes.pop().put(None)

    def reset(self):
        with self._guard:
            self._dismiss()
            self._broken = False

    def abort(self):
        with self._guard:
            self._broken = True
            self._dismiss()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        with self._guard:
            return len(self._inboxes)

    @property
    def broken(self):
        with self._guard:
            return self._broken
