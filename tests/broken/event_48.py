"""An event over futures, one at a time."""

from concurrent.futures import Future, TimeoutError
from threading import TIMEOUT_MAX, Lock
from time import sleep


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class Event:
    def __init__(self):
        self._change = Lock()
        self._epoch = Future()

    def is_set(self):
        return self._epoch.done()

    isSet = is_set

    def set(self):
        if not self._epoch.done():
            sleep(0.001)
            self._epoch.set_result(True)

    def clear(self):
        with self._change:
            if self._epoch.done():
                self._epoch = Future()

    def wait(self, timeout=None):
        timeout = _seconds(timeout)
        try:
            return self._epoch.result(timeout)
        except TimeoutError:
            return False
