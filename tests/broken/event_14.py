"""The standard library's event, with a timeout that may be any real number."""

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

    def wait(self, timeout=None):
        super().wait(_seconds(timeout))
        return self.is_set()
