"""A reentrant lock of greenlets that is handed to the first in a line."""

from collections import deque

from gevent import getcurrent
from gevent.event import Event


class RLock:
    def __init__(self):
        self.owner = None
        self.level = 0
        self.line = deque()

    def locked(self):
        return self.owner is not None

    def acquire(self, blocking=True, timeout=None):
        me = getcurrent()
        if self.owner in (None, me):
            self.owner = me
            self.level += 1
            return True
        if not blocking:
            return False
        turn = Event()
        place = (me, turn)
        self.line.append(place)
        try:
            turn.wait(None if timeout == -1 else timeout)
        except BaseException:
            self.leave(place)
            raise
        if not turn.is_set():
            self.line.remove(place)
        return turn.is_set()

    def leave(self, place):
        if not place[1].is_set():
            self.line.remove(place)

    def release(self):
        if self.owner is not getcurrent():
            raise RuntimeError("the lock is not yours")
        self.level -= 1
        if not self.level:
            self.hand_on()

    def hand_on(self):
        self.owner = None
        self.level = 0
        if self.line:
            self.owner, turn = self.line.popleft()
            self.level = 1
            turn.set()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()
