"""Proxies of a multiprocessing manager: threading's primitives, in a process that serves others."""

import sys

from syncproof.implementations.threading_ import CONDITION

from syncproof.vocabulary import CLASS_NAMES, PRIMITIVES, Implementation

METHOD = "spawn" if sys.platform == "win32" else "fork"


def load():
    import multiprocessing
    from multiprocessing.managers import SyncManager

    running = []

    def manager():
        if not running:
            running.append(SyncManager(ctx=multiprocessing.get_context(METHOD)))
            running[0].start(end_with_parent)
        return running[0]

    def made(name):
        return lambda *args, **kwargs: getattr(manager(), name)(*args, **kwargs)

    def barrier(parties, timeout=None):
        return manager().Barrier(parties, None, timeout)

    return {**{p: made(name) for p, name in CLASS_NAMES.items()}, "barrier": barrier}


def end_with_parent():
    """In the manager's process: end when the process that has started it does."""
    import multiprocessing
    import os
    import threading

    def watch():
        multiprocessing.parent_process().join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


NO_N = "the proxy's release() takes no argument"
NO_ALIAS = "the proxies have no names of old"

implementation = Implementation(
    name="multiprocessing-manager",
    primitives=PRIMITIVES,
    load=load,
    model="process",
    start_method=METHOD,
    twin_of="threading",
    about="proxies of threading's locks, which a manager keeps in a process of its own",
    lacks={
        "lock.locked": "the proxy has no locked()",
        "semaphore.release.n": NO_N,
        "bounded_semaphore.release.n": NO_N,
        "event.aliases": NO_ALIAS,
        "condition.aliases": NO_ALIAS,
        "barrier.action": "an action would run in the manager's process",
    },
    deviations=CONDITION,
)
