"""One thread asleep and one that wakes it: how long until it is back, event by event.

Ping-pong says what a round trip costs on the average, with both threads wide awake. Here the one
that is woken has slept for a millisecond, so that its processor may be idle, and each time is kept:
percentiles are what a latency is read by.
"""

import threading
import time
from contextlib import closing, suppress
from queue import SimpleQueue
from time import perf_counter

from syncproof.actors import kernel
from syncproof.timing.scenarios import IncorrectError, scenario

#: For so long the sleeper has slept before it is woken, in seconds.
ASLEEP = 0.001
#: A sleeper that the kernel shows awake is given so long to fall asleep.
PATIENCE = 0.05

OPERATION = "from the call that wakes a thread, asleep for a millisecond, until"
READING = (
    "until=back: the thread's own return; until=done: the end of the call itself. Read the"
    " percentiles: the median is the machine's, the 99th what users feel"
)
#: What is timed: the sleeper's return, or that of the call that wakes it.
UNTIL = ("back", "done")


@scenario(
    "wake",
    core=True,
    primitives=("lock", "semaphore", "bounded_semaphore"),
    kind="latency",
    needs=("acquire",),
    relies_on=("lock.release.any-thread",),
    operation=f"{OPERATION} it has acquired what was released, or until release() returns",
    reading=READING,
    floor=False,
    until=UNTIL,
)
def wake(setting):
    def events(loops):
        gate = setting.make()
        gate.acquire()
        return _wakings(setting, loops, gate.acquire, gate.release)

    return events


@scenario(
    "wake",
    core=True,
    primitives=("event",),
    kind="latency",
    needs=("clear",),
    operation=f"{OPERATION} its wait() has returned, or until set() returns",
    reading=READING,
    floor=False,
    until=UNTIL,
)
def wake_event(setting):
    def events(loops):
        event = setting.make()

        def sleep():
            if event.wait() is False:
                raise IncorrectError("wait() without a timeout returned False")

        return _wakings(setting, loops, sleep, event.set, event.clear)

    return events


@scenario(
    "wake",
    core=True,
    primitives=("condition",),
    kind="latency",
    needs=("with", "notify"),
    operation=f"{OPERATION} its wait() has returned, or until notify() and the lock are done with",
    reading=READING,
    floor=False,
    until=UNTIL,
)
def wake_condition(setting):
    def events(loops):
        condition = setting.make()
        due = []

        def sleep():
            with condition:
                while not due:
                    condition.wait()
                due.pop()

        def notify():
            with condition:
                due.append(True)
                condition.notify()

        return _wakings(setting, loops, sleep, notify)

    return events


@scenario(
    "wake",
    core=True,
    primitives=("barrier",),
    kind="latency",
    operation=f"{OPERATION} its wait() has returned, or until that of the last party has",
    reading=READING,
    floor=False,
    until=UNTIL,
)
def wake_barrier(setting):
    def events(loops):
        wait = setting.make(2).wait
        return _wakings(setting, loops, wait, wait)

    return events


def _wakings(setting, loops, sleep, wake, reset=lambda: None):
    """The time of each of so many wakings, until the sleeper is back or the call is done."""
    tids, backs = SimpleQueue(), SimpleQueue()
    found = []

    def sleeper():
        tid = threading.get_native_id()
        for _ in range(loops):
            tids.put(tid)
            sleep()
            back = perf_counter()
            reset()
            backs.put(back)

    def waker():
        for _ in range(loops):
            _let_sleep(tids.get())
            start = perf_counter()
            wake()
            done = perf_counter()
            back = backs.get()
            if back < start:
                raise IncorrectError("it returned before anybody woke it")
            found.append((back if setting["until"] == "back" else done) - start)

    setting.crew.together(sleeper, waker)
    return found


def _let_sleep(tid):
    """Returns when the thread has slept for a while, as far as the kernel lets that be seen."""
    time.sleep(ASLEEP)
    if not kernel.available():
        return
    end = perf_counter() + PATIENCE
    # one that has ended cannot be looked at: what it raised is raised by its crew
    with suppress(OSError), closing(kernel.View(tid)) as view:
        while not view.glance().waits_untimed and perf_counter() < end:
            time.sleep(ASLEEP / 4)
