"""A semaphore and a reentrant lock of greenlets that are handed to the first in a line."""

from collections import deque

from gevent import getcurrent
from gevent.event import Event


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self.counter = value
        self.line = deque()
        self.watchers = []

    def locked(self):
        return self.counter == 0

    def ready(self):
        return self.counter > 0

    def acquire(self, blocking=True, timeout=None):
        if self.counter:
            self.counter -= 1
            return True
        if not blocking:
            return False
        turn = Event()
        self.line.append(turn)
        try:
            turn.wait(timeout)
        except BaseException:
            self.leave(turn)
            raise
        if not turn.is_set():
            self.line.remove(turn)
        return turn.is_set()

    def leave(self, turn):
        if turn.is_set():
            self.release()
        else:
            self.line.remove(turn)

    def release(self):
        if self.line:
            self.line.popleft().set()
            return
        self.counter += 1
        for watcher in self.watchers:
            watcher.set()
        self.watchers.clear()

    def wait(self, timeout=None):
        if not self.counter:
            watcher = Event()
            self.watchers.append(watcher)
            watcher.wait(timeout)
        return self.counter

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()


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
        if place[1].is_set():
            self.hand_on()
        else:
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
