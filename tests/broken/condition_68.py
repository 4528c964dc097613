"""The condition of the standard library, checked a little more strictly."""

import threading


class Condition(threading.Condition):
    def _check(self, timeout=None):
        if not self._is_owned():
            raise RuntimeError("the lock of the condition is not held")
        if timeout is None:
            return None
        if timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return float(timeout)

    def locked(self):
        if self._is_owned():
            return True
        if self.acquire(False):
            self.release()
            return False
        return True

    def wait(self, timeout=None):
        return super().wait(self._check(timeout))

    def wait_for(self, condition, timeout=None):
        return super().wait_for(condition, self._check(timeout))
