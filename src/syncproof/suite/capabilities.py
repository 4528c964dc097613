"""What an implementation offers of a primitive: each capability is tried once, by an actor."""

from __future__ import annotations

from syncproof.actors import Scene
from syncproof.actors.delays import Delays
from syncproof.subject import PROBES, lacks
from syncproof.suite.cases import Case
from syncproof.suite.selection import Selection


class Capabilities:
    """Those of everything that one session is about."""

    def __init__(self, selection: Selection, delays: Delays) -> None:
        self.selection = selection
        self.delays = delays
        self._lacking: dict[tuple[str, str, str], str] = {}
        #: Primitives on which a probe has hung: nothing more is asked of them that way.
        self._hung: set[tuple[str, str]] = set()

    def missing(self, case: Case, scene: Scene) -> str:
        """The first thing that a case needs and the implementation lacks."""
        for capability in case.needs:
            reason = self._why_lacking(case, scene, capability)
            if reason:
                return f"{case.primitive}.{capability}: {reason}"
        return ""

    def lacking(self, case: Case, scene: Scene) -> list[str]:
        """All that the primitive of a case might offer, and does not."""
        return [c for c in PROBES[case.primitive] if self._why_lacking(case, scene, c)]

    def _why_lacking(self, case: Case, scene: Scene, capability: str) -> str:
        key = (*case.about, capability)
        if key not in self._lacking:
            self._lacking[key] = self._probe(case, scene, capability)
        return self._lacking[key]

    def _probe(self, case: Case, scene: Scene, capability: str) -> str:
        if case.about in self._hung:
            return ""
        subject = self.selection.subject(case.implementation)
        if case.implementation.model != "process":  # one of processes can be tried in this one
            subject = scene.driver.offers(subject)
        make = subject.factories[case.primitive]
        prober = scene.actors(1)[0]
        kind = "rlock" if case.kind == "default" else case.kind
        lock = subject.lock_factory(kind if kind in subject.factories else "lock")
        prober.begins(lacks, case.primitive, capability, make, lock)
        scene.driver.wait(lambda: not prober.busy, [prober], self.delays.deadline)
        call = prober.call
        if prober.busy:  # it hangs: so it is there, and the clauses will say so
            scene.cast.remove(prober)
            self.delays.hangs += 1
            self._hung.add(case.about)
            return ""
        scene.trace.clear()
        return str(call.value or "")
