"""The standard library's pure-Python RLock, and Condition over it: what runs where C has none."""

from syncproof.vocabulary import Deviation, Implementation


def load():
    import threading

    class Condition(threading.Condition):
        """A condition whose default lock is the pure-Python one."""

        def __init__(self, lock=None):
            super().__init__(threading._RLock() if lock is None else lock)

    return {"rlock": threading._RLock, "condition": Condition}


implementation = Implementation(
    name="threading-python",
    primitives=("rlock", "condition"),
    load=load,
    about="the standard library's RLock in Python, and Condition over it",
    deviations=(),
)
