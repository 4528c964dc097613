"""A lock that is handed from the one who has it to the one who comes next."""

from _thread import TIMEOUT_MAX, allocate_lock
from collections import OrderedDict


class Lock:
    def __init__(self):
        self._guard = allocate_lock()
        self._taken = False
        self._queue = OrderedDict()

    def acquire(self, blocking=True, timeout=-1):
        if timeout != -1:
            if not blocking:
                raise ValueError("a non-blocking acquire() takes no timeout")
            if timeout < 0:
                raise ValueError("the timeout must not be negative")
            if timeout > TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            if not blocking:
                return False
            bell = allocate_lock()
            bell.acquire()
            self._queue[bell] = True
        try:
            if bell.acquire(True, float(timeout)):
                return True
        except BaseException:
            if not self._go_away(bell):
                self.release()
            raise
        return not self._go_away(bell)

    def _go_away(self, bell):
        with self._guard:
            return self._queue.pop(bell, False)

    def release(self):
        with self._guard:
            if not self._taken:
                raise RuntimeError("release unlocked lock")
            if self._queue:
                bell, _ = self._queue.popitem(last=False)
                bell.release()
                return
        self._taken = False

    def locked(self):
        return self._taken

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
