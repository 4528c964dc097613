"""fastrlock's FastRLock."""

from syncproof.vocabulary import Implementation


def load():
    from fastrlock.rlock import FastRLock

    return {"rlock": FastRLock}


implementation = Implementation(
    name="fastrlock",
    primitives=("rlock",),
    load=load,
    about="a re-entrant lock in Cython",
    requires=("fastrlock",),
    distribution="fastrlock",
    extra="fastrlock",
)
