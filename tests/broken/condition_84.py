"""Every waiter sleeps on an event of its own."""

import threading
import time


class Condition:
    def __init__(self, lock=None):
        if lock is None:
            lock = threading.RLock()
        self._lock = lock
        self._guard = threading.Lock()
        self._events = {}  # in the order in which the waiters came

    def acquire(self, *args, **kwargs):
        return self._lock.acquire(*args, **kwargs)

    def release(self):
        return self._lock.release()

    def locked(self):
        if hasattr(self._lock, "locked"):
            return self._lock.locked()
        if self._lock._is_owned():
            return True
        free = self._lock.acquire(False)
        if free:
            self._lock.release()
        return not free

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()

    def _prepare(self, timeout=None):
        lock = self._lock
        held = lock._is_owned() if hasattr(lock, "_is_owned") else lock.locked()
        if not held:
            raise RuntimeError("condition used without its lock")
        if timeout is None:
            return None
        timeout = float(timeout)
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return max(timeout, 0)

    def wait(self, timeout=None):
        timeout = self._prepare(timeout)
        event = threading.Event()
        with self._guard:
            self._events[event] = None
        saved = self._unlock()
        try:
            event.wait(timeout)
        finally:
            with self._guard:
                notified = event.is_set()
                self._events.pop(event, None)
            self._relock(saved)
        return notified

    def _unlock(self):
        if hasattr(self._lock, "_release_save"):
            return self._lock._release_save()
        self._lock.release()
        return None

    def _relock(self, saved):
        if hasattr(self._lock, "_acquire_restore"):
            self._lock._acquire_restore(saved)
        else:
            self._lock.acquire()

    def wait_for(self, predicate, timeout=None):
        lock = self._lock
        if not (lock._is_owned() if hasattr(lock, "_is_owned") else lock.locked()):
            with self:
                return self.wait_for(predicate, timeout)
        timeout = self._prepare(timeout)
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            value = predicate()
            if value:
                return value
            if end is not None:
                timeout = min(end - time.monotonic(), threading.TIMEOUT_MAX)
                if timeout <= 0:
                    return value
            self.wait(timeout)

    def notify(self, n=1):
        self._prepare()
        with self._guard:
            self._set(list(self._events)[:n])

    def notify_all(self):
        self._prepare()
        with self._guard:
            self._set(list(self._events))

    notifyAll = notify_all

    def _set(self, events):
        for event in events:
            event.set()
            del self._events[event]
