"""serp-threading's primitives: state machines of their own, under threading's names."""

from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Implementation


def load():
    import serp_threading

    factories = {name: getattr(serp_threading, kind) for name, kind in CLASS_NAMES.items()}
    extras = ("BrokenBarrierError", "TIMEOUT_MAX")
    return {**factories, **{name: getattr(serp_threading, name) for name in extras}}


implementation = Implementation(
    name="serp-threading",
    primitives=PRIMITIVES,
    load=load,
    about="a drop-in threading of the Serpentine project",
    requires=("serp_threading",),
    distribution="serp-threading",
    extra="serp-threading",
    lacks={
        "event.aliases": "isSet() is a deprecated name, and not in its documentation",
        "condition.aliases": "notifyAll() is a deprecated name, and not in its documentation",
        "barrier.action": "its barriers take no action, as documented",
    },
)
