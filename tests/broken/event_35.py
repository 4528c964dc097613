"""The standard library's event, ready for use."""

import threading
from threading import TIMEOUT_MAX


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event(threading.Event):
    def __init__(self):
        super().__init__()
        self.set()

    isSet = threading.Event.is_set

    def wait(self, timeout=None):
        return super().wait(_seconds(timeout))
