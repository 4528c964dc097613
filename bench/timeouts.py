"""Waits that end by their timeout: how much later than asked they end."""

from functools import partial
from time import perf_counter

from syncproof.bench.alone import held_by_another

from syncproof.timing.scenarios import SYNC, IncorrectError, scenario

TIMEOUT = 0.001
OPERATION = f"a wait of {TIMEOUT * 1000:.0f} ms that ends by its timeout: how much later it ends"
READING = (
    "time above the timeout: the system's timer and the wake-up, some 50 to 100 microseconds;"
    " above that, whoever polls. Read the percentiles"
)


@scenario(
    "overshoot",
    primitives=("lock", "rlock", "semaphore", "bounded_semaphore"),
    models=SYNC,
    kind="latency",
    needs=("acquire", "acquire.timeout"),
    operation=OPERATION,
    reading=READING,
    floor=False,
)
def overshoot(setting):
    thing = held_by_another(setting)
    return partial(_overshoots, lambda: thing.acquire(True, TIMEOUT))


@scenario(
    "overshoot",
    primitives=("event",),
    models=SYNC,
    kind="latency",
    needs=("wait.timeout",),
    operation=OPERATION,
    reading=READING,
    floor=False,
)
def overshoot_event(setting):
    event = setting.make()
    return partial(_overshoots, lambda: event.wait(TIMEOUT))


@scenario(
    "overshoot",
    primitives=("condition",),
    models=SYNC,
    kind="latency",
    needs=("with", "wait.timeout"),
    operation=OPERATION,
    reading=READING,
    floor=False,
)
def overshoot_condition(setting):
    condition = setting.make()

    def wait():
        with condition:
            return condition.wait(TIMEOUT)

    return partial(_overshoots, wait)


@scenario(
    "overshoot",
    primitives=("barrier",),
    models=SYNC,
    kind="latency",
    needs=("wait.timeout", "reset"),
    operation=f"{OPERATION}, and the barrier is broken and reset",
    reading=READING,
    floor=False,
)
def overshoot_barrier(setting):
    barrier = setting.make(2)

    def wait():
        try:
            barrier.wait(TIMEOUT)
        except Exception:  # whichever broken barrier is raised here
            barrier.reset()
            return False
        return True

    return partial(_overshoots, wait)


def _overshoots(wait, loops):
    found = []
    for _ in range(loops):
        start = perf_counter()
        in_time = wait()
        late = perf_counter() - start - TIMEOUT
        if in_time:
            raise IncorrectError("a wait for what nobody gives succeeded")
        found.append(max(late, 1e-9))
    return found
