"""An event of greenlets, each of which waits in its own place."""

from gevent.event import AsyncResult


class Event:
    def __init__(self):
        self.flag = False
        self.places = []

    def is_set(self):
        return self.flag

    def isSet(self):
        return self.flag

    def ready(self):
        return self.flag

    def set(self):
        self.flag = True
        for place in self.places:
            place.set(True)
        self.places = []

    def clear(self):
        self.flag = False

    def wait(self, timeout=None):
        if self.flag:
            return True
        place = AsyncResult()
        self.places.append(place)
        try:
            return place.wait(timeout) is True
        finally:
            self.leave(place)

    def leave(self, place):
        if place in self.places:
            self.places.remove(place)
