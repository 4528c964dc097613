"""The event of the standard library with checked timeouts."""

import threading
from threading import TIMEOUT_MAX


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event(threading.Event):
    isSet = threading.Event.is_set

    def wait(self, seconds=None):
        return super().wait(_seconds(seconds))
