"""The words of the field, as plain frozen data: primitives, clauses, implementations, deviations.

Everything else in syncproof speaks in these terms. Nothing here imports anything but the standard
library, and nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The seven primitives, in the order in which they are shown, and the class name of each.
CLASS_NAMES: Mapping[str, str] = {
    "lock": "Lock",
    "rlock": "RLock",
    "semaphore": "Semaphore",
    "bounded_semaphore": "BoundedSemaphore",
    "event": "Event",
    "condition": "Condition",
    "barrier": "Barrier",
}
PRIMITIVES: tuple[str, ...] = tuple(CLASS_NAMES)

#: The execution models, and the family whose documentation a target of each is held to.
MODELS: Mapping[str, str] = {
    "thread": "threading",
    "process": "multiprocessing",
    "asyncio": "asyncio",
    "uvloop": "asyncio",
    "trio": "trio",
    "anyio": "anyio",
    "gevent": "gevent",
    "eventlet": "eventlet",
    # actors of two kinds: only aiologic's documentation says what is promised then
    "mixed": "aiologic",
    "mixed-tasks-first": "aiologic",
    "loops": "aiologic",
}

#: How binding a clause is. ``must`` and ``should`` decide conformance (an implementation that
#: departs from one on purpose declares a deviation); ``may`` is a freedom that no test asserts;
#: ``detail`` is what CPython's own tests assert beyond the documentation, off by default;
#: ``property`` is behaviour that the documentation leaves undecided: found and shown, never failed.
LEVELS = ("must", "should", "may", "detail", "property")
BINDING = ("must", "should")

#: Whom a clause binds. A duty of the caller, or a fact of the module, fails no implementation.
SCOPES = ("implementation", "module", "caller", "freedom")

#: What can become of one clause in one test.
OUTCOMES = (
    "pass",
    "fail",
    "deviation",
    "stale-deviation",
    "not-offered",
    "property",
    "skipped",
    "error",
    "hang",
    "crash",
)


@dataclass(frozen=True)
class Clause:
    """One promise of the documentation, in our words."""

    id: str
    text: str
    level: str
    scope: str
    source: str = ""
    primitives: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    needs: tuple[str, ...] = ()
    platform: str = ""

    @property
    def binding(self) -> bool:
        """Whether breaking this clause makes an implementation nonconformant."""
        return self.level in BINDING and self.scope == "implementation"


@dataclass(frozen=True)
class Deviation:
    """A departure that an implementation declares: the clause, what it does instead, and why.

    ``primitives`` and ``variant`` narrow it (empty: every one); ``when`` is an environment marker
    in the notation of package requirements, such as ``python_version < "3.14"``. A deviation that
    no longer shows makes the run fail, so that the list stays true; one that takes a race to show
    is ``by_chance``, and a run in which it does not show says nothing.
    """

    clause: str
    does: str
    why: str
    link: str = ""
    primitives: tuple[str, ...] = ()
    variant: str = ""
    when: str = ""
    by_chance: bool = False

    def covers(self, clause: str, primitive: str, variant: str) -> bool:
        """Whether this deviation speaks of that clause, checked on that primitive and variant."""
        return (
            self.clause == clause
            and (not self.primitives or primitive in self.primitives)
            and (not self.variant or self.variant == variant)
        )


@dataclass(frozen=True)
class Implementation:
    """A provider's factories for some of the seven primitives.

    ``load`` imports the provider and returns the factories by primitive (``"lock"``: callable);
    it may add ``"BrokenBarrierError"`` and ``"TIMEOUT_MAX"`` where they are not threading's,
    ``"WouldBlock"``, which tries raise, and ``"TimeoutError"``, which waits raise.
    Nothing of the provider is imported before ``load`` is called.

    ``requires`` are modules that must be there, ``programs`` what must be on the path, such as a
    server. ``lacks`` names capabilities that the provider does not offer on purpose, with the
    reason (``{"lock.acquire.timeout": "..."}``): clauses that need one are shown as not offered and
    do not count against it. ``start_method`` says how processes are started that can use what it
    makes: fork, forkserver or spawn. ``poll_interval`` is in seconds, for waits that poll.
    ``twin_of`` names another one that has the same code in another setting: a quick run of
    everything takes only that one.
    """

    name: str
    primitives: tuple[str, ...]
    load: Callable[[], Mapping[str, Any]]
    model: str = "thread"
    family: str = "threading"
    start_method: str = ""
    twin_of: str = ""
    about: str = ""
    requires: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    distribution: str = ""
    extra: str = ""
    lacks: Mapping[str, str] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()
    poll_interval: float = 0.0
    origin: str = ""
