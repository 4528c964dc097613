"""What the checks have found: the matrix, and the stories behind it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from syncproof import spec as specs
from syncproof.findings import Writer
from syncproof.report.model import ClauseRow, Finding, Key, MatrixCell, Note, Promise, Subject
from syncproof.report.plain import block, link, plain
from syncproof.results import BAD, VERDICTS, Report, Result
from syncproof.sandbox.pair import Options
from syncproof.vocabulary import BINDING, PRIMITIVES

MOST_STEPS = 120

#: So many stories of a kind are told of one implementation; the tables have them all.
MOST_STORIES = 150


def promise(clause_id: str, level: str = "") -> Promise:
    spec = specs.load("threading")
    if clause_id not in spec:
        return Promise(clause_id, level)
    clause = spec[clause_id]
    return Promise(clause_id, clause.level, clause.text, link(specs.source_url(clause)))


def command(report: Report, primitive: str, clauses: Sequence[str] = ()) -> str:
    """What checks just that again, on one line whatever the file says."""
    chosen = str(report.selection.get("as_of") or "")
    writer = Writer(options=Options(depth=report.depth, as_of=chosen))
    return plain(writer.command(report, primitive, clauses))


def _trace(result: Result) -> list[tuple[str, str]]:
    steps = [(plain(actor, 60), plain(text)) for actor, text in result.trace]
    if len(steps) <= MOST_STEPS:
        return steps
    half = MOST_STEPS // 2
    cut = ("", f"... {len(steps) - 2 * half} steps left out ...")
    return [*steps[:half], cut, *steps[-half:]]


def matrix(
    reports: Mapping[Key, Report], subjects: Mapping[Key, Subject]
) -> dict[tuple[str, str, str], MatrixCell]:
    found = {}
    for key, report in _ordered(reports, subjects):
        for primitive in sorted(report.primitives(), key=PRIMITIVES.index):
            interpreter, implementation = key
            found[interpreter, implementation, primitive] = MatrixCell(
                subjects[key], primitive, report.tally(primitive), _rows(report, primitive),
                command(report, primitive),
            )
    return found


def _ordered(
    reports: Mapping[Key, Report], subjects: Mapping[Key, Subject]
) -> Iterator[tuple[Key, Report]]:
    return ((key, reports[key]) for key in subjects if key in reports)


def _rows(report: Report, primitive: str) -> list[ClauseRow]:
    groups: dict[str, list[Result]] = {}
    for result in report.results:
        if result.primitive == primitive:
            groups.setdefault(result.clause, []).append(result)
    rows = []
    for clause, results in groups.items():
        level = results[0].level
        verdict = max((r.verdict for r in results), key=VERDICTS.index)
        if level == "property":
            verdict = "property"
        notes: dict[tuple[str, str], Note] = {}
        for result in results:
            if result.outcome == "pass":
                continue
            message = plain(result.message.split("\n")[0], 400)
            note = notes.setdefault((result.outcome, message), Note(result.outcome, message, []))
            if result.variant and result.variant not in note.variants:
                note.variants.append(plain(result.variant, 40))
        passed = sum(r.outcome == "pass" for r in results)
        rows.append(ClauseRow(promise(clause, level), verdict, passed, list(notes.values())))
    return rows


def failures(
    reports: Mapping[Key, Report], subjects: Mapping[Key, Subject]
) -> tuple[list[Finding], list[Finding]]:
    """What breaks a clause, and what is lacking; the same on several interpreters is one."""
    broken: dict[tuple[str, ...], Finding] = {}
    lacking: dict[tuple[str, ...], Finding] = {}
    for key, report in _ordered(reports, subjects):
        for result in report.results:
            if result.level not in BINDING:
                continue
            test = result.test.partition("[")[0] or result.clause
            message = _without_addresses(result.message.split("\n")[0])
            if result.outcome in BAD:
                said = "" if result.variant else message
                _add(broken, (key[1], result.primitive, test, result.outcome, said),
                     subjects[key], report, result)
            elif result.outcome == "not-offered":
                _add(lacking, (key[1], result.primitive, message, str(result.declared)),
                     subjects[key], report, result)
    return _trimmed(broken.values()), _trimmed(lacking.values())


def told(
    reports: Mapping[Key, Report], subjects: Mapping[Key, Subject], outcome: str
) -> list[Finding]:
    """Declared deviations, or properties: one for each primitive and what was said of it."""
    found: dict[tuple[str, ...], Finding] = {}
    for key, report in _ordered(reports, subjects):
        for result in report.results:
            if result.outcome == outcome:
                clause = result.clause if outcome == "property" else ""
                name = (key[1], result.primitive, clause, _without_addresses(result.message))
                _add(found, name, subjects[key], report, result)
    return _trimmed(found.values())


def _trimmed(found: Iterable[Finding]) -> list[Finding]:
    told: Counter[str] = Counter()
    kept = []
    for finding in found:
        told[finding.implementation] += 1
        if told[finding.implementation] <= MOST_STORIES:
            kept.append(finding)
    return kept


def _add(
    found: dict[tuple[str, ...], Finding], name: tuple[str, ...], subject: Subject,
    report: Report, result: Result,
) -> None:
    """Add a result to the finding of that name, or make it the first of a new one."""
    finding = found.get(name)
    if finding is None:
        happened = result.message.split("\n")[0]
        finding = found[name] = Finding(
            implementation=subject.implementation,
            primitive=result.primitive,
            outcome=result.outcome,
            clauses=[],
            message=block(result.message),
            test=plain(result.test),
            trace=[(a, t) for a, t in _trace(result) if a or t != plain(happened)],
            link=link(result.link),
            declared=result.declared,
        )
    if result.clause not in {c.id for c in finding.clauses}:
        finding.clauses.append(promise(result.clause, result.level))
        finding.command = command(report, result.primitive, [c.id for c in finding.clauses])
    if result.variant and result.variant not in finding.variants:
        finding.variants.append(plain(result.variant, 40))
    if subject.interpreter.title not in finding.interpreters:
        finding.interpreters.append(subject.interpreter.title)


def _without_addresses(text: str) -> str:
    """What differs from run to run makes no two findings of one."""
    return re.sub(r"0x[0-9a-fA-F]+", "0x", text[:2000])


def remarks(reports: Mapping[Key, Report], subjects: Mapping[Key, Subject]) -> list[str]:
    """What counts for nothing and yet wants to be known."""
    found = []
    for key, report in _ordered(reports, subjects):
        subject = subjects[key]
        whom = f"{subject.implementation} on {subject.interpreter.title}"
        if not report.complete:
            found.append(f"{whom}: the check was cut short; what is missing was not looked at")
        bad = sum(r.bad for r in report.results)
        if bad > MOST_STORIES:
            found.append(
                f"{whom}: {bad:,} results count against it; the first {MOST_STORIES} failures are"
                " told, conformance.csv has every clause"
            )
        if report.selection.get("clauses"):
            found.append(f"{whom}: only some clauses were asked for")
        for primitive in report.primitives():
            untried = [
                r for r in report.results
                if r.primitive == primitive and r.message.startswith("not tried")
            ]
            if untried:
                tests = len({r.test for r in untried})
                found.append(
                    f"{whom}: {primitive}: {tests} test{'' if tests == 1 else 's'}"
                    f" {plain(untried[0].message, 200)}"
                )
    return found
