"""What the checks have found: the matrix, and the stories behind it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from syncproof import spec as specs
from syncproof.findings import Writer
from syncproof.report.model import ClauseRow, Finding, Key, MatrixCell, Note, Promise, Subject
from syncproof.report.plain import block, link, plain
from syncproof.results import BAD, VERDICTS, Report, Result
from syncproof.sandbox.pair import Options
from syncproof.vocabulary import BINDING, PRIMITIVES

#: What results of one finding have in common.
Name = tuple[str, ...]

MOST_STEPS = 120

#: So many stories of a kind are told of one implementation; the tables have them all.
MOST_STORIES = 150


def promise(family: str, clause_id: str, level: str = "") -> Promise:
    spec = specs.load(family if family in specs.families() else "threading")
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
        said = promise(report.family, clause, level)
        rows.append(ClauseRow(said, verdict, passed, list(notes.values())))
    return rows


def failures(
    reports: Mapping[Key, Report], subjects: Mapping[Key, Subject]
) -> tuple[list[Finding], list[Finding]]:
    """What breaks a clause: one finding a test; and what is lacking."""

    def broken(result: Result) -> Name | None:
        if result.level not in BINDING or result.outcome not in BAD:
            return None
        said = "" if result.variant else _without_addresses(result.message.split("\n")[0])
        return result.primitive, _stem(result.test) or result.clause, result.outcome, said

    def lacking(result: Result) -> Name | None:
        if result.level not in BINDING or result.outcome != "not-offered":
            return None
        return result.primitive, result.message, str(result.declared)

    return _findings(reports, subjects, broken), _findings(reports, subjects, lacking)


def told(
    reports: Mapping[Key, Report], subjects: Mapping[Key, Subject], outcome: str
) -> list[Finding]:
    """Declared deviations, or properties: one for each primitive and what was said of it."""

    def name(result: Result) -> Name | None:
        if result.outcome != outcome:
            return None
        clause = result.clause if outcome == "property" else ""
        return result.primitive, clause, _without_addresses(result.message)

    return _findings(reports, subjects, name)


def _findings(
    reports: Mapping[Key, Report],
    subjects: Mapping[Key, Subject],
    name: Callable[[Result], Name | None],
) -> list[Finding]:
    """Results of one name are one finding; and so are those that are the same elsewhere.

    On two interpreters they are the same if they are about the same clauses. What was said of a
    failure may differ: texts of exceptions do.
    """
    found: dict[tuple[object, ...], Finding] = {}
    for key, report in _ordered(reports, subjects):
        own: dict[Name, Finding] = {}
        for result in report.results:
            of = name(result)
            if of is not None:
                _add(own, of, subjects[key], report, result)
        seen: Counter[tuple[object, ...]] = Counter()
        for finding in own.values():
            failed = finding.outcome in BAD
            what = (
                finding.implementation, finding.primitive, finding.outcome,
                tuple(c.id for c in finding.clauses), tuple(finding.variants), finding.declared,
                _stem(finding.test) if failed else _without_addresses(finding.message),
            )
            seen[what] += 1  # one test with other arguments may fail in another way
            same = found.setdefault((what, seen[what]), finding)
            if same is not finding:
                same.interpreters += finding.interpreters
                same.lines += finding.lines
    return _trimmed(found.values())


def _stem(test: str) -> str:
    return test.partition("[")[0]


def _trimmed(found: Iterable[Finding]) -> list[Finding]:
    told: Counter[str] = Counter()
    kept = []
    for finding in found:
        told[finding.implementation] += 1
        if told[finding.implementation] <= MOST_STORIES:
            kept.append(finding)
    return kept


def _add(
    found: dict[Name, Finding], name: Name, subject: Subject, report: Report, result: Result
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
            interpreters=[subject.interpreter.title],
            lines=[subject.line],
        )
    if result.clause not in {c.id for c in finding.clauses}:
        finding.clauses.append(promise(report.family, result.clause, result.level))
        finding.command = command(report, result.primitive, [c.id for c in finding.clauses])
    if result.variant and result.variant not in finding.variants:
        finding.variants.append(plain(result.variant, 40))


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
