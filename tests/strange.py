"""A thing with strange methods, for actors that are processes: little is imported with it."""

from __future__ import annotations

import os
import threading
import time


class Odd(Exception):
    """An exception that cannot be unpickled."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


class Lonely:
    """What raises, dies, hangs and returns strange things, in the process of its actor."""

    def raises(self):
        raise Odd("this", "that")

    def raises_a_local_one(self):
        class Local(BlockingIOError):
            pass

        raise Local("of this function")

    def dies(self, code):
        os._exit(code)

    def spins(self):
        while True:
            pass

    def sleeps(self, seconds):
        time.sleep(seconds)

    def pid(self):
        return os.getpid()

    def ident(self):
        return threading.current_thread() is threading.main_thread()

    def opaque(self):
        return threading.Lock()

    def itself(self):
        return self

    def echo(self, *args, **kwargs):
        return args, kwargs

    def asks(self, function, *args):
        return function(*args)

    @property
    def where(self):
        return os.getpid()
