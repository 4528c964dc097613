"""Threads that are used again and again, and can be looked at meanwhile."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from syncproof.actors import kernel

Job = Callable[[], Any]


class Worker:
    """A thread that does one job after another."""

    def __init__(self) -> None:
        self.mailbox: SimpleQueue[Job | None] = SimpleQueue()
        self.working = False
        self.tid = 0
        self._view: kernel.View | None = None
        _thread.start_new_thread(self._work, ())

    def give(self, job: Job) -> None:
        self.mailbox.put(job)

    def dismiss(self) -> None:
        """It ends, as soon as it can."""
        self.mailbox.put(None)
        if self._view is not None:
            self._view.close()
            self._view = None

    def _work(self) -> None:
        self.tid = threading.get_native_id()
        while True:
            job = self.mailbox.get()
            if job is None:
                return
            self.working = True
            job()
            self.working = False

    @property
    def busy(self) -> bool:
        """Whether it has something to do: not to the instant, between one job and the next."""
        return self.working or not self.mailbox.empty()

    def run_delay(self) -> float:
        """Seconds for which it was ready to run and the machine was busy with others."""
        glance = self._glance()
        return 0.0 if glance is None else glance.run_delay

    def asleep(self) -> bytes:
        """If the kernel knows it to wait for a lock without a timeout: how often it has run."""
        glance = self._glance()
        return glance.turns if glance is not None and glance.waits_untimed else b""

    def _glance(self) -> kernel.Glance | None:
        try:
            if self._view is None:
                if not self.tid or not kernel.available():
                    return None
                self._view = kernel.View(self.tid)
            return self._view.glance()
        except OSError:
            return None
