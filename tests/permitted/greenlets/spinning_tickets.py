"""A semaphore whose waiters take a ticket, and spin until it is their turn."""

from collections import deque
from time import monotonic

import gevent


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("a semaphore cannot begin below zero")
        self.counter = value
        self.tickets = deque()

    def locked(self):
        return self.counter == 0

    def ready(self):
        return self.counter > 0

    def acquire(self, blocking=True, timeout=None):
        if not blocking and (self.tickets or not self.counter):
            return False
        ticket = object()
        end = None if timeout is None else monotonic() + timeout
        self.tickets.append(ticket)
        try:
            while self.tickets[0] is not ticket or not self.counter:
                if end is not None and monotonic() >= end:
                    return False
                gevent.sleep(0)
            self.counter -= 1
            return True
        finally:
            self.tickets.remove(ticket)

    def release(self):
        self.counter += 1

    def wait(self, timeout=None):
        end = None if timeout is None else monotonic() + timeout
        while not self.counter and (end is None or monotonic() < end):
            gevent.sleep(0.001)
        return self.counter

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()
