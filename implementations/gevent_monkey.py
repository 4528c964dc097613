"""The standard library's threading as gevent.monkey.patch_all() leaves it.

The whole process is patched when this is loaded, as its users would have it: it is meant for a
process that checks this and nothing else, which is what `syncproof check` starts.
"""

from syncproof.implementations.threading_ import CONDITION
from syncproof.implementations.threading_python import returns_one

from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Implementation


def load():
    import gevent.monkey

    gevent.monkey.patch_all()
    import threading

    return {p: getattr(threading, CLASS_NAMES[p]) for p in PRIMITIVES}


#: The patched RLock is the standard library's in Python.
PYTHON_RLOCK = tuple(
    map(
        returns_one,
        (
            "rlock.acquire.returns-true",
            "rlock.acquire.timeout-success-early",
            "rlock.acquire.timeout-zero",
            "cond.acquire.returns-lock-result",
        ),
    )
)

implementation = Implementation(
    name="gevent-monkey",
    primitives=PRIMITIVES,
    load=load,
    model="gevent",
    family="gevent-monkey",
    twin_of="threading",
    about="threading after gevent.monkey.patch_all()",
    requires=("gevent",),
    distribution="gevent",
    extra="gevent",
    deviations=(*PYTHON_RLOCK, *CONDITION),
)
