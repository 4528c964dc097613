"""trio's own primitives."""

from syncproof.vocabulary import Implementation


def load():
    import trio

    def bounded(value):
        """A semaphore whose bound is its initial value."""
        return trio.Semaphore(value, max_value=value)

    return {
        "lock": trio.Lock,
        "semaphore": trio.Semaphore,
        "bounded_semaphore": bounded,
        "event": trio.Event,
        "condition": trio.Condition,
        "WouldBlock": trio.WouldBlock,
    }


implementation = Implementation(
    name="trio",
    primitives=("lock", "semaphore", "bounded_semaphore", "event", "condition"),
    load=load,
    model="trio",
    family="trio",
    about="trio's own primitives",
    requires=("trio",),
    distribution="trio",
    extra="trio",
)
