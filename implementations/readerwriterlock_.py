"""The writer's side of readerwriterlock's fair lock, as a Lock."""

from syncproof.vocabulary import Implementation


def load():
    from readerwriterlock.rwlock import RWLockFair

    def Lock():  # noqa: N802 (a factory in a class's place)
        return RWLockFair().gen_wlock()

    return {"lock": Lock}


implementation = Implementation(
    name="readerwriterlock",
    primitives=("lock",),
    load=load,
    about="a readers-writer lock; its writer alone",
    requires=("readerwriterlock",),
    distribution="readerwriterlock",
    extra="readerwriterlock",
)
