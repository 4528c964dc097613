"""gevent's own primitives, for greenlets of one thread."""

from syncproof.vocabulary import Implementation


def load():
    import gevent.event
    import gevent.lock

    return {
        "rlock": gevent.lock.RLock,
        "semaphore": gevent.lock.Semaphore,
        "bounded_semaphore": gevent.lock.BoundedSemaphore,
        "event": gevent.event.Event,
    }


implementation = Implementation(
    name="gevent",
    primitives=("rlock", "semaphore", "bounded_semaphore", "event"),
    load=load,
    model="gevent",
    family="gevent",
    about="gevent's own primitives",
    requires=("gevent",),
    distribution="gevent",
    extra="gevent",
)
