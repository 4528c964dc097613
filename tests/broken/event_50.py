"""An event: waiting threads are counted, and let go all at once."""

from threading import TIMEOUT_MAX, Lock, Semaphore


def _seconds(timeout):
    if timeout is None:
        return None
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return float(timeout)


class _Crowd:
    """The threads that wait for one and the same set()."""

    def __init__(self):
        self.size = 0
        self.passes = Semaphore(0)


class Event:
    def __init__(self):
        self._mutex = Lock()
        self._flag = False
        self._crowd = _Crowd()

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        with self._mutex:
            self._flag = True
            crowd, self._crowd = self._crowd, _Crowd()
            if crowd.size:
                crowd.passes.release(crowd.size)

    def clear(self):
        with self._mutex:
            self._flag = False
            self._crowd = _Crowd()

    def wait(self, timeout=None):
        timeout = _seconds(timeout)
        with self._mutex:
            if self._flag:
                return True
            crowd = self._crowd
            crowd.size += 1
        passed = False
        try:
            passed = crowd.passes.acquire(timeout=timeout)
        finally:
            with self._mutex:
                if crowd is self._crowd:
                    crowd.size -= 1
                else:
                    passed = True
        return passed
