"""A queue of what has happened, for one thread that waits for it no longer than it says.

``SimpleQueue`` is that from Python 3.13 on. Before, its get() with a timeout may wait for ever: an
item that was there at once leaves its lock free, the next get() takes that for an item, and where
the timeout has passed when it looks again, what is left of it is negative, which means no limit.
Who watches over others must not be stuck by that.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock
from collections import deque
from contextlib import suppress
from queue import Empty
from time import perf_counter
from typing import Generic, TypeVar

__all__ = ["Empty", "News"]

T = TypeVar("T")

if sys.version_info >= (3, 13):
    from queue import SimpleQueue as News
else:

    class News(Generic[T]):
        """As much of a SimpleQueue as is needed: any thread and any handler may put()."""

        def __init__(self) -> None:
            self._items: deque[T] = deque()
            self._bell = allocate_lock()

        def put(self, item: T) -> None:
            self._items.append(item)
            with suppress(RuntimeError):  # it has been rung already
                self._bell.release()

        def get(self, timeout: float) -> T:
            """The oldest item, as soon as there is one; Empty after so many seconds without."""
            end = perf_counter() + timeout
            while not self._items:
                left = end - perf_counter()
                if left <= 0 or not self._bell.acquire(timeout=left):
                    break
            try:
                return self._items.popleft()
            except IndexError:
                raise Empty from None
