"""eventlet's semaphores, and the module that it has for threading, for greenlets of one thread."""

import warnings

from syncproof.implementations.gevent_monkey import PYTHON_RLOCK
from syncproof.implementations.threading_ import CONDITION

from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Implementation


def quiet(load):
    """With the warning that eventlet is not for new projects left out."""

    def loading():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load()

    return loading


@quiet
def load():
    import eventlet.semaphore

    return {
        "semaphore": eventlet.semaphore.Semaphore,
        "bounded_semaphore": eventlet.semaphore.BoundedSemaphore,
    }


@quiet
def load_green():
    from eventlet.green import threading

    found = {p: getattr(threading, CLASS_NAMES[p]) for p in PRIMITIVES}
    return {**found, "BrokenBarrierError": threading.BrokenBarrierError}


native = Implementation(
    name="eventlet",
    primitives=("semaphore", "bounded_semaphore"),
    load=load,
    model="eventlet",
    family="eventlet",
    about="eventlet.semaphore",
    requires=("eventlet",),
    distribution="eventlet",
    extra="eventlet",
)
green = Implementation(
    name="eventlet-green",
    primitives=PRIMITIVES,
    load=load_green,
    model="eventlet",
    family="eventlet-green",
    twin_of="threading",
    about="eventlet.green.threading, the standard library on greenlets",
    requires=("eventlet",),
    distribution="eventlet",
    extra="eventlet",
    deviations=(*PYTHON_RLOCK, *CONDITION),
)
implementations = [native, green]
