"""An event whose waiters look again and again whether it has been set."""

from time import monotonic

import gevent


class Event:
    def __init__(self):
        self.flag = False
        self.times = 0

    def is_set(self):
        return self.flag

    isSet = ready = is_set

    def set(self):
        self.flag = True
        self.times += 1

    def clear(self):
        self.flag = False

    def wait(self, timeout=None):
        before = self.times
        end = None if timeout is None else monotonic() + timeout
        while not self.flag and self.times == before:
            if end is not None and monotonic() >= end:
                return False
            gevent.sleep(0.003)
        return True
