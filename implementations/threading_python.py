"""The standard library's pure-Python RLock, and Condition over it: what runs where C has none."""

from syncproof.implementations.threading_ import CONDITION

from syncproof.vocabulary import Deviation, Implementation

SOURCE = "https://github.com/python/cpython/blob/main/Lib/threading.py"
RETURNS_ONE = "the owner's further acquire() returns 1, not True"


def load():
    import threading

    class Condition(threading.Condition):
        """A condition whose default lock is the pure-Python one."""

        def __init__(self, lock=None):
            super().__init__(threading._RLock() if lock is None else lock)

    return {"rlock": threading._RLock, "condition": Condition}


def returns_one(clause):
    return Deviation(
        clause=clause,
        does=RETURNS_ONE,
        why="its code counts a level and says return 1",
        link=SOURCE,
    )


implementation = Implementation(
    name="threading-python",
    primitives=("rlock", "condition"),
    load=load,
    about="the standard library's RLock in Python, and Condition over it",
    deviations=(
        returns_one("rlock.acquire.returns-true"),
        returns_one("rlock.acquire.timeout-success-early"),
        returns_one("rlock.acquire.timeout-zero"),
        returns_one("cond.acquire.returns-lock-result"),
        *CONDITION,
    ),
)
