"""The semaphore of the standard library, looking at the timeout first."""

import threading


class Semaphore(threading.Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._holders = []

    def acquire(self, blocking=True, timeout=None):
        if timeout is not None:
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
            timeout = float(timeout)
        acquired = super().acquire(blocking, timeout)
        if acquired:
            self._holders.append(threading.current_thread())
        return acquired

    def release(self, n=1):
        me = threading.current_thread()
        if self._holders and me not in self._holders:
            raise RuntimeError("cannot release a permit of another thread")
        for _ in range(min(n, self._holders.count(me))):
            self._holders.remove(me)
        super().release(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()
