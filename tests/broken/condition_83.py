"""Every waiter has a letter box, and a notify drops something into it."""

import threading
import time
from queue import Empty, SimpleQueue


class Condition:
    def __init__(self, lock=None):
        self._mutex = threading.RLock() if lock is None else lock
        self._boxes = []

    def acquire(self, blocking=True, timeout=-1):
        return self._mutex.acquire(blocking, timeout)

    def release(self):
        self._mutex.release()

    def locked(self):
        mine = getattr(self._mutex, "_is_owned", None)
        if mine is None:
            return self._mutex.locked()
        if mine():
            return True
        free = self._mutex.acquire(blocking=False)
        if free:
            self._mutex.release()
        return not free

    def __enter__(self):
        self._mutex.acquire()
        return self

    def __exit__(self, *details):
        self._mutex.release()

    def _mine(self):
        if hasattr(self._mutex, "_is_owned"):
            return self._mutex._is_owned()
        return self._mutex.locked()

    def _must_hold(self, what):
        if not self._mine():
            raise RuntimeError(f"cannot {what} without the lock")

    def _let_go(self):
        levels = 0
        if hasattr(self._mutex, "_is_owned"):
            while self._mutex._is_owned():
                self._mutex.release()
                levels += 1
        else:
            self._mutex.release()
            levels += 1
        return levels

    def _take_back(self, levels):
        for _ in range(levels):
            self._mutex.acquire()

    @staticmethod
    def _patience(timeout):
        if timeout is None:
            return None
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return float(timeout) if timeout > 0 else 0.0

    def wait(self, timeout=None):
        self._must_hold("wait")
        patience = self._patience(timeout)
        box = SimpleQueue()
        self._boxes.append(box)
        levels = self._let_go()
        try:
            box.get(timeout=patience)
        except Empty:
            pass
        finally:
            self._take_back(levels)
            waiting = box in self._boxes
            if waiting:
                self._boxes.remove(box)
        return not waiting

    def _ask(self, predicate):
        try:
            return predicate()
        except BaseException:
            self._let_go()  # nobody shall wait for a thread that has failed
            raise

    def wait_for(self, predicate, timeout=None):
        self._must_hold("wait")
        patience = self._patience(timeout)
        start = time.monotonic()
        answer = self._ask(predicate)
        while not answer:
            left = patience
            if patience is not None:
                left = patience - (time.monotonic() - start)
                if left <= 0:
                    break
            self.wait(left)
            answer = self._ask(predicate)
        return answer

    def notify(self, n=1):
        self._must_hold("notify")
        chosen, self._boxes = self._boxes[:n], self._boxes[n:]
        for box in chosen:
            box.put(None)

    def notify_all(self):
        self._must_hold("notify")
        chosen, self._boxes = self._boxes, []
        for box in chosen:
            box.put(None)

    notifyAll = notify_all
