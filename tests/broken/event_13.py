"""An event: a flag that waiting threads look at now and then."""

from threading import TIMEOUT_MAX, Lock
from time import monotonic, sleep

poll_interval = 0.001


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event:
    def __init__(self):
        self._mutex = Lock()
        self._flag = False

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._mutex:
            self._flag = True

    def clear(self):
        with self._mutex:
            self._flag = False

    def wait(self, timeout=None):
        seconds = _seconds(timeout)
        deadline = None if seconds is None else monotonic() + seconds
        with self._mutex:
            if self._flag:
                return True
        while not self._flag:
            pause = poll_interval
            if deadline is not None:
                pause = min(pause, deadline - monotonic())
                if pause <= 0:
                    return False
            sleep(pause)
        return True
