"""The kernel's view of threads, here or in a child: who sleeps, where, how often it was switched.

Linux tells through ``/proc/PID/task``: whether a thread is asleep (``stat``), the system call that
it sleeps in and that call's arguments (``syscall``), how long it waited for a processor and how
often it ran (``schedstat``). Elsewhere there is no view, and the driver settles.
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

TASKS = "/proc/self/task"


class Glance(NamedTuple):
    """One look at one thread."""

    #: Asleep in a wait for a lock that has no timeout.
    waits_untimed: bool
    #: How often it has been given a processor: it has not run between two equal numbers.
    turns: bytes
    #: Seconds for which it was ready to run and no processor was free.
    run_delay: float
    #: Asleep in another system call than a wait for a lock.
    waits_elsewhere: bool = False
    #: The processor time it has had, if it is ready to run or runs; else empty. The kernel tells
    #: how long a thread was kept waiting only when it runs again: one that is ready and has had
    #: none between two looks may have been waiting all the while.
    ready: bytes = b""

    def beside(self, other: Glance, waits_untimed: bool) -> Glance:
        """The look at an actor that is two threads, one of which works for the other."""
        return Glance(
            waits_untimed=waits_untimed,
            turns=self.turns + b" " + other.turns,
            run_delay=self.run_delay + other.run_delay,
            ready=self.ready + other.ready,
        )


class View:
    """Looks at one thread again and again, of this process or of another; keeps the files open."""

    def __init__(self, tid: int, process: int | str = "self") -> None:
        self.files: list[int] = []
        tasks = TASKS if process == "self" else f"/proc/{process}/task"
        try:
            for name in ("stat", "schedstat", "syscall"):
                self.files.append(os.open(f"{tasks}/{tid}/{name}", os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            self.close()
            raise

    def glance(self) -> Glance:
        """Raises OSError when the thread is gone."""
        stat, schedstat, syscall = self.files
        state = os.pread(stat, 512, 0)
        letter = state[state.rindex(b")") + 2 :][:1]
        asleep = letter == b"S"
        used, delay, turns = os.pread(schedstat, 64, 0).split()
        call = os.pread(syscall, 256, 0).split() if asleep else []
        return Glance(
            waits_untimed=_is_untimed_wait(call),
            turns=turns,
            run_delay=int(delay) / 1e9,
            waits_elsewhere=len(call) > 1 and call[0] not in _untimed_calls,
            ready=used if letter == b"R" else b"",
        )

    def close(self) -> None:
        for file in self.files:
            os.close(file)
        self.files = []


def threads(process: int | str = "self") -> set[int]:
    """The kernel's ids of all threads of a process."""
    return {int(name) for name in os.listdir(f"/proc/{process}/task")}


def turns() -> dict[int, bytes]:
    """How often each thread of this process has run."""
    seen = {tid: _glance(tid) for tid in threads()}
    return {tid: glance.turns for tid, glance in seen.items() if glance is not None}


class Helpers:
    """The threads of this process that may be an implementation's own: whether they are kept from
    running.
    """

    def __init__(self) -> None:
        #: Seconds for which they have waited for a processor, all together.
        self.run_delay = 0.0
        #: Whether one is ready to run, and has had no processor time since the last look.
        self.held_up = False
        self._seen: dict[int, Glance] = {}

    def look(self, others: Collection[int]) -> None:
        """Look at all threads but those and the one that asks."""
        before, self._seen = self._seen, {}
        self.held_up = False
        for tid in threads().difference(others, (threading.get_native_id(),)):
            glance = _glance(tid)
            if glance is None:
                continue
            self._seen[tid] = glance
            last = before.get(tid, NEVER)
            self.run_delay += glance.run_delay - last.run_delay
            self.held_up |= bool(glance.ready) and glance.ready == last.ready


#: A look at a thread that has not begun.
NEVER = Glance(waits_untimed=False, turns=b"", run_delay=0.0)


def others_are_quiet(
    mine: Collection[int], bystanders: Mapping[int, bytes], process: int | str = "self"
) -> bool:
    """Whether no thread but these and the one that asks can be about to wake anybody.

    ``bystanders`` are threads that were there before, and how often each had run then.
    """
    for tid in threads(process).difference(mine, (threading.get_native_id(),)):
        glance = _glance(tid, process)
        if glance is None or glance.waits_untimed:
            continue
        if bystanders.get(tid) != glance.turns:
            return False
    return True


def _glance(tid: int, process: int | str = "self") -> Glance | None:
    """A look at a thread, which may end meanwhile."""
    try:
        view = View(tid, process)
    except OSError:
        return None
    try:
        return view.glance()
    except (OSError, ValueError):
        return None
    finally:
        view.close()


#: The system calls in which a thread was seen to wait for a lock without a timeout.
_untimed_calls: set[bytes] = set()


def _is_untimed_wait(fields: Sequence[bytes]) -> bool:
    # number, six arguments, stack and instruction pointer; the timeout of a futex is its fourth
    return len(fields) > 4 and fields[0] in _untimed_calls and fields[4] == b"0x0"


#: What `available` has found; above it, since PyPy takes no annotation below a global statement.
_available: bool | None = None


def available() -> bool:
    """Whether there is a view here; looks once at how an untimed wait for a lock shows."""
    global _available
    if _available is None:
        try:
            _available = _calibrate()
        except (OSError, ValueError):
            _available = False
    return _available


def _calibrate() -> bool:
    if not sys.platform.startswith("linux") or not os.path.isdir(TASKS):  # noqa: PTH112
        return False
    lock = _thread.allocate_lock()
    lock.acquire()
    tids: list[int] = []

    def wait() -> None:
        tids.append(threading.get_native_id())
        lock.acquire()
        lock.release()

    thread = threading.Thread(target=wait, name="syncproof-calibration", daemon=True)
    thread.start()
    try:
        return _learn(tids)
    finally:
        lock.release()
        thread.join()


def _learn(tids: list[int]) -> bool:
    """Three equal looks at a thread that waits for a lock teach what such a wait looks like."""
    seen: list[tuple[bytes, ...]] = []
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        time.sleep(0.001)
        if not tids:
            continue
        base = f"{TASKS}/{tids[0]}"
        with open(f"{base}/schedstat", "rb") as file:
            turns = file.read().split()[2]
        with open(f"{base}/syscall", "rb") as file:
            fields = file.read().split()
        if len(fields) < 5:
            seen.clear()
            continue
        seen.append((turns, fields[0], fields[4]))
        if len(seen) >= 3 and len(set(seen[-3:])) == 1:
            if fields[4] == b"0x0":
                _untimed_calls.add(fields[0])
            return bool(_untimed_calls)
    return False
