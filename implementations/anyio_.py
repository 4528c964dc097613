"""anyio's primitives, on asyncio and on trio."""

import dataclasses

from syncproof.vocabulary import Implementation


def load():
    import anyio

    def bounded(value):
        """A semaphore whose bound is its initial value."""
        return anyio.Semaphore(value, max_value=value)

    return {
        "lock": anyio.Lock,
        "semaphore": anyio.Semaphore,
        "bounded_semaphore": bounded,
        "event": anyio.Event,
        "condition": anyio.Condition,
        "WouldBlock": anyio.WouldBlock,
    }


on_asyncio = Implementation(
    name="anyio",
    primitives=("lock", "semaphore", "bounded_semaphore", "event", "condition"),
    load=load,
    model="anyio",
    family="anyio",
    about="anyio's primitives, on asyncio",
    requires=("anyio",),
    distribution="anyio",
    extra="anyio",
)
implementations = [
    on_asyncio,
    dataclasses.replace(
        on_asyncio,
        name="anyio-trio",
        twin_of="anyio",
        model="trio",
        about="anyio's primitives, on trio",
        requires=("anyio", "trio"),
    ),
]
