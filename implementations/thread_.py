"""The locks of _thread, below threading."""

from syncproof.implementations.threading_ import LOCK

from syncproof.vocabulary import Implementation


def load():
    import _thread

    return {"lock": _thread.allocate_lock, "rlock": _thread.RLock}


implementation = Implementation(
    name="_thread",
    primitives=("lock", "rlock"),
    load=load,
    about="the locks below threading",
    deviations=LOCK,
)
