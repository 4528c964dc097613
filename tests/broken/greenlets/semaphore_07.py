"""A semaphore of greenlets that hands each permit to the first in a line."""

from collections import deque

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
            turn.wait(timeout and timeout / 2)
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
