"""One implementation under test: its factories, loaded, and what it offers."""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from syncproof.vocabulary import CLASS_NAMES, Implementation


class Subject:
    """An implementation, loaded. ``factories`` maps a primitive to what makes one."""

    def __init__(self, implementation: Implementation) -> None:
        self.implementation = implementation
        loaded: Mapping[str, Any] = implementation.load()
        self.factories: dict[str, Callable[..., Any]] = {
            p: loaded[p] for p in implementation.primitives if p in loaded
        }
        self.broken_barrier_error: type[BaseException] = loaded.get(
            "BrokenBarrierError", threading.BrokenBarrierError
        )
        library = sys.modules.get(implementation.model)  # a target that has none means that one's
        self.would_block: type[BaseException] = loaded.get(
            "WouldBlock", getattr(library, "WouldBlock", BlockingIOError)
        )
        #: What a wait raises whose time is up, where that is no False: one class, or several.
        self.timed_out: Any = loaded.get("TimeoutError", TimeoutError)
        self.timeout_max: float = loaded.get("TIMEOUT_MAX", threading.TIMEOUT_MAX)

    def presented(self, present: Callable[[Callable[..., Any], str], Any]) -> Subject:
        """The same with other factories: what ``present(factory, its name)`` returns for each."""
        other = copy.copy(self)
        other.factories = {p: present(f, CLASS_NAMES[p]) for p, f in self.factories.items()}
        return other

    def lock_factory(self, kind: str) -> Callable[..., Any]:
        """What makes a lock or rlock to put under a condition: this provider's where it has one."""
        own = self.factories.get(kind)
        if own is None:
            own = getattr(threading, CLASS_NAMES[kind])
        return own


#: Called with what makes a primitive; some with what makes a lock as well.
Probe = Callable[..., Any]


def _acquire(make: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return make().acquire(*args, **kwargs)


def _either(*probes: Probe) -> Probe:
    """Offered if one of the ways to ask for it works: how it is spelt is for the clauses to say."""

    def probe(make: Callable[..., Any]) -> Any:
        for way in probes[:-1]:
            try:
                return way(make)
            except (TypeError, AttributeError):
                continue
        return probes[-1](make)

    return probe


def _has(*names: str) -> Probe:
    def probe(make: Callable[..., Any]) -> None:
        thing = make()
        for name in names:
            getattr(thing, name)

    return probe


def _made_has(name: str) -> Probe:
    """As _has, of what can be made; that it cannot be made at all is for the clauses to say."""

    def probe(make: Callable[..., Any]) -> None:
        try:
            thing = make()
        except Exception:
            return
        getattr(thing, name)

    return probe


def _barrier_has(*names: str) -> Probe:
    return lambda make: _has(*names)(lambda: make(2))


def _with(make: Callable[..., Any]) -> None:
    kind = type(make())
    kind.__enter__  # noqa: B018
    kind.__exit__  # noqa: B018


#: What a primitive is nothing without: every test needs it.
CORE: Mapping[str, tuple[str, ...]] = {
    "lock": ("acquire", "release"),
    "rlock": ("acquire", "release"),
    "semaphore": ("acquire", "release"),
    "bounded_semaphore": ("acquire", "release"),
    "event": ("set", "wait"),
    "condition": ("wait",),
    "barrier": ("wait",),
}

_BLOCKING = _either(
    lambda make: _acquire(make, False), lambda make: _acquire(make, blocking=False)
)
_TIMEOUT = _either(
    lambda make: _acquire(make, True, 60), lambda make: _acquire(make, timeout=60)
)
_LOCK: dict[str, Probe] = {
    "acquire": _made_has("acquire"),
    "release": _made_has("release"),
    "acquire.blocking": _BLOCKING,
    "acquire.timeout": _TIMEOUT,
    "acquire_nowait": _has("acquire_nowait"),
    "green_acquire": _has("green_acquire", "green_release"),
    "locked": _has("locked"),
    "with": _with,
}


def _with_one(probe: Probe) -> Probe:
    """As the probe, of a semaphore that is given its value: a default is for the clauses to ask."""
    return lambda make: probe(lambda: make(1))


_SEMAPHORE: dict[str, Probe] = {
    **{name: _with_one(probe) for name, probe in _LOCK.items()},
    "value": _with_one(_has("value")),
    "ready": _with_one(_has("ready")),
    "wait": _with_one(_has("wait")),
    "release.n": lambda make: make(2).release(2),
}

#: For each primitive and capability a call that an implementation without it answers with
#: TypeError or AttributeError. A capability without an entry is taken as offered.
PROBES: Mapping[str, Mapping[str, Probe]] = {
    "lock": _LOCK,
    "rlock": _LOCK,
    "semaphore": _SEMAPHORE,
    "bounded_semaphore": _SEMAPHORE,
    "event": {
        "set": _made_has("set"),
        "wait": _made_has("wait"),
        "wait.timeout": _either(
            lambda make: make().wait(0), lambda make: make().wait(timeout=0)
        ),
        "is_set": _has("is_set"),
        "clear": _has("clear"),
        "ready": _has("ready"),
        "aliases": _has("isSet"),
    },
    "condition": {
        "wait": _made_has("wait"),
        "lock-argument": lambda make, lock: make(lock()),
        "with": _with,
        "acquire": _has("acquire", "release"),
        "acquire.blocking": _BLOCKING,
        "acquire.timeout": _TIMEOUT,
        "wait.timeout": _either(
            lambda make: make().wait(0), lambda make: make().wait(timeout=0)
        ),
        "wait_for": _has("wait_for"),
        "notify": _has("notify"),
        "notify.n": lambda make: make().notify(2),
        "notify_all": _has("notify_all"),
        "locked": _has("locked"),
        "aliases": _has("notifyAll"),
    },
    "barrier": {
        "wait": lambda make: _made_has("wait")(lambda: make(2)),
        "with": lambda make: _with(lambda: make(2)),
        "action": lambda make: make(2, action=lambda: None),
        "timeout-argument": lambda make: make(2, timeout=60),
        "wait.timeout": _either(
            lambda make: make(1).wait(60), lambda make: make(1).wait(timeout=60)
        ),
        "reset": _barrier_has("reset"),
        "abort": _barrier_has("abort"),
        "parties": _barrier_has("parties"),
        "n_waiting": _barrier_has("n_waiting"),
        "broken": _barrier_has("broken"),
    },
}


#: Capabilities whose probe needs a lock.
ASK_FOR_A_LOCK = ("lock-argument",)


def lacks(
    primitive: str,
    capability: str,
    make: Callable[..., Any],
    lock: Callable[..., Any] = threading.RLock,
) -> str:
    """Why a capability is missing; empty if it is offered, or if the probe says nothing of it.

    ``lock`` makes one to put under a condition. Runs the implementation: call it where that may
    hang.
    """
    probe = PROBES[primitive].get(capability)
    if probe is None:
        return ""
    try:
        probe(make, lock) if capability in ASK_FOR_A_LOCK else probe(make)
    except (TypeError, AttributeError, NotImplementedError) as error:
        return f"{type(error).__name__}: {error}"
    except Exception:  # it is there, and does something: the clauses judge what
        return ""
    return ""
