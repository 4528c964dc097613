"""The report as Markdown, as GitHub renders it."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from functools import partial

from syncproof.report.frames import by_implementation
from syncproof.report.model import (
    BREAKS_LEGEND,
    LEGEND,
    VERDICT_LEGEND,
    Figure,
    Finding,
    Interpreter,
    Model,
    Promise,
    Subject,
)
from syncproof.report.words import MARKS, counts, load, mark, number, quantity, ratio, verdict

#: What has a meaning within a line.
SPECIAL = re.compile(r"[\\`*\[\]<>|~$&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}


#: GitHub shows no document that is much longer.
LONGEST = 480_000


class Length(enum.IntEnum):
    """How much is told, where more would be too long."""

    WHOLE = 0
    #: Without the steps of failures, and without the reasons of cells.
    BRIEF = 1
    #: Without sentences and properties; of times, medians and ratios on one interpreter.
    SHORT = 2


LEFT_OUT = {
    Length.BRIEF: "the steps of failures, and the reasons of noisy, invalid and missing cells.",
    Length.SHORT: "the steps of failures, the sentences of clauses, properties, the reasons of"
    " noisy, invalid and missing cells, of times all but medians and ratios, and the times on all"
    " interpreters but one.",
}


def render(model: Model) -> str:
    """The document at the greatest length that is shown, or the shortest."""
    for length in Length:
        document = _document(model, length)
        if len(document.encode()) <= LONGEST:
            break
    return document


def _document(model: Model, length: Length) -> str:
    lines = ["# What they keep, and what they cost", ""]
    lines += _header(model)
    if model.history.runs:
        lines += _change(model)
    if model.matrix:
        lines += _conformance(model, length)
    if model.figures:
        lines += _benchmarks(model, length)
    if length in LEFT_OUT:
        lines += ["What would make this too long is in index.html and in the CSV files:",
                  LEFT_OUT[length], ""]  # fmt: skip
    return "\n".join(lines).rstrip("\n") + "\n"


# -- pieces -------------------------------------------------------------------------------


def text(value: str) -> str:
    """What stands in the middle of a line or in a cell, as it is and never as markup."""
    line = " ".join(value.split())
    line = SPECIAL.sub(lambda found: ENTITIES.get(found[0], f"\\{found[0]}"), line)
    line = re.sub(r"(?i)(://|www\.)", lambda found: _unlinked(found[0]), line)
    return re.sub(r"^[-+=#](?= |$)|^[-+=#]{2}", lambda found: f"\\{found[0]}", line)


def _unlinked(start: str) -> str:
    """GitHub makes links of what looks like one."""
    return start.replace(":", "&#58;").replace(".", "&#46;")


def code(value: str) -> str:
    """A span of code, whatever is in it; a pipe would end the cell of a table."""
    line = " ".join(value.split()).replace("|", "\u01c0")
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""


def fenced(lines: Sequence[str], indent: str = "  ") -> list[str]:
    """A block of code, whatever is in it."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{indent}{fence}text", *(f"{indent}{line}" for line in lines), f"{indent}{fence}"]


def table(rows: Sequence[Sequence[str]], right: int = 0) -> list[str]:
    """A pipe table of cells that are Markdown already; the last ``right`` columns to the right."""
    left = len(rows[0]) - right
    rule = ["---"] * left + ["---:"] * right
    return [f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:])]


def _link(label: str, url: str) -> str:
    return f"[{label}]({url})" if url else label


def _clause(promise: Promise) -> str:
    said = f": {text(promise.text)}" if promise.text else ""
    source = f" ({_link('source', promise.url)})" if promise.url else ""
    return f"{code(promise.id)} ({promise.level}){said}{source}"


# -- what was looked at -------------------------------------------------------------------


def _header(model: Model) -> Iterator[str]:
    yield f"Made on {model.made} by syncproof {model.syncproof}."
    if model.date:
        yield f"The latest result is of {model.date}."
    yield ""
    for interpreter in model.interpreters:
        yield f"- {_place(model, interpreter)}"
    yield ""
    rows = [("implementation", "version", "interpreter", "GIL", "checked", "timed", "verdict")]
    for subject in model.subjects:
        rows.append((
            text(subject.implementation), text(subject.version), text(subject.interpreter.title),
            text(subject.gil), _day(subject.checked, subject.depth), _day(subject.timed, ""),
            _verdict(subject),
        ))
    yield from table(rows)
    yield ""
    for note in (*model.notes, *(f"left out: {line}" for line in model.refused)):
        yield f"- {text(note)}"
    if model.notes or model.refused:
        yield ""


def _place(model: Model, interpreter: Interpreter) -> str:
    parts = (interpreter.machine, interpreter.processor, interpreter.build,
             load(model, interpreter))  # fmt: skip
    return f"**{text(interpreter.title)}**: {text('; '.join(p for p in parts if p))}"


def _day(moment: str, depth: str) -> str:
    return text(f"{moment[:10]}{f' ({depth})' if depth and moment else ''}")


def _verdict(subject: Subject) -> str:
    return f"**{subject.verdict}**" if subject.verdict == "not conformant" else subject.verdict


# -- what has changed ---------------------------------------------------------------------


#: More than so many are in the page.
MOST_CHANGES = 100


def _change(model: Model) -> Iterator[str]:
    history = model.history
    yield "## Change"
    yield ""
    yield "Between the last two runs of each implementation on each interpreter and machine. Times"
    yield "are set against what was timed beside them in each run."
    yield ""
    broken = [c for c in history.changes if c.now == "broken"]
    others = [c for c in history.changes if c.now != "broken"]
    slower = [s for s in history.shifts if s.factor > 1]
    yield (f"{quantity(len(broken), 'clause')} newly broken, {len(others)} changed otherwise,"
           f" {len(slower)} slower, {len(history.shifts) - len(slower)} quicker.")  # fmt: skip
    yield ""
    if history.changes:
        rows = [("implementation", "on", "primitive", "clause", "was", "is")]
        rows += [(text(c.line[1]), text(c.line[0]), c.primitive, code(c.clause), c.was, c.now)
                 for c in history.changes[:MOST_CHANGES]]  # fmt: skip
        yield from table(rows)
        yield ""
    if history.shifts:
        times = [("implementation", "on", "cell", "times as long")]
        times += [(text(s.line[1]), text(s.line[0]), code(s.cell), number(s.factor))
                  for s in history.shifts[:MOST_CHANGES]]  # fmt: skip
        yield from table(times)
        yield ""


# -- conformance --------------------------------------------------------------------------


def _conformance(model: Model, length: Length) -> Iterator[str]:
    primitives = [p for p in model.primitives() if any(k[2] == p for k in model.matrix)]
    several = len(model.interpreters) > 1
    yield "## Conformance"
    yield ""
    yield "How many clauses of the documentation each primitive keeps."
    yield "A clause counts once, however many tests look at it."
    yield ""
    head = ["implementation", *(["interpreter"] if several else []),
            *(model.class_name(p) for p in primitives)]
    rows = [head]
    for subject in model.checked():
        row = [text(subject.implementation)]
        if several:
            row.append(text(subject.interpreter.title))
        for primitive in primitives:
            cell = model.matrix.get((*subject.key, primitive))
            row.append(f"{mark(cell)} {counts(cell)}" if cell else mark(None))
        rows.append(row)
    yield from table(rows)
    yield ""
    marks = ("\u2713", "\u2248", "\u25cb", "\u2717", "\u2014")
    yield "; ".join(f"{sign} {word}: {said}" for sign, (word, said) in zip(marks, LEGEND.items()))
    yield ""
    yield from _failures(model, length)
    yield from _lacks(model)
    yield from _deviations(model)
    if length < Length.SHORT:
        yield from _properties(model)


def _failures(model: Model, length: Length) -> Iterator[str]:
    yield "### Broken"
    yield ""
    if not model.failures:
        yield "Nothing."
        yield ""
    for finding in model.failures:
        place = (" (new)" if finding.new else "") + _where(model, finding)
        yield f"#### {text(finding.implementation)} {finding.primitive}: {finding.word}{place}"
        yield ""
        if length < Length.SHORT:
            for promise in finding.clauses:
                yield f"- {_clause(promise)}"
        else:
            yield f"- {', '.join(_link(code(p.id), p.url) for p in finding.clauses)}"
        happened = finding.message.splitlines() or [finding.word]
        yield f"- what happened: {text(happened[0])}"
        steps = _steps(finding) + happened[1:]
        if steps and length == Length.WHOLE:
            yield ""
            yield from fenced(steps)
            yield ""
        yield f"- again: {code(finding.command)}"
        yield ""


def _where(model: Model, finding: Finding) -> str:
    on = f" on {text(', '.join(finding.interpreters))}" if len(model.interpreters) > 1 else ""
    over = f" ({text(', '.join(finding.variants))})" if finding.variants else ""
    return over + on


def _steps(finding: Finding) -> list[str]:
    width = max((len(actor) for actor, _ in finding.trace), default=0)
    return [
        f"{n:>3}  {actor:<{width}}  {said}" for n, (actor, said) in enumerate(finding.trace, 1)
    ]


def _lacks(model: Model) -> Iterator[str]:
    if not model.lacks:
        return
    yield "### Not offered"
    yield ""
    yield "Counts against an implementation unless its adapter declares it."
    yield ""
    rows = [("implementation", "primitive", "what", "declared", "clauses")]
    for lack in model.lacks:
        rows.append((
            text(lack.implementation) + _where(model, lack), lack.primitive,
            text(lack.message.splitlines()[0] if lack.message else ""),
            "yes" if lack.declared else "no",
            ", ".join(code(c.id) for c in lack.clauses),
        ))
    yield from table(rows)
    yield ""


def _deviations(model: Model) -> Iterator[str]:
    yield "### Declared deviations"
    yield ""
    if not model.deviations:
        yield "None."
        yield ""
        return
    yield "Departures that an adapter writes down, with the reason. They fail the run once they no"
    yield "longer happen."
    yield ""
    rows = [("implementation", "primitive", "clause", "what it does instead, and why")]
    for finding in model.deviations:
        clauses = "<br>".join(_link(code(c.id), c.url) for c in finding.clauses)
        said = text(finding.message)
        rows.append((
            text(finding.implementation) + _where(model, finding), finding.primitive,
            clauses,
            f"{said} ({_link('more', finding.link)})" if finding.link else said,
        ))
    yield from table(rows)
    yield ""


def _properties(model: Model) -> Iterator[str]:
    if not model.properties:
        return
    yield "### Properties"
    yield ""
    yield "What the documentation leaves open, and was found to be so. Nobody fails by it."
    yield ""
    rows = [("primitive", "property", "found", "on")]
    groups: dict[tuple[str, str, str], list[str]] = {}
    promises = {f.clauses[0].id: f.clauses[0] for f in model.properties}
    for finding in model.properties:
        key = (finding.primitive, finding.clauses[0].id, finding.message)
        groups.setdefault(key, []).append(
            text(finding.implementation) + _where(model, finding)
        )
    for (primitive, clause, message), names in sorted(
        groups.items(), key=lambda g: (model.primitives().index(g[0][0]), g[0][1])
    ):
        said = promises[clause].text
        rows.append((
            primitive, code(clause) + (f"<br>{text(said)}" if said else ""), text(message),
            ", ".join(names),
        ))
    yield from table(rows)
    yield ""


# -- figures ------------------------------------------------------------------------------


def _benchmarks(model: Model, length: Length) -> Iterator[str]:
    yield "## Cost"
    yield ""
    yield "The median, in ns an operation, or in bytes (B); below it how many times as long as"
    yield "threading and as the"
    yield "floor take beside it, with bounds. The floor is calls that do nothing; what blocks or"
    yield "contends is set against one C call instead. Ratios are what to compare: they survive a"
    yield "machine that is slow throughout."
    yield ""
    yield "Of single events: p50 and p99 say within what time half of them and 99 of 100 were done."
    yield ""
    yield "Where threads contend, *overlap* is the part of the time in which all of them were at"
    yield "work, and *fairness* is Jain's index: 1 when all n had the same, 1/n when one had all."
    yield ""
    for word, said in VERDICT_LEGEND.items():
        yield f"- *{word}*: {said}"
    yield f"- *breaks clauses*: {BREAKS_LEGEND}"
    yield ""
    several = len({s.actors for s in model.subjects if s.timed}) > 1
    shown = [model.fullest()] if length == Length.SHORT else model.interpreters
    for primitive in model.topics():
        for interpreter in shown:
            figures = model.timed(primitive, interpreter.key)
            for actors in dict.fromkeys(f.subject.actors for f in figures):
                of_them = [f for f in figures if f.subject.actors == actors]
                whose = f", {actors}" if several else ""
                yield from _primitive(model, primitive, interpreter, whose, of_them, length)
        yield from _readings([f for f in model.figures if f.primitive == primitive])
    yield from _floor(model)


def _primitive(
    model: Model, primitive: str, interpreter: Interpreter, whose: str,
    figures: Sequence[Figure], length: Length,
) -> Iterator[str]:
    on = f" on {text(interpreter.title)}" if len(model.interpreters) > 1 else ""
    yield f"### {model.class_name(primitive)}{on}{whose}"
    yield ""
    told = {f.id for f in figures if f.timed}
    if told:
        timed = [f for f in figures if f.id in told]
        shown = by_implementation(timed, model.implementations, partial(_cell, length))
        rows = [["scenario", *(text(name) for name in shown.columns)]]
        rows += [[text(str(row[0])), *row[1:]] for row in shown.itertuples(name=None)]
        yield from table(rows, right=len(shown.columns))
        yield ""
    reasons: dict[str, list[str]] = {}
    for figure in figures:
        if verdict(figure):
            name = f"{figure.id}, {figure.subject.implementation}"
            reasons.setdefault(verdict(figure), []).append(name)
    if reasons and length == Length.WHOLE:
        yield "<details><summary>noisy, invalid and missing cells</summary>"
        yield ""
        for reason, cells in reasons.items():
            yield f"- {text('; '.join(cells))}: {text(reason)}"
        yield ""
        yield "</details>"
        yield ""


def _readings(figures: Sequence[Figure]) -> Iterator[str]:
    for scenario, figure in {f.scenario: f for f in figures}.items():
        yield f"- **{text(scenario)}**: one operation is {text(figure.operation)}. How to read it:"
        yield f"  {text(figure.reading)}."
    yield ""


def _cell(length: Length, figure: Figure | None) -> str:
    if figure is None:
        return "*not timed*"
    if not figure.timed:
        return f"*{figure.verdict}*"
    short = length == Length.SHORT
    parts = [number(figure.median) + (" B" if figure.unit == "B" else "")]
    if figure.to_threading:
        parts.append(f"{ratio(figure.to_threading, bounds=not short)} \u00d7 threading")
    if not short:
        parts += _details(figure)
    if figure.verdict != "stable":
        parts.append(f"*{figure.verdict}*")
    if figure.breaks:
        clauses = "" if short else f" *breaks {quantity(figure.breaks, 'clause')}*"
        parts.append(MARKS["broken"] + clauses)
    return "<br>".join(parts)


def _details(figure: Figure) -> Iterator[str]:
    if figure.to_floor:
        yield f"{ratio(figure.to_floor)} \u00d7 floor"
    if figure.overlap is not None:
        yield f"overlap {number(figure.overlap)}"
    if figure.jain is not None:
        yield f"fairness {number(figure.jain)}"
    for part, within in figure.latencies:
        if part in (0.5, 0.99, 1.0):
            name = "longest" if part == 1 else f"p{part * 100:.0f}"
            yield f"{name} {number(within)} ns"
    if figure.starved is not None:
        yield f"without for {number(figure.starved)} ns"


def _floor(model: Model) -> Iterator[str]:
    floors: dict[tuple[str, str], list[Figure]] = {}
    for figure in model.figures:
        if not figure.primitive:
            key = (figure.id, figure.subject.interpreter.title)
            floors.setdefault(key, []).append(figure)
    if not floors:
        return
    yield "### The floor"
    yield ""
    yield "The medians beside all implementations, from the least to the greatest."
    yield ""
    rows = [("scenario", "interpreter", "ns", "one operation")]
    for (name, title), figures in floors.items():
        medians = [f.median for f in figures if f.median is not None]
        ends = [number(v) for v in (min(medians), max(medians))] if medians else []
        said = "\u2013".join(dict.fromkeys(ends)) or verdict(figures[0])
        rows.append((text(name), text(title), text(said), text(figures[0].operation)))
    yield from table(rows)
    yield ""
    yield f"{quantity(len(model.figures), 'cell')} in all; what each figure is and is not is said"
    yield "in the documentation of the benchmarks."
    yield ""
