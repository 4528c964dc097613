"""Which results are of the same thing, and which of several is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from syncproof.gil import by
from syncproof.interpreters import title as title_of
from syncproof.report.gather import Checked, Gathered, Timing
from syncproof.report.history import line_of
from syncproof.report.model import Interpreter, Key, Subject
from syncproof.report.plain import plain
from syncproof.timing.records import REFERENCE


class Interpreters:
    """The interpreters of all files, told apart by as few words as it takes."""

    def __init__(self, gathered: Gathered) -> None:
        processors = {_identity(t): _processor(t) for t in gathered.timings}
        distinct = {_identity(one): one for one in gathered.every}
        titles = [
            title_of(one.interpreter) if one.interpreter else one.folder
            for one in distinct.values()
        ]
        self._known: dict[tuple[Any, ...], Interpreter] = {}
        taken: set[str] = set()
        for (identity, one), title in zip(distinct.items(), titles):
            about, name, at = one.interpreter, one.folder, one.source
            machine = _machine(about)
            if titles.count(title) > 1 and (at.machine or machine):
                title = f"{title}, {at.machine or machine}"
            number = 2
            unique = title
            while unique in taken:
                unique, number = f"{title} ({number})", number + 1
            taken.add(unique)
            keys = {i.key for i in self._known.values()}
            self._known[identity] = Interpreter(
                key=f"{name}-{len(self._known)}" if name in keys else name,
                title=unique,
                name=name,
                machine=machine,
                processor=processors.get(identity, ""),
                build=_build(about),
                label=at.machine,
                free_threaded=bool(about.get("free_threaded_build")),
            )

    def of(self, one: Checked | Timing) -> Interpreter:
        return self._known[_identity(one)]

    def called(self, key: str) -> Interpreter:
        return next(i for i in self._known.values() if i.key == key)

    def used(self, subjects: Iterable[Subject]) -> list[Interpreter]:
        found = dict.fromkeys(s.interpreter for s in subjects)
        return sorted(found, key=lambda i: (i.name.split("-")[0], _number(i.title), i.title))


def _identity(one: Checked | Timing) -> tuple[Any, ...]:
    if not one.interpreter:
        return one.folder, one.source.machine
    names = ("platform", "machine", "cpus")
    return (one.folder, *(one.interpreter.get(n) for n in names), one.source.machine)


def _number(title: str) -> tuple[int, ...]:
    words = title.split()
    version = words[1] if len(words) > 1 else ""
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in version.split("."))


def _machine(about: Mapping[str, Any]) -> str:
    parts = str(about.get("platform") or "").split("-")
    kind = " ".join(p for p in (parts[0], str(about.get("machine") or "")) if p)
    cpus = about.get("cpus")
    return f"{kind}, {cpus} CPU{'' if cpus == 1 else 's'}" if cpus else kind


def _processor(timing: Timing) -> str:
    """As pyperf found it."""
    for cell in timing.cells:
        for process in cell.processes:
            name = process.metadata.get("cpu_model_name")
            if isinstance(name, str):
                return plain(name, 100)
    return ""


def _build(about: Mapping[str, Any]) -> str:
    parts = [str(about["compiler"])] if about.get("compiler") else []
    if about.get("optimised_build") is not None:
        without = "" if about["optimised_build"] else "out"
        parts.append(f"configured with{without} --enable-optimizations")
    return ", ".join(parts)


def subjects(
    reports: Mapping[Key, Checked], timings: Mapping[Key, Timing], interpreters: Interpreters
) -> dict[Key, Subject]:
    found: dict[Key, Subject] = {}

    def subject(key: Key) -> Subject:
        return found.setdefault(key, Subject(interpreters.called(key[0]), key[1]))

    for key, report in reports.items():
        one = subject(key)
        one.version, one.about, one.model = report.version, report.about, plain(report.model, 40)
        one.line = line_of(report)
        one.checked, one.depth = report.started, report.depth
        one.check_complete, one.conformant = report.complete, report.conformant
        one.gil = _gil(
            report.interpreter.get("gil_enabled"), report.interpreter.get("gil_enabled_by")
        )
    for key, timing in timings.items():
        one = subject(key)
        one.version = one.version or timing.version
        one.model = one.model or plain(timing.cells[0].model if timing.cells else "", 40)
        one.line = line_of(timing)
        one.timed, one.timing_complete = timing.started, timing.complete
        if timing.loads:
            one.load = (round(min(timing.loads), 1), round(max(timing.loads), 1))
        states = {c.gil_enabled for c in timing.cells if c.gil_enabled is not None}
        if not one.gil and len(states) == 1:
            one.gil = _gil(states.pop(), [m for c in timing.cells[:1] for m in c.gil_enabled_by])
    names = sorted({s.implementation for s in found.values()}, key=lambda n: (n != REFERENCE, n))
    places = {i: n for n, i in enumerate(interpreters.used(found.values()))}
    ordered = sorted(
        found.items(),
        key=lambda item: (names.index(item[1].implementation), places[item[1].interpreter]),
    )
    return dict(ordered)


def _gil(enabled: object, modules: object = ()) -> str:
    """How the GIL was, and on a free-threaded build the extensions that switched it on."""
    if not isinstance(enabled, bool):
        return ""
    named = [plain(str(m), 100) for m in modules] if isinstance(modules, (list, tuple)) else []
    return f"on{by(named)}" if enabled else "off"


def latest_reports(
    reports: Sequence[Checked], interpreters: Interpreters, notes: list[str]
) -> dict[Key, Checked]:
    """One report for each implementation and interpreter.

    Of several versions the one that was checked last is shown. Of several checks of it each
    primitive is taken from one that looked at all clauses, was not cut short, and is the latest.
    """
    groups: dict[Key, list[Checked]] = {}
    for report in reports:
        key = (interpreters.of(report).key, report.implementation)
        groups.setdefault(key, []).append(report)
    found = {}
    for key, group in groups.items():
        version = max(group, key=lambda r: r.started).version
        same = [r for r in group if r.version == version]
        same.sort(
            key=lambda r: (not r.selection.get("clauses"), r.complete, r.started), reverse=True
        )
        found[key], taken = _joined(same) if len(same) > 1 else (same[0], 1)
        _note_left_out(notes, "check", key, interpreters, len(group) - taken)
    return found


def _note_left_out(
    notes: list[str], what: str, key: Key, interpreters: Interpreters, count: int
) -> None:
    if count:
        notes.append(
            f"{key[1]} on {interpreters.called(key[0]).title}: {count} other {what}"
            f"{'' if count == 1 else 's'} of it left out"
        )


def _joined(group: Sequence[Checked]) -> tuple[Checked, int]:
    """The first report with the primitives that only the others have; and how many were used."""
    first, taken = group[0], 1
    results = list(first.results)
    have = set(first.primitives())
    complete = first.complete
    for other in group[1:]:
        new = [r for r in other.results if r.primitive not in have]
        alike = (other.target, other.depth) == (first.target, first.depth)
        if not new or not alike or other.selection.get("clauses"):
            continue
        taken += 1
        results += new
        have |= set(other.primitives())
        complete = complete and other.complete
    return Checked(**{**vars(first), "results": results, "complete": complete}), taken


def latest_timings(
    timings: Sequence[Timing], interpreters: Interpreters, notes: list[str]
) -> dict[Key, Timing]:
    groups: dict[Key, list[Timing]] = {}
    for timing in timings:
        key = (interpreters.of(timing).key, timing.implementation)
        groups.setdefault(key, []).append(timing)
    found = {}
    for key, group in groups.items():
        version = max(group, key=lambda t: t.started).version
        same = [t for t in group if t.version == version]
        same.sort(key=lambda t: (t.complete, t.started), reverse=True)
        first = same[0]
        have = {c.id for c in first.cells}
        used = 1
        for other in same[1:]:
            new = [c for c in other.cells if c.id not in have]
            if new:
                used += 1
                first.cells = [*first.cells, *new]
                have |= {c.id for c in new}
        _note_left_out(notes, "timing", key, interpreters, len(group) - used)
        found[key] = first
    return found
